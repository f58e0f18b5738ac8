/** Environments: parts of an account that are closed to each other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { makeEnvironment, type MadeEnvironment } from '../harness/environment.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

let api: Api
let account: string
let sandbox: MadeEnvironment
let ids: Ids

beforeAll(async () => {
  api = await startApi()
  account = (await api.call('GET', '/v1/tokenInfo')).body._userId
  sandbox = await makeEnvironment(api)
  ids = await makeOneOfEach(api.call)
})
afterAll(() => api.close())

describe('environments of an account', () => {
  test('are production, which came with the account and has its id, and those that were made', async () => {
    const { body } = await api.call('GET', '/v1/environments')
    expect(body[0]).toMatchObject({ _id: account, name: 'Production', production: true })
    expect(body.map(({ _id }: { _id: string }) => _id)).toContain(sandbox._id)
  })

  test('are the same whichever of them a token of the account works in; a token of one sees that one', async () => {
    const all = (await api.call('GET', '/v1/environments')).body
    expect((await api.call('GET', '/v1/environments', undefined, { 'sluice-environment': sandbox._id })).body).toEqual(all)
    expect((await sandbox.call('GET', '/v1/environments')).body).toEqual(all.filter(({ _id }: { _id: string }) => _id === sandbox._id))
  })

  test("are not another account's", async () => {
    expect((await api.stranger('GET', `/v1/environments/${sandbox._id}`)).status).toBe(404)
    expect((await api.stranger('GET', '/v1/environments')).body).toHaveLength(1)
  })

  test('production stays', async () => {
    const { status, body } = await api.call('DELETE', `/v1/environments/${account}`)
    expect({ status, code: body.errors[0].code }).toEqual({ status: 422, code: 'has_dependents' })
  })

  test('one that holds documents stays; an empty one goes, and its tokens are nobody from then on', async () => {
    const { _id, call } = await makeEnvironment(api, 'Short')
    const made = await call('POST', '/v1/integrations', { name: 'In it' })
    expect((await api.call('DELETE', `/v1/environments/${_id}`)).status).toBe(422)
    await call('DELETE', `/v1/integrations/${made.body._id}`)
    expect((await api.call('DELETE', `/v1/environments/${_id}`)).status).toBe(204)
    await new Promise((resolve) => setTimeout(resolve, 1100)) // tokens are believed for a second
    expect((await call('GET', '/v1/integrations')).status).toBe(401)
  })
})

describe('a document of another environment', () => {
  const collections = Object.keys(samples).filter((collection) => collection !== 'environments') as (keyof Ids)[]

  test.each(collections)('%s: is a 404, is in no list, and is told by its `_envId`', async (collection) => {
    expect((await api.call('GET', `/v1/${collection}/${ids[collection]}`)).body._envId).toBe(account)
    expect((await sandbox.call('GET', `/v1/${collection}/${ids[collection]}`)).status).toBe(404)
    expect((await sandbox.call('DELETE', `/v1/${collection}/${ids[collection]}`)).status).toBe(404)
    expect((await sandbox.call('GET', `/v1/${collection}`)).status).toBe(204)
  })

  test('cannot be referred to', async () => {
    const { status, body } = await sandbox.call('POST', '/v1/flows', { name: 'F', _integrationId: ids.integrations })
    expect({ status, errors: body.errors }).toMatchObject({ status: 422, errors: [{ code: 'invalid_ref', field: '_integrationId' }] })
  })

  test('`_envId` is no field that a client sets', async () => {
    const { body } = await sandbox.call('POST', '/v1/integrations', { name: 'Mine', _envId: account })
    expect(body._envId).toBe(sandbox._id)
  })
})
