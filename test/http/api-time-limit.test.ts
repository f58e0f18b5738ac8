/** Calls of APIs whose application does not answer: each is answered at its time limit, what it asked is given up, and its error is kept. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { inOrder, makeApi, type MadeApi } from '../harness/apis.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { until } from '../harness/flows.ts'

/** What the call needs that is not held up takes a hundredth of it on an idle machine. */
const callMs = 5000

const api = apiForFile({ callMs })
let application: Application
let made: MadeApi
beforeAll(async () => {
  application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' } } } })
  made = await makeApi(api, application, {
    connection: { concurrencyLevel: 1, ping: { relativeURI: '/lookup/customer/1?held', method: 'GET' } },
    exports: { customer: { http: { relativeURI: '/lookup/customer/1' } } },
    imports: { sink: {} },
    builder: { routers: inOrder({ type: 'export', _exportId: '{customer}' }, { type: 'import', _importId: '{sink}' }) },
  })
})
afterAll(() => application.close())

const call = () => api.call('GET', '/apis/v1/it')
const asked = (what: string): number => application.asked.filter((each) => each.includes(what)).length

test('an application that hangs: the call is answered 504 at its time limit, frees its slot, and is in the log with its step', async () => {
  let closed = 0
  application.server.on('request', (_request, response) => response.once('close', () => (closed += response.writableEnded ? 0 : 1)))
  application.before = (what) => (what.includes('/lookup/') ? new Promise(() => undefined) : undefined)
  const began = performance.now()
  // The first one has the only slot of the connection, and the second one waits for it until the time limit of the first.
  const first = call()
  await until(() => asked('/lookup/') === 1 || undefined)
  const answers = await Promise.all([first, setTimeout(500).then(call)])
  expect(performance.now() - began).toBeGreaterThanOrEqual(callMs)
  for (const { status, body } of answers) {
    expect(status).toBe(504)
    expect(body.errors).toEqual([
      { code: 'timeout', source: 'internal', message: expect.stringMatching(/^The call took longer than it may, .* look whether the app/) },
    ])
  }
  expect([asked('/lookup/'), asked('/sink/')]).toEqual([2, 0])

  // The slot is free, long before the request would have been given up for its own sake: by the time limit of this call.
  application.before = () => undefined
  expect(await call()).toMatchObject({ status: 200 })
  expect([asked('/lookup/'), asked('/sink/')]).toEqual([3, 1])
  // The application saw that nobody waits for it any more.
  await until(() => closed === 2 || undefined)

  const { apiErrors } = (await api.call('GET', `/v1/apis/${made._id}/errors`)).body
  const counts = apiErrors.filter(({ numError }: { numError: number }) => numError > 0)
  expect(counts).toMatchObject([{ _expOrImpId: made.ids['customer'], numError: 2 }])
  const { errors } = (await api.call('GET', `/v1/apis/${made._id}/${made.ids['customer']}/errors`)).body
  expect(errors).toMatchObject([{ code: 'timeout' }, { code: 'timeout' }])
  const logs = await until(async () => {
    const found = (await api.call('GET', `/v1/apis/${made._id}/logs`)).body.logs
    return found.length === 3 ? found : undefined
  })
  expect(logs).toMatchObject([
    { statusCode: 200, success: true, numError: 0 },
    { statusCode: 504, success: false, numError: 1 },
    { statusCode: 504, success: false, numError: 1 },
  ])
  for (const { duration } of logs.slice(1)) expect(duration).toBeGreaterThanOrEqual(callMs - 50)
  const { body } = await api.call('GET', `/v1/apis/${made._id}/logs/${logs[1].key}`)
  expect(body.errors).toMatchObject([{ stepId: made.ids['customer'], code: 'timeout' }])
})

test('a call that waits for the slot of a connection until its time limit is answered 504, and the application is not asked for it', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<undefined>()
  application.before = (what) => (what.includes('held') ? held : undefined)
  const ping = api.call('GET', `/v1/connections/${made.connectionId}/ping`)
  await until(() => asked('held') === 1 || undefined)
  const before = asked('/lookup/')
  expect(await call()).toMatchObject({ status: 504, body: { errors: [{ code: 'timeout' }] } })
  release(undefined)
  await ping
  expect(await call()).toMatchObject({ status: 200 })
  expect(asked('/lookup/')).toBe(before + 1)
})
