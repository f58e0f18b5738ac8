/** What a call of code has made and nothing uses is its own to change. What its user makes elsewhere meanwhile is not. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { exportOf, make, makeConnection, runToEnd } from '../harness/flows.ts'
import { greedy, imported, scene, tokenIn, type Scene } from './planted.ts'

let api: Api
let application: Application
let at: Scene
beforeAll(async () => {
  application = await startApplication({ sources: { orders: [{ id: 1 }] } })
  api = await startApi({ worker: true })
})
afterAll(async () => {
  await api.close()
  await application.close()
})
beforeEach(async () => {
  at = await scene(api, application)
  application.ledger.length = 0
})

type Call = Api['call']
const holding =
  (token: string): Call =>
  (method, path, body, headers) =>
    api.call(method, path, body, { authorization: `Bearer ${token}`, ...headers })

/** The owner makes something after the call has begun, and for nothing yet; the call tries to read, use and change it. */
async function expectOnlyOwn(token: string): Promise<void> {
  const once = holding(token)
  const auth = { type: 'token', token: { token: 'made-elsewhere', location: 'header', headerName: 'x-key' } }
  const connection = await makeConnection(api, application, { auth })
  const source = (await make(api, 'exports', exportOf('orders', connection, {})))._id
  const virtual = { export: { http: { method: 'GET', relativeURI: '/source/stolen' } } }
  for (const [method, path, body] of [
    ['GET', `/v1/connections/${connection}`, undefined],
    ['GET', `/v1/exports/${source}`, undefined],
    ['PUT', `/v1/exports/${source}`, { ...exportOf('orders', at.openConnection, {}), name: 'taken' }],
    ['DELETE', `/v1/exports/${source}`, undefined],
    ['POST', `/v1/connections/${connection}/export`, virtual],
    ['PUT', `/v1/connections/${connection}`, { name: 'taken', type: 'http', http: { baseURI: application.origin, mediaType: 'json' } }],
  ] as const)
    expect({ method, path, status: (await once(method, path, body)).status }).toEqual({ method, path, status: 404 })
  // Nor by a document of its own integration that refers to it.
  const refused = await once('POST', '/v1/exports', { ...exportOf('orders', connection, {}), name: 'drawn in' })
  expect({ status: refused.status, code: refused.body?.errors?.[0]?.code }).toEqual({ status: 422, code: 'invalid_ref' })
  const own = await once('POST', '/v1/exports', exportOf('orders', at.openConnection, {}))
  expect(own.status).toBe(201)
  expect((await once('PUT', `/v1/exports/${own.body._id}`, { ...own.body, name: 'mine' })).status).toBe(200)
}

test('in a call that the owner sets off', async () => {
  const script = await make({ call: at.intruder.call }, 'scripts', { name: 'Code', content: greedy(at) })
  const settingsForm = { form: { fieldMap: {} }, init: { _scriptId: script._id, function: 'init' } }
  expect((await at.intruder.call('PUT', `/v1/integrations/${at.open}`, { name: 'Open', settingsForm })).status).toBe(200)
  const { got } = (await api.call('POST', `/v1/integrations/${at.open}/settingsForm`)).body
  await expectOnlyOwn(tokenIn(got))
})

test('in a run of a flow that the owner starts', async () => {
  const script = await make({ call: at.intruder.call }, 'scripts', { name: 'Code', content: greedy(at) })
  const sink = await make(
    { call: at.intruder.call },
    'imports',
    imported(at, { hooks: { preMap: { _scriptId: script._id, function: 'preMap' } } }),
  )
  const source = await make({ call: at.intruder.call }, 'exports', exportOf('orders', at.openConnection, {}))
  const flow = { name: 'flow', _integrationId: at.open, pageGenerators: [{ _exportId: source._id }] }
  const { _id } = await make({ call: at.intruder.call }, 'flows', { ...flow, pageProcessors: [{ type: 'import', _importId: sink._id }] })
  await runToEnd(api, _id)
  expect(application.ledger).toHaveLength(1)
  await expectOnlyOwn(tokenIn(application.ledger[0]?.body as { token: string }))
})

test('and what one call has made is not another one’s', async () => {
  const script = await make({ call: at.intruder.call }, 'scripts', { name: 'Code', content: greedy(at) })
  const settingsForm = { form: { fieldMap: {} }, init: { _scriptId: script._id, function: 'init' } }
  await at.intruder.call('PUT', `/v1/integrations/${at.open}`, { name: 'Open', settingsForm })
  const call = async (): Promise<Call> => holding(tokenIn((await api.call('POST', `/v1/integrations/${at.open}/settingsForm`)).body.got))
  const [first, second] = [await call(), await call()]
  const { _id } = (await first('POST', '/v1/exports', exportOf('orders', at.openConnection, {}))).body
  expect((await first('GET', `/v1/exports/${_id}`)).status).toBe(200)
  expect((await second('GET', `/v1/exports/${_id}`)).status).toBe(404)
})
