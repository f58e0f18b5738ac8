/** A script that somebody may not use is not run for them, whichever way they name it: what a document refers to is looked at before any code is. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { installed, publish } from '../harness/app.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { exportOf, importOf, make } from '../harness/flows.ts'
import { scene, type Scene } from './planted.ts'

let api: Api
let application: Application
let at: Scene
let secret: string

beforeAll(async () => {
  application = await startApplication()
  api = await startApi()
  at = await scene(api, application)
  const content = `function f(o) { console.log('ran'); if (o.newResource) { o.newResource.description = 'the secret of the script'; return o.newResource }
    return o.data ? { data: [{ got: 'the secret of the script' }] } : { fieldMap: {}, got: 'the secret of the script' } }`
  secret = (await make(api, 'scripts', { name: 'Hidden', content }))._id
  const hooks = { preMap: { _scriptId: secret, function: 'f' } }
  await make(api, 'imports', importOf('sink', at.hiddenConnection, { _integrationId: at.hidden, hooks }))
  const debugUntil = new Date(Date.now() + 600_000).toISOString()
  await api.call('PATCH', `/v1/scripts/${secret}`, [{ op: 'replace', path: '/debugUntil', value: debugUntil }])
})
afterAll(async () => {
  await api.close()
  await application.close()
})

/** By its logs, which tell of every call. */
const calls = async (): Promise<number> => (await api.call('GET', `/v1/scripts/${secret}/logs`)).body.logs.length

/** What came of it, and whether any of the script did. */
const outcome = async ({ status, text, body }: Answer) => ({
  status,
  errors: body?.errors?.map(({ code, field }: Record<string, string>) => ({ code, field })),
  isTold: text.includes('secret of the script'),
  calls: await calls(),
})
const refusedAt = (field: string) => ({ status: 422, errors: [{ code: 'invalid_ref', field }], isTold: false, calls: 0 })

const named = (): object => ({ _scriptId: secret, function: 'f' })
const asks = (): object => ({ settings: { region: 'EU' }, settingsForm: { form: { fieldMap: {} }, init: named() } })

test('nor for a token that is for one import', async () => {
  const doc = importOf('sink', at.openConnection, { _integrationId: at.open })
  const { _id } = await make(api, 'imports', doc)
  const { token } = await make(api, 'accesstokens', { name: 'one import', _importIds: [_id] })
  const put = (fields: object) => api.call('PUT', `/v1/imports/${_id}`, { ...doc, ...fields }, { authorization: `Bearer ${token}` })
  expect((await put({ name: 'changed' })).status).toBe(200)
  expect(await outcome(await put({ preSave: named() }))).toEqual(refusedAt('preSave._scriptId'))
  expect(await outcome(await put(asks()))).toEqual(refusedAt('settingsForm.init._scriptId'))
})

test('nor for a share of one integration: when a document is made, replaced or patched', async () => {
  const { call } = at.intruder
  const doc = importOf('sink', at.openConnection, { _integrationId: at.open })
  expect(await outcome(await call('POST', '/v1/imports', { ...doc, preSave: named() }))).toEqual(refusedAt('preSave._scriptId'))
  expect(await outcome(await call('POST', '/v1/imports', { ...doc, ...asks() }))).toEqual(refusedAt('settingsForm.init._scriptId'))
  expect(await outcome(await call('POST', '/v1/exports', exportOf('x', at.openConnection, { preSave: named() })))).toEqual(
    refusedAt('preSave._scriptId'),
  )
  const { _id } = await make({ call }, 'imports', doc)
  expect(await outcome(await call('PUT', `/v1/imports/${_id}`, { ...doc, preSave: named() }))).toEqual(refusedAt('preSave._scriptId'))
  const integration = `/v1/integrations/${at.open}`
  expect(await outcome(await call('PUT', integration, { name: 'Open', preSave: named() }))).toEqual(refusedAt('preSave._scriptId'))
  expect(await outcome(await call('PUT', integration, { name: 'Open', ...asks() }))).toEqual(refusedAt('settingsForm.init._scriptId'))
  expect(await outcome(await call('PUT', integration, { name: 'Open', flowGroupings: [{ name: 'g', ...asks() }] }))).toEqual(
    refusedAt('flowGroupings.0.settingsForm.init._scriptId'),
  )
  const groups = [{ op: 'replace', path: '/flowGroupings', value: [{ name: 'g', ...asks() }] }]
  await giveForms(call, integration)
  expect(await outcome(await call('PATCH', integration, groups))).toEqual(refusedAt('flowGroupings.0.settingsForm.init._scriptId'))
})

/** A patch asks forms only of what has one already. */
async function giveForms(call: Api['call'], path: string): Promise<void> {
  const settingsForm = { form: { fieldMap: {} } }
  expect((await call('PUT', path, { name: 'Open', settingsForm, flowGroupings: [{ name: 'g', settingsForm }] })).status).toBe(200)
}

test('nor where a preSave of their own names it in what it returns', async () => {
  const { call } = at.intruder
  const content = `function f({ newResource }) { return Object.assign(newResource, ${JSON.stringify(asks())}) }`
  const preSave = { _scriptId: (await make({ call }, 'scripts', { name: 'Own', content }))._id, function: 'f' }
  expect(await outcome(await call('PUT', `/v1/integrations/${at.open}`, { name: 'Open', preSave }))).toEqual(
    refusedAt('settingsForm.init._scriptId'),
  )
})

test('nor over a connection of theirs, by a virtual export or import', async () => {
  const { call } = at.intruder
  const path = `/v1/connections/${at.openConnection}`
  const source = { http: { method: 'GET', relativeURI: '/source/orders' }, hooks: { preSavePage: named() } }
  expect(await outcome(await call('POST', `${path}/export`, { export: source }))).toEqual(refusedAt('export.hooks.preSavePage._scriptId'))
  expect(await outcome(await call('POST', `${path}/export/pages`, { export: source }))).toEqual(
    refusedAt('export.hooks.preSavePage._scriptId'),
  )
  const sink = { http: { method: ['POST'], relativeURI: ['/sink/x'] }, hooks: { preMap: named() } }
  expect(await outcome(await call('POST', `${path}/import`, { import: sink, data: [{}] }))).toEqual(
    refusedAt('import.hooks.preMap._scriptId'),
  )
  expect(await outcome(await call('POST', `${path}/import/map`, { import: sink, data: [{}] }))).toEqual(
    refusedAt('import.hooks.preMap._scriptId'),
  )
})

test('and what else they may not use keeps their own code from running as well', async () => {
  const { call } = at.intruder
  const content = `const { state } = require('integrator-api')
    function f({ newResource }) { state.put({ key: 'ran', value: 1, _integrationId: '${at.open}' }); return newResource }`
  const preSave = { _scriptId: (await make({ call }, 'scripts', { name: 'Own', content }))._id, function: 'f' }
  const answer = await call('POST', '/v1/imports', importOf('sink', at.hiddenConnection, { _integrationId: at.open, preSave }))
  expect({ status: answer.status, field: answer.body.errors[0].field }).toEqual({ status: 422, field: '_connectionId' })
  expect((await api.call('GET', `/v1/integrations/${at.open}/state/ran`)).status).toBe(404)
})

test('nor for an Integration App, which knows the id of a script where it is installed', async () => {
  const content = "function f({ newResource }) { newResource.description = 'the secret of the script'; return newResource }"
  const theirs = (await api.stranger('POST', '/v1/scripts', { name: 'Theirs', content })).body._id
  const code = `const { imports, exports, connections } = require('integrator-api')
    const tried = (work) => { try { return work() } catch (error) { return { code: error.code } } }
    function peep(o) {
      const http = { method: ['POST'], relativeURI: ['/x'] }
      const hook = { _scriptId: '${theirs}', function: 'f' }
      const source = { http: { method: 'GET', relativeURI: '/x' }, hooks: { preSavePage: hook } }
      const over = connections.find()[0]._id
      let said
      try { exports.runVirtual({ export: source, _connectionId: over }) } catch (error) { said = error.message }
      return { fieldMap: {}, said: said, made: tried(() => imports.create({ name: 'x', adaptorType: 'HTTPImport', http, preSave: hook })) }
    }`
  const peeping = (await make(api, 'scripts', { name: 'Peeping', content: code }))._id
  const published = await publish(api, { settingsForm: { form: { fieldMap: {} }, init: { _scriptId: peeping, function: 'peep' } } })
  const id = await installed(api, published)
  const { body } = await api.stranger('POST', `/v1/integrations/${id}/settingsForm`)
  expect(JSON.stringify(body)).not.toContain('secret of the script')
  expect(body.made).toEqual({ code: 'invalid_ref' })
  expect(body.said).toBe(`The script ${theirs} no longer exists.`)
})
