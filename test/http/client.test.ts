/** The typed client of the contract, against the server: what it sends is understood, and what is answered comes back as the contract says. */
import { beforeAll, expect, test } from 'vitest'
import { buildRequest, CallRefused, createClient, type ApiClient } from '../../src/contract/call.ts'
import { apiForFile } from '../harness/api.ts'

const api = apiForFile()
let client: ApiClient
beforeAll(async () => {
  client = createClient(({ path, headers, ...request }) =>
    fetch(api.url + path, { ...request, headers: { authorization: 'Bearer owner-token-for-tests', ...headers } }),
  )
})

const integration = (name: string) => client.call('createIntegration', { body: { name, settings: { site: 'NORTH-1' } } })

test('params go into the path, in whatever characters, and the query after it', () => {
  const request = buildRequest('getIntegrationStateValue', { params: { _id: '65f0c0ffee65f0c0ffee65f0', key: 'a/b c?' } })
  expect(request).toEqual({ method: 'GET', path: '/v1/integrations/65f0c0ffee65f0c0ffee65f0/state/a%2Fb%20c%3F', headers: {} })
  expect(buildRequest('listFlows', { query: { name: 'Orders & returns', disabled: false } }).path).toBe(
    '/v1/flows?name=Orders+%26+returns&disabled=false',
  )
})

test('a document is created, read, listed by a filter, changed under its tag and removed', async () => {
  const { _id, name } = await integration('Orders & returns')
  expect(await client.call('getIntegration', { params: { _id } })).toMatchObject({ _id, name, settings: { site: 'NORTH-1' } })
  expect((await client.call('listIntegrations', { query: { name } })).map((each) => each._id)).toEqual([_id])
  const outdated = client.call('updateIntegration', { params: { _id }, body: { name: 'Other' }, headers: { 'if-match': '"other"' } })
  await expect(outdated).rejects.toMatchObject({ status: 412 })
  expect((await client.call('updateIntegration', { params: { _id }, body: { name: 'Returns' } })).name).toBe('Returns')
  expect(await client.call('deleteIntegration', { params: { _id } })).toBeUndefined()
})

test('a list that is answered without a body is an empty one', async () => {
  expect(await client.call('listFlows', { query: { name: 'There is none' } })).toEqual([])
  expect(await client.call('listNotifications')).toEqual([])
})

test('texts and archives come back as they are, and go out so', async () => {
  const { _id } = await integration('In files')
  expect(await client.call('putIntegrationStateValue', { params: { _id, key: 'last' }, body: [1, null] })).toBe('Created')
  expect(await client.call('getIntegrationStateValue', { params: { _id, key: 'last' } })).toEqual([1, null])
  const body = await client.call('exportIntegrationFiles', { params: { _id } })
  expect(Buffer.from(body).subarray(0, 2).toString()).toBe('PK')
  const plan = await client.call('importIntegrationFiles', { params: { _id }, query: { dryRun: true }, body })
  expect(plan).toMatchObject({ canApply: false, changes: [] })
})

test('a refusal carries its status and what is wrong with which field', async () => {
  const refused = await client.call('createIntegration', { body: { name: '' } }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(CallRefused)
  expect(refused).toMatchObject({ status: 422, problems: [{ code: 'invalid_field', field: 'name' }] })
  expect((refused as Error).message).toMatch(/^POST \/v1\/integrations was answered 422: .+ \(name\)$/)
})

test('an answer that is none of this API is shown in short', async () => {
  const proxied = createClient(async () => new Response(`<h1>Bad gateway</h1>${'x'.repeat(10_000)}`, { status: 502 }))
  const refused = (await proxied.call('getProfile').catch((error: unknown) => error)) as CallRefused
  expect(refused.problems).toEqual([])
  expect(refused.message).toMatch(/^GET \/v1\/profile was answered 502: <h1>Bad gateway/)
  expect(refused.message.length).toBeLessThan(600)
})
