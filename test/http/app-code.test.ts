/** Code of an Integration App beyond its steps: hooks in its flows, and forms for its settings. It stays the publisher's, and acts as the app. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { licensed } from '../harness/app.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { make } from '../harness/flows.ts'
import { nobody } from '../harness/samples.ts'

const script = `
const { connections } = require('integrator-api')
function mark(o) { return { data: o.data.map(function (each) { return Object.assign({ seen: connections.find({}).length }, each) }) } }
function form(o) { return { fieldMap: { region: { id: 'region', name: 'region', label: o.license && o.license._connectorId, type: 'select', required: true, options: [{ items: ['EU', 'US'] }] } } } }
`

let api: Api
let application: Application
let id: string
let connectorId: string
let scriptId: string
beforeAll(async () => {
  api = await startApi({ worker: true })
  application = await startApplication({ sources: { orders: [{ n: 1 }] } })
  scriptId = (await make(api, 'scripts', { name: 'App', content: script }))._id
  const http = { baseURI: application.origin, mediaType: 'json' }
  const { _id: _connectionId } = await make(api, 'connections', { name: 'Shop', type: 'http', http })
  const template = await make(api, 'integrations', {
    name: 'Template',
    settingsForm: { init: { _scriptId: scriptId, function: 'form' } },
    installSteps: [{ name: 'Connect', type: 'connection', _connectionId }],
  })
  const source = await make(api, 'exports', {
    name: 'Orders',
    adaptorType: 'HTTPExport',
    _connectionId,
    http: { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } },
    hooks: { preSavePage: { _scriptId: scriptId, function: 'mark' } },
  })
  const sink = await make(api, 'imports', {
    name: 'Sink',
    adaptorType: 'HTTPImport',
    _connectionId,
    http: { method: ['POST'], relativeURI: ['/sink/orders'] },
  })
  await make(api, 'flows', {
    name: 'Flow',
    _integrationId: template._id,
    pageGenerators: [{ _exportId: source._id }],
    pageProcessors: [{ type: 'import', _importId: sink._id }],
  })
  connectorId = (await make(api, 'connectors', { name: 'App', published: true, twoDotZero: { _integrationId: template._id } }))._id
  await licensed(api, { connectorId })
  id = (await api.stranger('POST', `/v1/connectors/${connectorId}/install`)).body._id
  await make({ call: api.stranger }, 'connections', { name: "The user's own", type: 'http', http })
  await api.stranger('POST', `/v1/integrations/${id}/installSteps/0`, { connection: { name: 'Mine', http } })
})
afterAll(async () => {
  await api.close()
  await application.close()
})

const ended = async (flowId: string): Promise<Answer['body']> => {
  for (let tries = 0; tries < 200; tries++) {
    const [job] = (await api.stranger('GET', `/v1/jobs?_flowId=${flowId}`)).body ?? []
    if (job?.endedAt) return job
    await pause(100)
  }
  throw new Error('the run did not end')
}

describe('a hook of an app', () => {
  test('runs in the flows of the app, and sees what is the app’s and no other connection of the account', async () => {
    const [flow] = (await api.stranger('GET', `/v1/integrations/${id}/flows`)).body
    await api.stranger('PUT', `/v1/flows/${flow._id}`, { ...flow, disabled: false })
    expect((await api.stranger('POST', `/v1/flows/${flow._id}/run`)).status).toBe(201)
    expect(await ended(flow._id)).toMatchObject({ status: 'completed', numError: 0 })
    expect(application.ledger.map(({ body }) => body)).toEqual([{ seen: 1, n: 1 }])
  }, 30_000)

  test('is found by the app, and by no app of another publisher in the same environment', async () => {
    const envId = (await api.stranger('GET', '/v1/tokenInfo')).body._userId as string
    const foundFor = async (connector: string): Promise<unknown> =>
      (await api.world.store.apps.findScript(envId, connector, scriptId))?.doc['content']
    expect([await foundFor(connectorId), await foundFor(nobody)]).toEqual([script, undefined])
  })

  test("does not run in a user's own flow over an export of the app", async () => {
    const [flow] = (await api.stranger('GET', `/v1/integrations/${id}/flows`)).body
    const own = await make({ call: api.stranger }, 'flows', { name: 'Own', pageGenerators: flow.pageGenerators })
    await api.stranger('POST', `/v1/flows/${own._id}/run`)
    expect(await ended(own._id)).toMatchObject({ status: 'failed' })
  }, 30_000)
})

describe('the settings of an app', () => {
  const put = (body: object): Promise<Answer> => api.stranger('PUT', `/v1/integrations/${id}`, body)

  test('have the form that its script makes, and are checked against it, whether the form is sent along or not', async () => {
    const shown = await api.stranger('POST', `/v1/integrations/${id}/settingsForm`)
    expect({ status: shown.status, fields: Object.keys(shown.body.fieldMap) }).toEqual({ status: 200, fields: ['region'] })
    expect(shown.body.fieldMap.region.label, 'the licence is told to the script').toBe(connectorId)
    const wrong = await put({ name: 'App', settings: { region: 'Mars' } })
    expect({ status: wrong.status, field: wrong.body.errors[0].field }).toEqual({ status: 422, field: 'settings.region' })
    expect((await put({ name: 'App', settings: { region: 'EU' } })).body.settings).toEqual({ region: 'EU' })
  })

  test('have no other form than the app’s', async () => {
    const { _id } = await make({ call: api.stranger }, 'scripts', { name: 'Own', content: 'function init() { return {} }' })
    const answer = await put({ name: 'App', settings: { region: 'Mars' }, settingsForm: { init: { _scriptId: _id, function: 'init' } } })
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 422, code: 'app_resource_locked' })
  })
})

describe('the preSave of an app', () => {
  const code = `
    function ofIntegration(o) {
      const region = o.newResource.settings && o.newResource.settings.region
      return Object.assign({}, o.newResource, { mode: 'uninstall', _connectorId: undefined }, region ? { version: '1.' + region, childDisplayName: 'Store in ' + region } : {})
    }
    function ofExport(o) {
      const path = o.newResource.settings && o.newResource.settings.path
      if (path === 'nowhere') throw new Error('there is no such path')
      if (!path) return o.newResource
      return Object.assign({}, o.newResource, { http: Object.assign({}, o.newResource.http, { relativeURI: path }) })
    }`
  let appId: string
  let source: Answer['body']
  beforeAll(async () => {
    const _scriptId = (await make(api, 'scripts', { name: 'Saves', content: code }))._id
    const { _id: _connectionId } = await make(api, 'connections', {
      name: 'Shop',
      type: 'http',
      http: { baseURI: 'https://a.example', mediaType: 'json' },
    })
    const template = await make(api, 'integrations', { name: 'T', version: '1', preSave: { _scriptId, function: 'ofIntegration' } })
    const made = await make(api, 'exports', {
      name: 'Orders',
      adaptorType: 'HTTPExport',
      _connectionId,
      http: { method: 'GET', relativeURI: '/orders' },
      preSave: { _scriptId, function: 'ofExport' },
    })
    await make(api, 'flows', { name: 'Flow', _integrationId: template._id, pageGenerators: [{ _exportId: made._id }] })
    const connector = await make(api, 'connectors', { name: 'A', published: true, twoDotZero: { _integrationId: template._id } })
    await licensed(api, { connectorId: connector._id })
    appId = (await api.stranger('POST', `/v1/connectors/${connector._id}/install`)).body._id
    const [flow] = (await api.stranger('GET', `/v1/integrations/${appId}/flows`)).body
    source = (await api.stranger('GET', `/v1/exports/${flow.pageGenerators[0]._exportId}`)).body
  })
  const get = async (path: string): Promise<Answer['body']> => (await api.stranger('GET', `/v1/${path}`)).body

  test('changes what users may not, and gets all of the document where they send a part of it', async () => {
    const put = await api.stranger('PUT', `/v1/exports/${source._id}`, { name: source.name, settings: { path: '/refunds' } })
    expect({ status: put.status, text: put.text }).toMatchObject({ status: 200 })
    expect(put.body).toEqual({
      ...source,
      settings: { path: '/refunds' },
      http: { ...source.http, relativeURI: '/refunds' },
      lastModified: expect.any(String) as string,
    })
  })

  test('of the integration too, but for where the installation stands', async () => {
    const before = await get(`integrations/${appId}`)
    const put = await api.stranger('PUT', `/v1/integrations/${appId}`, { name: 'Mine', settings: { region: 'EU' } })
    expect({ status: put.status, body: put.body }).toMatchObject({
      status: 200,
      body: { version: '1.EU', childDisplayName: 'Store in EU' },
    })
    expect(put.body).toMatchObject({ name: 'Mine', mode: before.mode, _connectorId: before._connectorId, preSave: before.preSave })
    const patch = [{ op: 'replace', path: '/settings', value: { region: 'US' } }]
    expect((await api.stranger('PATCH', `/v1/integrations/${appId}`, patch)).status).toBe(204)
    expect(await get(`integrations/${appId}`)).toMatchObject({ version: '1.US', mode: before.mode })
  })

  test('is not asked of what users may not change, and what it refuses is not saved', async () => {
    const now = await get(`exports/${source._id}`)
    const http = { ...now.http, relativeURI: '/mine' }
    for (const body of [
      { ...now, http },
      { ...now, settings: { path: '/x' }, http },
      { ...now, preSave: { ...now.preSave, function: 'other' } },
    ]) {
      const answer = await api.stranger('PUT', `/v1/exports/${source._id}`, body)
      expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 422, code: 'app_resource_locked' })
    }
    const refused = await api.stranger('PUT', `/v1/exports/${source._id}`, { name: now.name, settings: { path: 'nowhere' } })
    expect({ status: refused.status, code: refused.body.errors[0].code }).toEqual({ status: 422, code: 'script_error' })
    expect(await get(`exports/${source._id}`)).toEqual(now)
  })
})
