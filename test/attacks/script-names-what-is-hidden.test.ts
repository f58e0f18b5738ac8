/** What a preSave returns is stored in the name of who saves, and was said by who wrote it: it draws nothing in that is not theirs. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { importOf, make } from '../harness/flows.ts'
import { imported, scene, type Scene } from './planted.ts'

let api: Api
let application: Application
let at: Scene
beforeAll(async () => {
  application = await startApplication()
  api = await startApi()
})
afterAll(async () => {
  await api.close()
  await application.close()
})
beforeEach(async () => {
  at = await scene(api, application)
})

const outcome = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, field: body?.errors?.[0]?.field })
const refusedAt = (field: string) => ({ status: 422, code: 'invalid_ref', field })

/** A script of the intruder's, and a document of the integration that is shared which names it. */
async function planted(collection: 'imports' | 'integrations', change: string): Promise<{ path: string; doc: object }> {
  const content = `const api = require('integrator-api')\nfunction preSave({ newResource }) { ${change}; return newResource }`
  const { _id: _scriptId } = await make({ call: at.intruder.call }, 'scripts', { name: 'Code', content })
  const preSave = { _scriptId, function: 'preSave' }
  const doc = collection === 'imports' ? imported(at, { preSave }) : { name: 'Open', preSave }
  if (collection === 'integrations') return { path: `/v1/integrations/${at.open}`, doc }
  const { _id } = await make(api, 'imports', imported(at, {}))
  return { path: `/v1/imports/${_id}`, doc }
}

describe('where the owner saves a document of the integration', () => {
  test.each([
    ['a connection', (scene: Scene) => `newResource._connectionId = '${scene.hiddenConnection}'`, '_connectionId'],
    ['an integration', (scene: Scene) => `newResource._integrationId = '${scene.hidden}'`, '_integrationId'],
  ])('%s that is hidden from somebody is not named by their script', async (_what, change, field) => {
    const { path, doc } = await planted('imports', change(at))
    for (const body of [doc, { ...doc, name: 'edited' }]) expect(outcome(await api.call('PUT', path, body))).toEqual(refusedAt(field))
    expect(outcome(await api.call('POST', '/v1/imports', doc))).toEqual(refusedAt(field))
    expect((await api.call('GET', path)).body).toMatchObject({ _connectionId: at.openConnection, _integrationId: at.open })
    expect((await at.intruder.call('GET', `/v1/connections/${at.hiddenConnection}`)).status).toBe(404)
  })

  test('nor a script that they may not use, nor a parent or an alias of the integration itself', async () => {
    const { _id: hiddenScript } = await make(api, 'scripts', { name: 'Hidden', content: 'function f() {}' })
    const { path, doc } = await planted('imports', `newResource.hooks = { preMap: { _scriptId: '${hiddenScript}', function: 'f' } }`)
    expect(outcome(await api.call('PUT', path, doc))).toEqual(refusedAt('hooks.preMap._scriptId'))
    for (const [change, field] of [
      [`newResource._parentId = '${at.hidden}'`, '_parentId'],
      [`newResource.aliases = [{ alias: 'mine', _connectionId: '${at.hiddenConnection}' }]`, 'aliases.0._connectionId'],
    ] as const) {
      const { path: ofIntegration, doc: integration } = await planted('integrations', change)
      expect(outcome(await api.call('PUT', ofIntegration, integration))).toEqual(refusedAt(field))
    }
  })

  test('nor does it when they patch it', async () => {
    const { path, doc } = await planted(
      'imports',
      `if (oldResource && oldResource.preSave) newResource._connectionId = '${at.hiddenConnection}'`.replaceAll(
        'oldResource',
        'arguments[0].oldResource',
      ),
    )
    expect((await api.call('PUT', path, doc)).status).toBe(200)
    const patch = [{ op: 'replace', path: '/assistantMetadata', value: { a: 1 } }]
    expect(outcome(await api.call('PATCH', path, patch))).toEqual(refusedAt('_connectionId'))
  })

  test('it may name what belongs to the integration, what it has made itself, and what the owner has named', async () => {
    const made = `newResource._connectionId = api.connections.create({ name: 'made', type: 'http', http: { baseURI: 'https://made.example', mediaType: 'json' } })._id`
    const { path, doc } = await planted('imports', made)
    const saved = await api.call('PUT', path, doc)
    expect(saved.status).toBe(200)
    expect(saved.body._connectionId).not.toBe(at.openConnection)
    const keeps = await planted('imports', 'newResource.description = newResource._connectionId')
    const owners = await api.call('PUT', keeps.path, { ...keeps.doc, _connectionId: at.hiddenConnection })
    expect(owners.body).toMatchObject({ _connectionId: at.hiddenConnection, description: at.hiddenConnection })
    const back = await planted('imports', `newResource._connectionId = '${at.openConnection}'`)
    expect((await api.call('PUT', back.path, back.doc)).body._connectionId).toBe(at.openConnection)
  })
})

test('a script of who manages the account names what its caller may, where the document belongs to no integration', async () => {
  const content = `function preSave({ newResource }) { newResource._connectionId = '${at.hiddenConnection}'; return newResource }`
  const { _id: _scriptId } = await make(api, 'scripts', { name: 'Code', content })
  const doc = importOf('sink', at.openConnection, { preSave: { _scriptId, function: 'preSave' } })
  expect((await api.call('POST', '/v1/imports', doc)).body._connectionId).toBe(at.hiddenConnection)
  expect(outcome(await api.call('POST', '/v1/imports', { ...doc, _integrationId: at.open }))).toEqual(refusedAt('_connectionId'))
})
