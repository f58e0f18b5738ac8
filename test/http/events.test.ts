/** Who follows an environment is told how its runs and open errors stand, once a second at most, and nothing of what they may not see. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { setPassword } from '../../src/domain/accounts/sign-in.ts'
import { apiForFile, startApi } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { openBrowser } from '../harness/browser.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { makeEnvironment } from '../harness/environment.ts'
import { followEvents, type SentEvent } from '../harness/event-stream.ts'
import { ended, make, makeFlow, runToEnd, startRun, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
const owner = { authorization: 'Bearer owner-token-for-tests' }
let application: Application
let integration: string
let flow: MadeFlow
beforeAll(async () => {
  application = await startApplication({ sources: { orders: [{ id: 1 }, { id: 2, refuse: 400 }] } })
  integration = (await make(api, 'integrations', { name: 'Followed' }))._id
  flow = await makeFlow(api, application, { flow: { _integrationId: integration } })
})
afterAll(() => application.close())

const follow = (headers: Record<string, string> = owner, query = '') => followEvents(`${api.url}/v1/events${query}`, headers)
const isJob =
  (id: string, status: string) =>
  ({ event, data }: SentEvent) =>
    event === 'job' && data._id === id && data.status === status
const errorsOf =
  (step: string | undefined, numError: number) =>
  ({ event, data }: SentEvent) =>
    event === 'errors' && data._expOrImpId === step && data.numError === numError

describe('a run', () => {
  test('is told when it is asked for and until it has ended, as it is read, with its steps where these are asked for', async () => {
    const reader = await follow(owner, `?steps=${flow._id}`)
    const other = await follow()
    const jobId = await startRun(api, flow._id)
    await ended(api, jobId)
    const { data } = await reader.find(isJob(jobId, 'completed'))
    expect(data).toEqual((await api.call('GET', `/v1/jobs/${jobId}`)).body)
    await reader.find(
      ({ event, data: step }) => event === 'job' && step._flowJobId === jobId && step.type === 'import' && step.status === 'completed',
    )
    await other.find(isJob(jobId, 'completed'))
    expect(other.events.filter(({ data: job }) => job._flowJobId !== undefined)).toEqual([])
  })

  test('is told at most once a second, however often it goes on', async () => {
    const reader = await follow()
    const slow = await startApplication({ sources: { orders: Array.from({ length: 60 }, (_, id) => ({ id })) } })
    onTestFinished(() => slow.close())
    slow.before = async () => void (await new Promise((go) => setTimeout(go, 50)))
    const made = await makeFlow(api, slow, { exports: { orders: { pageSize: 1 } } })
    const from = performance.now()
    const jobId = await startRun(api, made._id)
    await ended(api, jobId)
    await reader.find(isJob(jobId, 'completed'))
    const seconds = (performance.now() - from) / 1000
    const told = reader.events.filter(({ data }) => data._id === jobId).length
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThanOrEqual(seconds + 2)
  })
})

test('open errors of a step are told when there are more of them, and when there are less', async () => {
  const reader = await follow()
  await runToEnd(api, flow._id)
  const step = flow.ids['sink']
  const { data } = await reader.find(({ event, data: count }) => event === 'errors' && count._expOrImpId === step)
  expect(data).toMatchObject({ _flowId: flow._id, _integrationId: integration, lastErrorAt: expect.any(String) })
  const { body } = await api.call('GET', `/v1/flows/${flow._id}/${step}/errors`)
  const errors = body.errors.map(({ errorId }: { errorId: string }) => errorId)
  await api.call('PUT', `/v1/flows/${flow._id}/${step}/resolved`, { errors })
  await reader.find(errorsOf(step, 0))
})

describe('a document', () => {
  const isDocument =
    (id: string, fits: (data: SentEvent['data']) => boolean = () => true) =>
    ({ event, data }: SentEvent) =>
      event === 'document' && data._id === id && fits(data)

  test('is told when it is made, changed, deleted and restored', async () => {
    const reader = await follow()
    const { _id } = await make(api, 'integrations', { name: 'Told of' })
    expect((await reader.find(isDocument(_id))).data).toMatchObject({ collection: 'integrations', name: 'Told of' })
    await api.call('PUT', `/v1/integrations/${_id}`, { name: 'Renamed' })
    await reader.find(isDocument(_id, ({ name }) => name === 'Renamed'))
    await api.call('DELETE', `/v1/integrations/${_id}`)
    expect((await reader.find(isDocument(_id, ({ deleted }) => deleted === true))).data).toEqual({
      collection: 'integrations',
      _id,
      deleted: true,
    })
    const before = reader.events.length
    await api.call('POST', `/v1/recycleBinTTL/integrations/${_id}/doCascadeRestore`)
    await expect
      .poll(() => reader.events.slice(before).some(isDocument(_id, ({ name }) => name === 'Renamed')), { timeout: 60_000 })
      .toBe(true)
  })

  test('is told to those who see it only', async () => {
    const watcher = await colleague(api, 'documents@example.com', {
      integrationAccessLevel: [{ _integrationId: integration, accessLevel: 'monitor' }],
    })
    const theirs = await follow({ authorization: `Bearer ${watcher.token}`, 'integrator-ashareid': watcher.ashareId })
    const { _id: hidden } = await make(api, 'integrations', { name: 'Hidden from them' })
    await api.call('PUT', `/v1/integrations/${integration}`, { name: 'Followed by them' })
    await theirs.find(isDocument(integration))
    expect(JSON.stringify(theirs.events)).not.toContain(hidden)
  })

  test('that is a connection is told when it goes offline, and when it is back', async () => {
    const reader = await follow()
    let status = 401
    const shop = createServer((_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end('{}'))
    await new Promise<void>((listening) => shop.listen(0, '127.0.0.1', listening))
    onTestFinished(() => void shop.close())
    const { port } = shop.address() as AddressInfo
    const http = { mediaType: 'json', baseURI: `http://127.0.0.1:${port}`, ping: { relativeURI: '/ping', method: 'GET' } }
    const { _id } = await make(api, 'connections', { name: 'Shop', type: 'http', http })
    await api.call('GET', `/v1/connections/${_id}/ping`)
    expect((await reader.find(isDocument(_id, ({ offline }) => offline === true))).data).toMatchObject({
      collection: 'connections',
      name: 'Shop',
    })
    status = 200
    await api.call('GET', `/v1/connections/${_id}/ping`)
    await reader.find(isDocument(_id, ({ offline, lastModified }) => offline === false && lastModified !== undefined))
  })
})

describe('a stream that broke off', () => {
  test('goes on where it was: what happened meanwhile is told', async () => {
    const reader = await follow()
    const id = reader.lastId() as string
    await reader.close()
    const { _id: jobId } = await runToEnd(api, flow._id)
    const again = await follow({ ...owner, 'last-event-id': id })
    await again.find(isJob(jobId, 'completed'))
    await again.find(({ event, data }) => event === 'errors' && data._flowId === flow._id)
    expect(again.events.some(({ event }) => event === 'resync')).toBe(false)
  })

  test.each([['0'], ['nonsense'], [String(Date.now() + 3_600_000)], ['9'.repeat(400)]])(
    'too long ago, or whose id is none (%s), begins with a word to read anew',
    async (id) => {
      const reader = await follow({ ...owner, 'last-event-id': id })
      expect(await reader.find(({ event }) => event === 'resync')).toEqual({ event: 'resync', data: {} })
    },
  )
})

describe('who follows', () => {
  test('sees what is theirs to see: their environment, and of the account the integrations that they reach', async () => {
    const sandbox = await makeEnvironment(api, 'Sandbox')
    const watcher = await colleague(api, 'watcher@example.com', {
      integrationAccessLevel: [{ _integrationId: integration, accessLevel: 'monitor' }],
    })
    const elsewhere = await follow({ ...owner, 'sluice-environment': sandbox._id })
    const theirs = await follow({ authorization: `Bearer ${watcher.token}`, 'integrator-ashareid': watcher.ashareId })
    const hidden = await makeFlow(api, application, {})
    const { _id: hiddenJob } = await runToEnd(api, hidden._id)
    const { _id: jobId } = await runToEnd(api, flow._id)
    await theirs.find(isJob(jobId, 'completed'))
    expect(JSON.stringify(theirs.events)).not.toContain(hidden._id)
    expect(JSON.stringify(theirs.events)).not.toContain(hiddenJob)
    expect(elsewhere.events.map(({ event }) => event)).toEqual(['ready'])
  })

  test('is told nothing from when their share is over, and the stream ends', async () => {
    const friend = await colleague(api, 'friend@example.com', { accessLevel: 'monitor' })
    const reader = await follow({ authorization: `Bearer ${friend.token}`, 'integrator-ashareid': friend.ashareId })
    await api.call('DELETE', `/v1/ashares/${friend.ashareId}`)
    await runToEnd(api, flow._id)
    await expect.poll(reader.isOver, { timeout: 60_000 }).toBe(true)
    expect(reader.events.map(({ event }) => event)).toEqual(['ready'])
  })

  test('with a session is told until it ends; a page that is left open does not keep it alive', async () => {
    await setPassword(api.world, 'owner@localhost', 'a horse of some colour')
    const browser = openBrowser(api)
    await browser.signIn({ email: 'owner@localhost', password: 'a horse of some colour' })
    const { _id } = (await browser.call('GET', '/v1/session')).body
    const reader = await follow({ cookie: browser.cookie() as string, 'sec-fetch-site': 'same-origin' })
    await ask(api.config, `update sluice.user_sessions set seen_at = now() - interval '11 hours' where _id = $1`, [_id])
    const { _id: jobId } = await runToEnd(api, flow._id)
    await reader.find(isJob(jobId, 'completed'))
    const seen = await ask(api.config, `select 1 from sluice.user_sessions where _id = $1 and seen_at < now() - interval '10 hours'`, [_id])
    expect(seen).toHaveLength(1)
    await ask(api.config, `update sluice.user_sessions set seen_at = now() - interval '13 hours' where _id = $1`, [_id])
    await new Promise((wait) => setTimeout(wait, 1100))
    await runToEnd(api, flow._id)
    await expect.poll(reader.isOver, { timeout: 60_000 }).toBe(true)
  })

  test('with a revoked token is told no more', async () => {
    const { _id, token } = await make(api, 'accesstokens', { name: 'Follows', fullAccess: true })
    const reader = await follow({ authorization: `Bearer ${token}` })
    await api.call('PUT', `/v1/accesstokens/${_id}`, { name: 'Follows', fullAccess: true, revoked: true })
    await new Promise((wait) => setTimeout(wait, 1100))
    const { _id: jobId } = await runToEnd(api, flow._id)
    await expect.poll(reader.isOver, { timeout: 60_000 }).toBe(true)
    expect(JSON.stringify(reader.events)).not.toContain(jobId)
  })

  test.each([['?steps=abc'], [`?steps=${Array.from({ length: 21 }, () => '6790c0de0000000000000001').join(',')}`]])(
    'steps of what is no flow, or of too many, are refused: %s',
    async (query) => {
      const { status, body } = await api.call('GET', `/v1/events${query}`)
      expect({ status, ...body.errors[0] }).toMatchObject({ status: 400, code: 'invalid_query_params', field: 'steps' })
    },
  )

  test('has fifty streams at the most', async () => {
    const readers = await Promise.all(Array.from({ length: 50 }, () => follow()))
    const refused = await api.call('GET', '/v1/events')
    expect([refused.status, refused.body.errors[0].code]).toEqual([429, 'too_many_at_once'])
    await readers[0]?.close()
    await expect.poll(async () => (await api.call('GET', '/v1/events')).status, { timeout: 30_000 }).toBe(200)
    await Promise.all(readers.map((reader) => reader.close()))
  })
})

test('a server that ends ends its streams, and does not wait for their readers', async () => {
  const there = await startApi()
  const reader = await followEvents(`${there.url}/v1/events`, owner)
  await there.close()
  await expect.poll(reader.isOver, { timeout: 60_000 }).toBe(true)
  // Connections that do not end by themselves are cut off in the end.
  expect(reader.isCutOff()).toBe(false)
})
