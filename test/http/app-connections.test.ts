/** What reaches outside for an Integration App: its connection steps are tried before they are taken, and its functions ask applications over its own connections only. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { licensed } from '../harness/app.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { make } from '../harness/flows.ts'

const script = `
const { connections, exports: sources, imports, integrations } = require('integrator-api')
function connected(o) { integrations.update(o.resource._id, Object.assign({}, o.resource, { settings: { connected: o._connectionId } })) }
function page(o) { return { data: o.data.map(function (each) { return Object.assign({ owned: connections.find().length }, each) }) } }
function asks(o) {
  const refusal = function (ask) { try { ask(); return 'done' } catch (error) { return error.message } }
  const id = integrations.get(o.resource._id).settings.connected
  const virtual = { http: { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } }, _connectionId: id }
  const other = o.formSubmission.other
  const settings = {
    run: sources.run({ _id: sources.find()[0]._id }).data,
    imported: imports.run({ _id: imports.find()[0]._id, data: [{ n: 2 }] })[0].statusCode,
    virtual: sources.runVirtual({ export: virtual }).data,
    ping: connections.ping(id),
    others: [
      refusal(function () { connections.ping(other) }),
      refusal(function () { sources.runVirtual({ export: virtual, _connectionId: other }) }),
      refusal(function () { imports.runVirtual({ import: { http: { method: ['POST'], relativeURI: ['/sink/x'] }, _connectionId: other } }) })
    ]
  }
  integrations.update(o.resource._id, Object.assign({}, integrations.get(o.resource._id), { settings: settings }))
}
`

let api: Api
let application: Application
let connectorId: string
let theirs: { call: Api['stranger'] }
const ping = { relativeURI: '/lookup/health/me' }
const http = (more: object = {}) => ({ baseURI: application.origin, mediaType: 'json', ...more })
beforeAll(async () => {
  api = await startApi()
  application = await startApplication()
  theirs = { call: api.stranger }
  const { _id: _scriptId } = await make(api, 'scripts', { name: 'App', content: script })
  const functions = (name: string): object => ({ _scriptId, function: name })
  const { _id: _connectionId } = await make(api, 'connections', { name: 'Shop', type: 'http', http: http({ ping }) })
  const template = await make(api, 'integrations', {
    name: 'Template',
    installSteps: [
      { name: 'Connect', type: 'connection', _connectionId, ...functions('connected') },
      { name: 'Install', type: 'template_zip', templateZip: true },
      { name: 'Ask', type: 'form', form: { fieldMap: { other: { id: 'other', name: 'other', type: 'text' } } }, ...functions('asks') },
    ],
  })
  const source = await make(api, 'exports', {
    name: 'Orders',
    adaptorType: 'HTTPExport',
    _connectionId,
    http: { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } },
    hooks: { preSavePage: functions('page') },
  })
  const sink = { name: 'Sink', adaptorType: 'HTTPImport', _connectionId, http: { method: ['POST'], relativeURI: ['/sink/orders'] } }
  const { _id: _importId } = await make(api, 'imports', sink)
  const steps = { pageGenerators: [{ _exportId: source._id }], pageProcessors: [{ type: 'import', _importId }] }
  await make(api, 'flows', { name: 'Flow', _integrationId: template._id, ...steps })
  const twoDotZero = { _integrationId: template._id }
  connectorId = (await make(api, 'connectors', { name: 'App', published: true, twoDotZero }))._id
})
afterAll(async () => {
  await api.close()
  await application.close()
})
beforeEach(() => {
  application.script = { sources: { orders: [{ n: 1 }] }, lookups: { health: { me: {} } } }
})
afterEach(() => {
  application.before = () => undefined
})

async function install(): Promise<string> {
  const { _id } = await licensed(api, { connectorId })
  return (await api.stranger('POST', `/v1/connectors/${connectorId}/install`, { _licenseId: _id })).body._id
}
const take = (id: string, index: number, body?: object): Promise<Answer> =>
  api.stranger('POST', `/v1/integrations/${id}/installSteps/${index}`, body)
const refusal = ({ status, body }: Answer): object => ({ status, ...body.errors[0] })
const refuse = (): void => {
  application.before = async () => [401, { message: 'unknown key' }]
}

describe('a connection step', () => {
  test('makes a connection only where it answers its ping, and leaves nothing behind where it does not', async () => {
    const id = await install()
    const before = (await api.stranger('GET', `/v1/integrations/${id}`)).body
    refuse()
    const sent = { connection: { name: 'New', http: http({ ping }) } }
    expect(refusal(await take(id, 0, sent))).toEqual({
      status: 422,
      code: 'connection_failed',
      message: 'unknown key',
      field: 'connection',
      source: 'application',
      failureCode: '401',
    })
    expect((await api.stranger('GET', `/v1/integrations/${id}`)).body).toEqual(before)
    expect((await api.stranger('GET', '/v1/connections?name=New')).status).toBe(204)
    expect((await api.stranger('GET', '/v1/recycleBinTTL')).text).not.toContain('New')
    application.before = () => undefined
    const { status, body } = await take(id, 0, sent)
    expect(status).toBe(200)
    expect(body.installSteps[0].completed).toBe(true)
    expect(body.settings.connected).toBe(body.installSteps[0]._connectionId)
  })

  test('tries a new connection as the app says, where whoever makes it does not', async () => {
    const id = await install()
    refuse()
    expect(refusal(await take(id, 0, { connection: { http: http() } }))).toMatchObject({ code: 'connection_failed', failureCode: '401' })
    expect(application.asked.at(-1)).toBe('GET /lookup/health/me')
    application.before = () => undefined
    const { body } = await take(id, 0, { connection: { http: http() } })
    const { _connectionId } = body.installSteps[0]
    expect((await api.stranger('GET', `/v1/connections/${_connectionId}`)).body.http.ping).toEqual(ping)
  })

  test('takes a connection that is there only where it answers its ping, and leaves it as it was where it does not', async () => {
    const id = await install()
    const { _id } = await make(theirs, 'connections', { name: 'Chosen', type: 'http', http: http({ ping }) })
    const before = (await api.stranger('GET', `/v1/connections/${_id}`)).text
    refuse()
    expect(refusal(await take(id, 0, { _connectionId: _id }))).toMatchObject({
      status: 422,
      code: 'connection_failed',
      field: '_connectionId',
    })
    expect((await api.stranger('GET', `/v1/connections/${_id}`)).text).toBe(before)
    expect((await api.stranger('GET', `/v1/integrations/${id}`)).body.installSteps[0].completed).toBe(false)
    application.before = () => undefined
    expect((await take(id, 0, { _connectionId: _id })).status).toBe(200)
    expect((await api.stranger('GET', `/v1/connections/${_id}`)).body).toMatchObject({ status: 'active', lastPingStatus: 'success' })
  })

  test('brings a connection online that answers', async () => {
    const id = await install()
    const { _id } = await make(theirs, 'connections', { name: 'Chosen', type: 'http', http: http({ ping }) })
    refuse()
    await api.stranger('GET', `/v1/connections/${_id}/ping`)
    expect((await api.stranger('GET', `/v1/connections/${_id}`)).body.offline).toBe(true)
    application.before = () => undefined
    expect((await take(id, 0, { _connectionId: _id })).status).toBe(200)
    expect((await api.stranger('GET', `/v1/connections/${_id}`)).body.offline).toBe(false)
  })

  test('names what is wrong with a connection that could not be stored, and asks nobody', async () => {
    const id = await install()
    application.asked.length = 0
    const wrong = { connection: { http: { ...http({ ping }), mediaType: 7 } } }
    expect(refusal(await take(id, 0, wrong))).toMatchObject({ status: 422, code: 'invalid_field', field: 'http.mediaType' })
    expect(application.asked).toEqual([])
  })
})

describe('a function of an app', () => {
  test('runs its exports and imports, and asks over its own connections and no others', async () => {
    const id = await install()
    const other = await make(theirs, 'connections', { name: 'Other', type: 'http', http: http({ ping }) })
    await take(id, 0, { connection: { name: 'Own', http: http({ ping }) } })
    await take(id, 1)
    const { status, body } = await take(id, 2, { formSubmission: { other: other._id } })
    expect(status).toBe(200)
    expect(body.settings).toMatchObject({ run: [{ owned: 1, n: 1 }], imported: 200, virtual: [{ n: 1 }], ping: { code: 200 } })
    expect(body.settings.others).toEqual([
      'The app has no such document.',
      'The app has no such document.',
      'The app has no such document.',
    ])
    expect(application.ledger.at(-1)?.body).toEqual({ n: 2 })
  })

  test('does not run for a user who invokes an export of the app with data of their own', async () => {
    const [source] = (await api.stranger('GET', '/v1/exports?name=Orders')).body
    const answer = await api.stranger('POST', `/v1/exports/${source._id}/invoke`)
    expect(refusal(answer)).toMatchObject({ status: 422, code: 'export_failed', failureCode: 'script_missing' })
  })
})
