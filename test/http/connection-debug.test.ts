/** What goes over the wire of a connection while its debugDate, or the debugUntil of a step, is ahead: from runs and from requests, masked, newest first, within bounds, and nothing of others. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { debugLifeMs, maxDebugEntries } from '../../src/contract/operations/on-request/connection-debug.ts'
import { purgeConnectionDebug } from '../../src/domain/on-request/connection-debug.ts'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { makeFlow, numbered, runToEnd, startRun, until, type MadeFlow } from '../harness/flows.ts'

const secret = 'the-token-of-the-connection'
const auth = { type: 'token', token: { token: secret, location: 'header' } }
const api = apiForFile({ worker: true })
let application: Application
beforeEach(async () => {
  application = await startApplication({ sources: { orders: numbered(2) } })
})
afterEach(() => application.close())

const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()
const patch = (connectionId: string, value: unknown, op = 'replace') =>
  api.call('PATCH', `/v1/connections/${connectionId}`, [{ op, path: '/debugDate', ...(value !== undefined && { value }) }])
const debug = async (connectionId: string, more = ''): Promise<string> => {
  const { status, text } = await api.call('GET', `/v1/connections/${connectionId}/debug${more}`)
  expect(status).toBe(200)
  return text
}
const entries = (text: string): string[] => text.split('\n\n').filter((entry) => entry !== '')
const settled = (connectionId: string, count: number): Promise<string[]> =>
  until(async () => {
    const found = entries(await debug(connectionId))
    return found.length >= count ? found : undefined
  })
const watchedFlow = async (layout: object = {}): Promise<MadeFlow> => {
  const flow = await makeFlow(api, application, { connection: { auth, ping: { relativeURI: '/lookup/health/me' } }, ...layout })
  expect((await patch(flow.connectionId, inMinutes(30))).status).toBe(204)
  return flow
}

test('every request and its answer are written down, newest first, without the secrets', async () => {
  const flow = await watchedFlow()
  await runToEnd(api, flow._id)
  const found = await settled(flow.connectionId, 3)
  expect(found).toHaveLength(3)
  expect(found[2]).toMatch(
    new RegExp(
      String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z GET ${application.origin}/source/orders for ${flow.ids['orders']}, \d+ ms\n`,
    ),
  )
  expect(found[2]).toContain('> authorization: ******')
  expect(found[2]).toContain('< 200')
  expect(found[2]).toContain('< {"records":[{"id":1},{"id":2}]}')
  expect(found[0]).toContain('POST')
  expect(found[0]).toMatch(/> \{"id":[12]\}/)
  expect(found.join()).not.toContain(secret)
  const times = found.map((entry) => entry.slice(0, 24))
  expect(times).toEqual(times.toSorted().toReversed())
  const stored = await ask(api.config, 'select sealed from sluice.connection_debug')
  expect(JSON.stringify(stored)).not.toMatch(/source|records|the-token/)
})

test('of one export or import alone; pings, steps on request and test runs are in it too; each try is', async () => {
  const flow = await watchedFlow()
  await api.call('GET', `/v1/connections/${flow.connectionId}/ping`)
  await api.call('PUT', `/v1/connections/${flow.connectionId}`, { ...(await api.call('GET', `/v1/connections/${flow.connectionId}`)).body })
  await api.call('POST', `/v1/exports/${flow.ids['orders']}/invoke`, {})
  await api.call('POST', `/v1/flows/${flow._id}/test`, {})
  const found = await settled(flow.connectionId, 3)
  expect(
    found.map((entry) =>
      entry
        .split('\n')[0]
        ?.replace(/^\S+ /, '')
        .replace(/, \d+ ms$/, ''),
    ),
  ).toEqual([
    `GET ${application.origin}/source/orders for ${flow.ids['orders']}`,
    `GET ${application.origin}/source/orders for ${flow.ids['orders']}`,
    `GET ${application.origin}/lookup/health/me`,
  ])
  expect(entries(await debug(flow.connectionId, `/${flow.ids['orders']}`))).toHaveLength(2)
  expect(await debug(flow.connectionId, `/${flow.ids['sink']}`)).toBe('')
  let refusals = 1
  application.before = (asked) => (asked.startsWith('POST') && refusals-- > 0 ? Promise.resolve([503, { message: 'busy' }]) : undefined)
  await runToEnd(api, flow._id)
  await settled(flow.connectionId, 7)
  expect(entries(await debug(flow.connectionId, `/${flow.ids['sink']}`)).filter((entry) => entry.includes('< 503'))).toHaveLength(1)
})

test('while a run is under way: from some seconds after somebody begins to watch', async () => {
  // More than are sent until the test is through.
  application.script = { sources: { orders: numbered(2000) } }
  application.before = async (asked) => {
    if (asked.startsWith('POST')) await new Promise((resolve) => setTimeout(resolve, 50))
    return undefined
  }
  const flow = await makeFlow(api, application, { connection: { auth, concurrencyLevel: 1 } })
  const run = await startRun(api, flow._id)
  await until(() => (application.ledger.length > 0 ? true : undefined))
  await patch(flow.connectionId, inMinutes(10))
  const [newest] = await settled(flow.connectionId, 1)
  expect(newest).toContain(`POST ${application.origin}/sink/sink for ${flow.ids['sink']}`)
  expect((await api.call('GET', `/v1/jobs/${run}`)).body.status).toBe('running')
  await api.call('PUT', `/v1/jobs/${run}/cancel`)
})

describe('an export or import by itself, until its debugUntil', () => {
  const watch = (flow: MadeFlow, value: unknown, op = 'replace') =>
    api.call('PATCH', `/v1/exports/${flow.ids['orders']}`, [{ op, path: '/debugUntil', ...(value !== undefined && { value }) }])

  test('has its own requests written down, and no others; a copy is not watched', async () => {
    const flow = await makeFlow(api, application, { connection: { auth } })
    expect((await watch(flow, inMinutes(30))).status).toBe(204)
    await runToEnd(api, flow._id)
    expect(await settled(flow.connectionId, 1)).toEqual([expect.stringContaining(`for ${flow.ids['orders']}, `)])
    expect(entries(await debug(flow.connectionId, `/${flow.ids['orders']}`))).toHaveLength(1)
    const { body: copy } = await api.call('POST', `/v1/exports/${flow.ids['orders']}/clone`, {
      connectionMap: { [flow.connectionId]: flow.connectionId },
    })
    expect(copy).toMatchObject({ _sourceId: flow.ids['orders'] })
    expect(copy).not.toHaveProperty('debugUntil')
    expect((await watch(flow, undefined, 'remove')).status).toBe(204)
    await runToEnd(api, flow._id)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(entries(await debug(flow.connectionId))).toHaveLength(1)
  })

  test('is watched for an hour at the most, by a patch and by nothing else', async () => {
    const flow = await makeFlow(api, application, { connection: { auth } })
    const late = { code: 'invalid_field', field: 'debugUntil', message: expect.stringContaining('within an hour') }
    expect(await watch(flow, inMinutes(61))).toMatchObject({ status: 422, body: { errors: [late] } })
    expect(await watch(flow, 'soon')).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_field', field: 'debugUntil' }] } })
    const path = `/v1/imports/${flow.ids['sink']}`
    const until = inMinutes(20)
    expect((await api.call('PATCH', path, [{ op: 'replace', path: '/debugUntil', value: until }])).status).toBe(204)
    const { body } = await api.call('GET', path)
    expect(body.debugUntil).toBe(until)
    await api.call('PUT', path, { ...body, debugUntil: inMinutes(300) })
    expect((await api.call('GET', path)).body.debugUntil).toBe(until)
  })
})

describe('nothing is written down', () => {
  test('without a debugDate, after it, and once it is removed', async () => {
    const flow = await makeFlow(api, application, { connection: { auth } })
    await runToEnd(api, flow._id)
    await patch(flow.connectionId, inMinutes(-1))
    await runToEnd(api, flow._id)
    await patch(flow.connectionId, inMinutes(10))
    expect((await patch(flow.connectionId, inMinutes(0), 'remove')).status).toBe(204)
    expect((await api.call('GET', `/v1/connections/${flow.connectionId}`)).body.debugDate).toBeUndefined()
    await runToEnd(api, flow._id)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await debug(flow.connectionId)).toBe('')
  })
})

describe('bounds', () => {
  test('debugDate is at most an hour ahead, by a patch, a new document or a replaced one', async () => {
    const { connectionId } = await makeFlow(api, application)
    const late = {
      status: 422,
      body: { errors: [{ code: 'invalid_field', field: 'debugDate', message: expect.stringContaining('within an hour') }] },
    }
    expect(await patch(connectionId, inMinutes(61))).toMatchObject(late)
    const { body } = await api.call('GET', `/v1/connections/${connectionId}`)
    expect(await api.call('PUT', `/v1/connections/${connectionId}`, { ...body, debugDate: inMinutes(61) })).toMatchObject(late)
    expect(await api.call('POST', '/v1/connections', { ...body, debugDate: inMinutes(61) })).toMatchObject(late)
    expect((await api.call('PUT', `/v1/connections/${connectionId}`, { ...body, debugDate: inMinutes(59) })).status).toBe(200)
    expect(await patch(connectionId, 'soon')).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_field' }] } })
    expect(await patch(connectionId, inMinutes(1), 'add')).toMatchObject({ status: 422 })
    expect(await api.call('PATCH', `/v1/connections/${connectionId}`, [{ op: 'replace', path: '/name', value: 'x' }])).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'invalid_patch' }] },
    })
  })

  test('a patch leaves a connection that is offline as it is', async () => {
    const { connectionId } = await makeFlow(api, application, { connection: { ping: { relativeURI: '/lookup/health/me' } } })
    await api.call('GET', `/v1/connections/${connectionId}/ping`)
    await patch(connectionId, inMinutes(10))
    expect((await api.call('GET', `/v1/connections/${connectionId}`)).body.offline).toBe(true)
  })

  test('the newest are kept, long bodies are cut, and what is old is removed in small steps', async () => {
    application.script = { sources: { orders: numbered(maxDebugEntries + 20, { long: 'y'.repeat(20_000) }) } }
    const flow = await watchedFlow()
    await runToEnd(api, flow._id)
    const count = async (): Promise<number> => {
      const [row] = await ask(api.config, 'select count(*)::int as kept from sluice.connection_debug where connection_id = $1', [
        flow.connectionId,
      ])
      return (row as { kept: number }).kept
    }
    await until(async () => ((await count()) === maxDebugEntries ? true : undefined))
    const text = await debug(flow.connectionId)
    expect(text.length).toBeLessThanOrEqual(5 * 1024 * 1024)
    expect(text).toContain('…')
    await purgeConnectionDebug(api.world)
    expect(await count()).toBe(maxDebugEntries)
    await purgeConnectionDebug({ ...api.world, now: () => new Date(Date.now() + debugLifeMs + 1000) })
    expect(await count()).toBe(0)
  })

  test('what was recorded can be removed', async () => {
    const flow = await watchedFlow()
    await runToEnd(api, flow._id)
    await settled(flow.connectionId, 3)
    expect((await api.call('DELETE', `/v1/connections/${flow.connectionId}/debug`)).status).toBe(204)
    expect(await debug(flow.connectionId)).toBe('')
  })
})

test('it is for those who manage the connection', async () => {
  const flow = await watchedFlow()
  const monitor = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
  const path = `/v1/connections/${flow.connectionId}`
  const all = [
    ['GET', `${path}/debug`],
    ['GET', `${path}/debug/${flow.ids['orders']}`],
    ['DELETE', `${path}/debug`],
    ['PATCH', path, [{ op: 'replace', path: '/debugDate', value: inMinutes(5) }]],
  ] as const
  for (const [method, to, body] of all) {
    expect(await monitor.call(method, to, body)).toMatchObject({ status: 403, body: { errors: [{ code: 'access_denied' }] } })
    expect((await api.stranger(method, to, body)).status).toBe(404)
  }
  // Neither the flow nor the connection is an export or import.
  for (const id of [flow._id, flow.connectionId])
    expect(await api.call('GET', `${path}/debug/${id}`)).toMatchObject({ status: 404, body: { errors: [{ field: '_resourceId' }] } })
})
