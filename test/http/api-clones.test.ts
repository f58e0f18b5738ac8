/** Clones of APIs: another version, with steps of its own, that answers once somebody enables it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { inOrder, makeApi, type MadeApi } from '../harness/apis.ts'
import { startApplication, type Application } from '../harness/application.ts'

const api = apiForFile()
let application: Application
let made: MadeApi
beforeAll(async () => {
  application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' } } } })
  made = await makeApi(api, application, {
    exports: { customer: { http: { relativeURI: '/lookup/customer/1' } } },
    api: { version: '1.0' },
    builder: {
      request: { method: 'GET', relativeURI: '/customer' },
      routers: inOrder({
        type: 'export',
        _exportId: '{customer}',
        responseMapping: { fields: [{ extract: 'data[0].name', generate: 'name' }], lists: [] },
      }),
    },
  })
})
afterAll(() => application.close())

const clone = (body: object, id = made._id) => api.call('POST', `/v1/apis/${id}/clone`, body)

test('a clone is another version with copies of the steps, and both answer side by side', async () => {
  const { status, body } = await clone({ version: '2.0', name: 'Customer 2', description: 'The next one' })
  expect(status).toBe(201)
  expect(body).toMatchObject({ name: 'Customer 2', description: 'The next one', version: '2.0', disabled: true, _sourceId: made._id })
  const [step] = body.builder.routers[0].branches[0].pageProcessors
  expect(step._exportId).not.toBe(made.ids['customer'])
  expect((await api.call('GET', '/apis/2.0/customer')).status).toBe(404)
  await api.call('PUT', `/v1/apis/${body._id}`, { ...body, disabled: false })
  for (const version of ['1.0', '2.0'])
    expect(await api.call('GET', `/apis/${version}/customer`)).toMatchObject({ status: 200, body: { name: 'Ann' } })
})

test('the version has to be named, and another one; a script is not cloned', async () => {
  expect(await clone({})).toMatchObject({ status: 422, body: { errors: [{ code: 'missing_required_field', field: 'version' }] } })
  expect(await clone({ version: '1.0' })).toMatchObject({ status: 422, body: { errors: [{ code: 'invalid_field', field: 'version' }] } })
  expect(await clone({ version: 'with/slash' })).toMatchObject({ status: 422 })
  const code = 'function f() { return {} }'
  const script = await makeApi(api, application, {
    code,
    api: { type: 'script', script: { _scriptId: '{code}', function: 'f' }, builder: null },
  })
  expect(await clone({ version: 'v2' }, script._id)).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'invalid_field', field: 'type' }] },
  })
  expect(await api.stranger('POST', `/v1/apis/${made._id}/clone`, { version: 'v2' })).toMatchObject({ status: 404 })
})
