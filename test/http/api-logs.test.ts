/** The log of the calls of an API, its counts, and its errors: what there is to find, in which order, and for how long. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enforceRetention } from '../../src/domain/retention/enforce-retention.ts'
import { defaultDays } from '../../src/domain/retention/kinds.ts'
import { apiForFile } from '../harness/api.ts'
import { inOrder, makeApi, type MadeApi } from '../harness/apis.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { until } from '../harness/flows.ts'

const api = apiForFile()
let application: Application
let made: MadeApi
beforeAll(async () => {
  application = await startApplication({})
  made = await makeApi(api, application, {
    imports: { orders: { mappings: [{ generate: 'refuse', dataType: 'number', extract: '$.body.refuse', status: 'Active' }] } },
    builder: { request: { method: 'POST', relativeURI: '/orders' }, routers: inOrder({ type: 'import', _importId: '{orders}' }) },
  })
})
afterAll(() => application.close())

const call = (body: object) => api.call('POST', '/apis/v1/orders?source=shop', body)
const logs = async (query = '') => (await api.call('GET', `/v1/apis/${made._id}/logs${query}`)).body
const written = (count: number) => until(async () => ((await logs()).logs.length >= count ? true : undefined))

test('every call is in the log within a second, the newest first, with what was asked and answered', async () => {
  await call({ n: 1 })
  await call({ n: 2, refuse: 422 })
  await written(2)
  const found = (await logs()).logs
  expect(found).toMatchObject([
    { method: 'POST', path: '/apis/v1/orders', statusCode: 500, success: false, numError: 1 },
    { method: 'POST', path: '/apis/v1/orders', statusCode: 200, success: true, numError: 0 },
  ])
  expect(found[0].duration).toBeGreaterThan(0)
  const { body } = await api.call('GET', `/v1/apis/${made._id}/logs/${found[0].key}`)
  expect(body).toMatchObject({
    request: { method: 'POST', url: '/apis/v1/orders?source=shop', body: { n: 2, refuse: 422 } },
    response: { status: 500, body: { errors: [{ code: '422' }] } },
    errors: [{ stepId: made.ids['orders'], code: '422', source: 'application' }],
  })
  expect((await logs('?success=true')).logs).toHaveLength(1)
  expect((await logs('?statusCode=500')).logs).toHaveLength(1)
  expect((await logs(`?time_gt=${Date.now() + 1000}`)).logs).toEqual([])
  expect((await api.call('GET', `/v1/apis/${made._id}/logs/0123456789abcdef01234567`)).status).toBe(404)
  expect((await api.call('GET', `/v1/apis/${made._id}/logs?before=nonsense`)).status).toBe(400)
})

test('an error of a call is open at its step before the failure is answered, names the call, and can be resolved', async () => {
  const step = `/v1/apis/${made._id}/${made.ids['orders']}`
  await call({ n: 3, refuse: 409 })
  const { errors } = (await api.call('GET', `${step}/errors`)).body
  expect(errors[0]).toMatchObject({ code: '409', source: 'application' })
  await until(async () => ((await logs('?statusCode=500')).logs[0].key === errors[0]._flowJobId ? true : undefined))
  const { requests } = (await api.call('GET', `${step}/requests`)).body
  expect(requests[0]).toMatchObject({ key: errors[0].reqAndResKey, statusCode: '409' })
  const shown = await api.call('GET', `${step}/requests/${errors[0].reqAndResKey}`)
  expect(shown.body).toMatchObject({ request: { method: 'POST' }, response: { status: 409 } })
  expect((await api.call('PUT', `${step}/resolved`, { errors: [errors[0].errorId] })).status).toBe(204)
  expect((await api.call('GET', `${step}/resolved`)).body.resolved).toMatchObject([{ errorId: errors[0].errorId }])
})

test('a page ends where the next one begins', async () => {
  const before = (await logs()).logs.length
  for (let from = 0; from < 120; from += 40) await Promise.all(Array.from({ length: 40 }, () => call({ n: 0 })))
  await until(async () => ((await logs()).logs.length === 100 ? true : undefined))
  const first = await until(async () => {
    const page = await logs()
    const rest = page.nextPageURL && (await api.call('GET', page.nextPageURL)).body
    return rest?.logs.length === before + 20 ? { page, rest } : undefined
  })
  const keys = [...first.page.logs, ...first.rest.logs].map(({ key }: { key: string }) => key)
  expect(new Set(keys).size).toBe(before + 120)
  expect(first.rest).not.toHaveProperty('nextPageURL')
})

test('calls are counted by the hour', async () => {
  const { hours } = (await api.call('GET', `/v1/apis/${made._id}/stats`)).body
  const sum = (field: string) => hours.reduce((total: number, each: Record<string, number>) => total + (each[field] ?? 0), 0)
  expect([sum('numCalls'), sum('numSuccess'), sum('numError')]).toEqual([123, 121, 2])
  expect((await api.call('GET', `/v1/apis/${made._id}/stats?startDate=2020-01-01&endDate=2020-02-15`)).status).toBe(400)
  expect((await api.call('GET', `/v1/apis/${made._id}/stats?startDate=2020-01-02&endDate=2020-01-01`)).status).toBe(400)
  expect((await api.call('GET', `/v1/apis/${made._id}/stats?startDate=2020-01-01&endDate=2020-01-02`)).body).toEqual({ hours: [] })
})

test('what is older than logs are kept is removed', async () => {
  const later = { ...api.world, now: () => new Date(Date.now() + 40 * 86_400_000) }
  await enforceRetention(later, defaultDays)
  expect(await logs()).toEqual({ logs: [] })
  expect((await api.call('GET', `/v1/apis/${made._id}/stats`)).body).toEqual({ hours: [] })
})
