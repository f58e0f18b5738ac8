/** Requests of failed records: kept masked and sealed with their answers, told by their errors, and gone with their bounds. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { maxRecordedRequests } from '../../src/contract/operations/flows/recorded-requests.ts'
import { apiForFile, type Answer } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { errorsOf, makeFlow, numbered, runToEnd, type MadeFlow } from '../harness/flows.ts'

const api = apiForFile({ worker: true })
let application: Application
beforeEach(async () => {
  application = await startApplication({ sources: { orders: numbered(2, { refuse: 422 }) } })
})
afterEach(() => application.close())

const requests = (flow: MadeFlow, step: string, more = ''): Promise<Answer> =>
  api.call('GET', `/v1/flows/${flow._id}/${flow.ids[step]}/requests${more}`)
const secret = 'the-token-of-the-connection'
const auth = { type: 'token', token: { token: secret, location: 'header' } }

test('an error names the request that it came of, and what was answered', async () => {
  const flow = await makeFlow(api, application, { connection: { auth } })
  await runToEnd(api, flow._id)
  const errors = await errorsOf(api, flow, 'sink')
  expect(errors).toHaveLength(2)
  expect(new Set(errors.map(({ reqAndResKey }) => reqAndResKey)).size).toBe(2)
  const second = errors.find(({ oIndex }) => oIndex === 1)
  expect(second.reqAndResKey).toMatch(/^\d{13}-[0-9a-f]{24}-422-POST$/)
  const { status, body } = await requests(flow, 'sink', `/${second.reqAndResKey}`)
  expect(status).toBe(200)
  expect(body).toEqual({
    request: {
      method: 'POST',
      url: `${application.origin}/sink/sink`,
      headers: expect.objectContaining({ authorization: '******', 'content-type': 'application/json' }),
      body: { id: 2, refuse: 422 },
    },
    response: {
      status: 422,
      headers: expect.objectContaining({ 'content-type': 'application/json' }),
      body: { message: 'sink does not take it' },
    },
  })
  const stored = await ask(api.config, 'select sealed from sluice.recorded_requests')
  expect(stored).toHaveLength(2)
  expect(JSON.stringify(stored)).not.toMatch(/sink|refuse|the-token/)
})

test('records that went in one request share it; one that was never sent has none', async () => {
  application.before = (asked) => (asked.startsWith('POST') ? Promise.resolve([500, { message: 'no' }]) : undefined)
  const batch = await makeFlow(api, application, { imports: { sink: { http: { batchSize: 10 } } } })
  await runToEnd(api, batch._id)
  const keys = (await errorsOf(api, batch, 'sink')).map(({ reqAndResKey }) => reqAndResKey)
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
  expect((await requests(batch, 'sink', `/${keys[0]}`)).body.request.body).toHaveLength(2)
  const tooLarge = await makeFlow(api, application, { imports: { sink: { http: { endPointBodyLimit: 1 } } } })
  await runToEnd(api, tooLarge._id)
  const errors = await errorsOf(api, tooLarge, 'sink')
  expect(errors.map(({ code, reqAndResKey }) => [code, reqAndResKey])).toEqual([
    ['body_too_large', undefined],
    ['body_too_large', undefined],
  ])
})

test('so does a lookup, a host that is not there, and an export whose run failed', async () => {
  const flow = await makeFlow(api, application, {
    exports: { orders: {}, customer: { isLookup: true, http: { relativeURI: '/lookup/customer/{{record.id}}' } } },
    imports: {},
    flow: { pageProcessors: [{ type: 'export', _exportId: '{customer}' }] },
  })
  await runToEnd(api, flow._id)
  const [first] = await errorsOf(api, flow, 'customer')
  expect((await requests(flow, 'customer', `/${first.reqAndResKey}`)).body).toMatchObject({
    request: { method: 'GET' },
    response: { status: 404 },
  })

  const failing = await makeFlow(api, application, { exports: { missing: {} } })
  expect((await runToEnd(api, failing._id)).status).toBe('failed')
  const [ofRun] = await errorsOf(api, failing, 'missing')
  expect((await requests(failing, 'missing', `/${ofRun.reqAndResKey}`)).body.response).toMatchObject({
    status: 404,
    body: { message: 'no source missing' },
  })

  const nowhere = await makeFlow(api, application, { connection: { baseURI: 'http://127.0.0.1:1' }, flow: { skipRetries: true } })
  await runToEnd(api, nowhere._id)
  const [unreachable] = await errorsOf(api, nowhere, 'orders')
  expect(unreachable.reqAndResKey).toMatch(/-0-GET$/)
  expect((await requests(nowhere, 'orders', `/${unreachable.reqAndResKey}`)).body).toMatchObject({
    request: { method: 'GET', url: 'http://127.0.0.1:1/source/orders' },
    error: { code: 'connection_refused' },
  })
})

describe('they', () => {
  test('are listed newest first, between times, and removed by their keys; the errors stay', async () => {
    const flow = await makeFlow(api, application)
    await runToEnd(api, flow._id)
    const { body } = await requests(flow, 'sink')
    expect(body.nextPageURL).toBeUndefined()
    expect(body.requests).toMatchObject([
      { method: 'POST', stage: 'apiCall', statusCode: '422', time: expect.any(Number) },
      { method: 'POST', stage: 'apiCall', statusCode: '422' },
    ])
    const later = new Date(Date.now() + 60_000).toISOString()
    expect((await requests(flow, 'sink', `?time_gt=${later}`)).body.requests).toEqual([])
    expect((await requests(flow, 'sink', `?time_lte=${later}`)).body.requests).toHaveLength(2)
    expect((await requests(flow, 'sink', `?after=${body.requests[0].key}`)).body.requests).toEqual([body.requests[1]])
    expect(await requests(flow, 'sink', '?time_gt=soon')).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'invalid_query_params', field: 'time_gt' }] },
    })
    const path = `/v1/flows/${flow._id}/${flow.ids['sink']}/requests`
    const [{ key }] = body.requests
    expect((await api.call('DELETE', path, { keys: [key] })).status).toBe(204)
    expect((await requests(flow, 'sink', `/${key}`)).status).toBe(404)
    const errors = await errorsOf(api, flow, 'sink')
    expect(errors).toHaveLength(2)
    expect(errors.filter((error) => 'reqAndResKey' in error)).toHaveLength(1)
    expect(await api.call('DELETE', path, { keys: [] })).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_field' }] } })
    expect(await api.call('DELETE', path, {})).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'missing_required_field', field: 'keys' }] },
    })
  })

  test('come a page of 100 at a time', async () => {
    application.script = { sources: { orders: numbered(150, { refuse: 400 }) } }
    const flow = await makeFlow(api, application)
    await runToEnd(api, flow._id)
    const first = (await requests(flow, 'sink')).body
    expect(first.requests).toHaveLength(100)
    const second = (await api.call('GET', first.nextPageURL)).body
    expect(second.requests).toHaveLength(50)
    expect(second.nextPageURL).toBeUndefined()
  })

  test('are kept for the newest of a step alone', async () => {
    application.script = { sources: { orders: numbered(maxRecordedRequests + 100, { refuse: 400 }) } }
    const flow = await makeFlow(api, application)
    await runToEnd(api, flow._id)
    const [{ kept }] = (await ask(api.config, 'select count(*)::int as kept from sluice.recorded_requests where flow_id = $1', [
      flow._id,
    ])) as [{ kept: number }]
    expect(kept).toBe(maxRecordedRequests)
    const errors = await errorsOf(api, flow, 'sink')
    expect(errors.slice(0, 900).every(({ reqAndResKey }) => reqAndResKey)).toBe(true)
  })

  test('are cut to a bound, and what is no text is told by its size', async () => {
    application.script = { sources: { orders: numbered(1, { refuse: 400, long: 'x'.repeat(200_000) }) } }
    const flow = await makeFlow(api, application)
    await runToEnd(api, flow._id)
    const [{ reqAndResKey }] = await errorsOf(api, flow, 'sink')
    const { request } = (await requests(flow, 'sink', `/${reqAndResKey}`)).body
    expect(request.body).toMatch(/^\{"id":1,"refuse":400,"long":"x+…$/)
    expect(request.body.length).toBeLessThanOrEqual(64 * 1024)
  })

  test('go with their flow', async () => {
    const flow = await makeFlow(api, application)
    await runToEnd(api, flow._id)
    await api.call('DELETE', `/v1/flows/${flow._id}`)
    expect((await requests(flow, 'sink')).status).toBe(404)
  })

  test('are looked at by those who see the flow, and removed by those who manage it', async () => {
    const flow = await makeFlow(api, application)
    await runToEnd(api, flow._id)
    const [{ reqAndResKey }] = await errorsOf(api, flow, 'sink')
    const path = `/v1/flows/${flow._id}/${flow.ids['sink']}/requests`
    const monitor = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
    expect((await monitor.call('GET', `${path}/${reqAndResKey}`)).status).toBe(200)
    expect((await monitor.call('GET', path)).status).toBe(200)
    expect(await monitor.call('DELETE', path, { keys: [reqAndResKey] })).toMatchObject({
      status: 403,
      body: { errors: [{ code: 'access_denied' }] },
    })
    for (const [method, to, body] of [
      ['GET', path],
      ['GET', `${path}/${reqAndResKey}`],
      ['DELETE', path, { keys: [reqAndResKey] }],
    ] as const)
      expect((await api.stranger(method, to, body)).status).toBe(404)
    expect((await requests(flow, 'sink', `/${reqAndResKey}`)).status).toBe(200)
  })
})
