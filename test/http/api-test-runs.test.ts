/** Tests of APIs: what each stage of a mock request tells, what a caller would be answered, and that nothing is left of it, inside or outside. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { inOrder, makeApi, type ApiLayout, type MadeApi } from '../harness/apis.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
type Told = any

const api = apiForFile()
let application: Application
beforeEach(async () => {
  application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' } } } })
})
afterEach(() => application.close())

const testRun = ({ _id }: MadeApi, body?: object): Promise<Answer> => api.call('POST', `/v1/apis/${_id}/test`, body)
const stepOf = ({ childJobs }: Told, type: string): Told => childJobs.find((each: Told) => each.type === type)
const stageOf = (step: Told, name: string): Told => step.stages.find((each: Told) => each.name === name)

const layout: ApiLayout = {
  code: 'function shape({ record }) { return { id: record.body.id, from: record.headers["x-from"], size: record.queryParams.size } }',
  exports: { customer: { http: { relativeURI: '/lookup/customer/{{record.id}}' } } },
  imports: { orders: {} },
  builder: {
    request: {
      method: 'POST',
      relativeURI: '/tested/:place',
      queryParams: [{ key: 'size', dataType: 'number' }],
      mockRequest: { body: { id: 1 }, headers: { 'X-From': 'mock' }, pathParams: { place: 'here' }, queryParams: { size: 3 } },
      transform: { _scriptId: '{code}', function: 'shape' },
    },
    routers: inOrder(
      { type: 'export', _exportId: '{customer}', responseMapping: { fields: [{ extract: 'data[0].name', generate: 'name' }], lists: [] } },
      { type: 'import', _importId: '{orders}' },
    ),
    responses: [{ type: 'success', statusCode: 201, mappings: [{ generate: 'name', extract: 'name' }] }, { type: 'fail' }],
  },
}

test('every stage of the mock request is told, and imports make their requests and send none', async () => {
  const made = await makeApi(api, application, layout)
  const { status, body } = await testRun(made)
  expect(status).toBe(200)
  expect(body.metadata).toMatchObject({ _apiId: made._id, importsSent: false, scriptsWrote: false })
  expect(body.flowJob).toMatchObject({ type: 'api', status: 'completed', numSuccess: 2, numError: 0, errors: [] })
  const types = body.childJobs.map(({ type }: Told) => type)
  expect([types[0], types.slice(1, -1).toSorted(), types.at(-1)]).toEqual(['request', ['export', 'import', 'router'], 'response'])
  const request = stepOf(body, 'request')
  const incoming = { body: { id: 1 }, headers: { 'x-from': 'mock' }, pathParams: { place: 'here' }, queryParams: { size: 3 } }
  expect(stageOf(request, 'request').output).toMatchObject([incoming])
  expect(stageOf(request, 'transformTwoDotZero')).toMatchObject({ input: [incoming], output: [{ id: 1, from: 'mock', size: 3 }] })
  expect(stageOf(stepOf(body, 'export'), 'responseMap').output).toEqual([{ id: 1, from: 'mock', size: 3, name: 'Ann' }])
  expect(stageOf(stepOf(body, 'import'), 'request').output[0]).toMatchObject({ method: 'POST', body: { id: 1, name: 'Ann' } })
  expect(stageOf(stepOf(body, 'response'), 'mapping').output).toEqual([{ name: 'Ann' }])
  expect(body.response).toMatchObject({ statusCode: 201, body: { name: 'Ann' } })
  expect(application.ledger).toEqual([])
})

test('another mock request can be sent along, imports can send, and nothing is left inside', async () => {
  const made = await makeApi(api, application, { ...layout, api: { disabled: true } })
  const { body } = await testRun(made, { mockRequest: { body: { id: 99 } } })
  expect(body.flowJob).toMatchObject({ status: 'failed', numError: 1 })
  expect(stepOf(body, 'export').errors).toMatchObject([{ code: '404' }])
  expect(body.response).toMatchObject({ statusCode: 500, body: { errors: [{ code: '404' }] } })
  await testRun(made, { allowImports: true })
  expect(application.ledger.map((sent) => sent.body)).toMatchObject([{ id: 1, name: 'Ann' }])
  expect((await api.call('GET', `/v1/apis/${made._id}/errors`)).body.apiErrors.every(({ numError }: Told) => numError === 0)).toBe(true)
  expect((await api.call('GET', `/v1/apis/${made._id}/logs`)).body).toEqual({ logs: [] })
})

test('what keeps it from beginning is told, and a script is tried in the same way', async () => {
  const broken = await makeApi(api, application, { builder: { routers: [{ branches: [{ nextRouterId: 'gone' }] }] } })
  const told = (await testRun(broken)).body
  expect(told.flowJob).toMatchObject({ status: 'failed', errors: [{ code: 'router_missing' }] })
  expect(told).not.toHaveProperty('response')
  const code = 'function handle({ method, body }) { return { statusCode: 202, body: { method, body } } }'
  const script = await makeApi(api, application, {
    code,
    api: { type: 'script', script: { _scriptId: '{code}', function: 'handle' }, builder: null },
  })
  const { response } = (await testRun(script, { mockRequest: { method: 'PUT', body: [1] } })).body
  expect(response).toMatchObject({ statusCode: 202, body: { method: 'PUT', body: [1] } })
})

test('is for who may manage it', async () => {
  const made = await makeApi(api, application)
  const { call } = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
  expect((await call('POST', `/v1/apis/${made._id}/test`)).status).toBe(403)
  expect((await call('GET', `/apis/v1/it`)).status).toBe(403)
})
