/** Somebody who manages one integration plants a script there, and the owner sets it off: it reaches that integration and nothing else, and so does its token. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { exportOf, importOf, make, runToEnd } from '../harness/flows.ts'
import { greedy, imported, nothing, onlyOpen, scene, tokenIn, type Scene } from './planted.ts'

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
  application.asked.length = 0
  application.ledger.length = 0
})

type Call = Api['call']
const plant = async (call: Call, content: string): Promise<string> => (await make({ call }, 'scripts', { name: 'Code', content }))._id
const holding =
  (token: string): Call =>
  (method, path, body, headers) =>
    api.call(method, path, body, { authorization: `Bearer ${token}`, ...headers })
const put = async (call: Call, path: string, doc: object): Promise<Answer> => {
  const answer = await call('PUT', path, doc)
  expect({ status: answer.status, text: answer.status === 200 ? '' : answer.text }).toEqual({ status: 200, text: '' })
  return answer
}

/** That nothing of the hidden integration was touched, and its secret went nowhere. */
async function expectUntouched(): Promise<void> {
  expect((await api.call('GET', `/v1/integrations/${at.hidden}`)).body.name).toBe('Hidden')
  expect((await api.call('GET', `/v1/connections/${at.hiddenConnection}`)).body.name).toBe('application')
  expect((await api.call('GET', '/v1/integrations')).body.map(({ name }: { name: string }) => name)).not.toContain(`mine of ${at.open}`)
  expect(application.asked.filter((each) => each.includes('stolen'))).toEqual([])
}

/** What somebody who holds a token of the script can do by themselves. */
async function expectBound(token: string): Promise<void> {
  const once = holding(token)
  const list = await once('GET', '/v1/integrations')
  expect({ status: list.status, names: (list.body ?? []).map(({ name }: { name: string }) => name) }).toEqual({
    status: 200,
    names: ['Open'],
  })
  const exported = { export: { http: { method: 'GET', relativeURI: '/source/stolen' } } }
  for (const [method, path, body] of [
    ['DELETE', `/v1/integrations/${at.hidden}`],
    ['PUT', `/v1/integrations/${at.hidden}`, { name: 'taken' }],
    ['PUT', `/v1/connections/${at.hiddenConnection}`, { name: 'taken', type: 'http' }],
    ['POST', `/v1/connections/${at.hiddenConnection}/export`, exported],
    ['GET', `/v1/connections/${at.hiddenConnection}/ping`],
  ] as const)
    expect({ method, path, status: (await once(method, path, body)).status }).toEqual({ method, path, status: 404 })
  expect((await once('POST', '/v1/integrations', { name: 'mine' })).status).toBe(403)
  expect((await once('PUT', '/v1/state/mine', '1')).status).toBe(403)
  const entering = await once('GET', '/v1/integrations', undefined, { 'integrator-ashareid': at.intruder.ashareId })
  expect(entering.status).toBe(404)
}

describe('a preSave that is planted on an import of one integration', () => {
  const planted = async (): Promise<{ path: string; doc: object }> => {
    const preSave = { _scriptId: await plant(at.intruder.call, greedy(at)), function: 'preSave' }
    const doc = imported(at, {})
    const { _id } = await make(api, 'imports', doc)
    await put(at.intruder.call, `/v1/imports/${_id}`, { ...doc, preSave })
    return { path: `/v1/imports/${_id}`, doc: { ...doc, preSave } }
  }

  test('reaches that integration alone when the owner edits the import', async () => {
    const { path, doc } = await planted()
    const { got } = (await put(api.call, path, { ...doc, name: 'edited' })).body.settings
    expect(got).toMatchObject(onlyOpen)
    expect(['Created', 'OK']).toContain(got.own)
    await expectUntouched()
    await expectBound(tokenIn(got))
  })

  test('and when they patch it', async () => {
    const { path } = await planted()
    expect((await api.call('PATCH', path, [{ op: 'replace', path: '/assistantMetadata', value: { a: 1 } }])).status).toBe(204)
    const { got } = (await api.call('GET', path)).body.settings
    expect(got).toMatchObject(onlyOpen)
    await expectUntouched()
  })

  test('and when an administrator does through a share, whose token stays bound and ends with the share', async () => {
    const { path, doc } = await planted()
    const admin = await colleague(api, `admin-of-${at.open}@example.com`, { accessLevel: 'administrator' })
    const { got } = (await put(admin.call, path, doc)).body.settings
    expect(got).toMatchObject(onlyOpen)
    await expectBound(tokenIn(got))
    await api.call('PUT', `/v1/ashares/${admin.ashareId}`, { accessLevel: 'monitor' })
    const once = holding(tokenIn(got))
    expect((await once('GET', `/v1/integrations/${at.open}`)).status).toBe(200)
    expect((await once('PUT', `/v1/integrations/${at.open}/state/x`, '1')).status).toBe(403)
    expect((await once('GET', `/v1/integrations/${at.hidden}`)).status).toBe(404)
    await expectUntouched()
  })

  test('reaches nothing when somebody saves it who reaches nothing there', async () => {
    const { path, doc } = await planted()
    const integrationAccessLevel = [{ _integrationId: at.hidden, accessLevel: 'manage' }]
    const other = await colleague(api, `other-of-${at.open}@example.com`, { integrationAccessLevel })
    expect((await other.call('PUT', path, doc)).status).toBe(404)
  })
})

test('a settings form that is planted reaches its integration alone, whoever opens it, and no more than they may', async () => {
  const init = { _scriptId: await plant(at.intruder.call, greedy(at)), function: 'init' }
  const settingsForm = { form: { fieldMap: {} }, init }
  await put(at.intruder.call, `/v1/integrations/${at.open}`, { name: 'Open', settingsForm })
  const { got } = (await api.call('POST', `/v1/integrations/${at.open}/settingsForm`)).body
  expect(got).toMatchObject(onlyOpen)
  await expectUntouched()
  await expectBound(tokenIn(got))
  const integrationAccessLevel = [{ _integrationId: at.open, accessLevel: 'monitor' }]
  const watcher = await colleague(api, `watcher-of-${at.open}@example.com`, { integrationAccessLevel })
  const seen = (await watcher.call('POST', `/v1/integrations/${at.open}/settingsForm`)).body.got
  const denied = 'access_denied'
  const watched = { own: denied, changed: denied, ran: denied, pinged: denied, moved: 403 }
  expect(seen).toMatchObject({ ...onlyOpen, ...watched })
  // Settings that are saved ask the form as well.
  const settings = { settings: { region: 'EU' } }
  await put(api.call, `/v1/integrations/${at.open}`, { name: 'Open', settingsForm, ...settings })
  await expectUntouched()
})

test('hooks of an export and an import that the owner invokes reach their integration alone', async () => {
  const _scriptId = await plant(at.intruder.call, greedy(at))
  const source = exportOf('orders', at.openConnection, {
    hooks: { preSavePage: { _scriptId, function: 'preSavePage' } },
  })
  const { _id } = await make({ call: at.intruder.call }, 'exports', source)
  await make({ call: at.intruder.call }, 'flows', { name: 'flow', _integrationId: at.open, pageGenerators: [{ _exportId: _id }] })
  const [got] = (await api.call('POST', `/v1/exports/${_id}/invoke`)).body.data
  expect(got).toMatchObject(onlyOpen)
  await expectBound(tokenIn(got))
  const sink = await make({ call: at.intruder.call }, 'imports', imported(at, { hooks: { preMap: { _scriptId, function: 'preMap' } } }))
  await api.call('POST', `/v1/imports/${sink._id}/invoke`, [{ id: 1 }])
  expect(application.ledger[0]?.body).toMatchObject(onlyOpen)
  await expectUntouched()
})

describe('a script that one person may write and others use', () => {
  /** An import of the hidden integration that the intruder does not see, with a hook of the script. */
  const inHidden = async (_scriptId: string): Promise<string> => {
    const hooks = { preMap: { _scriptId, function: 'preMap' } }
    const sink = await make(api, 'imports', importOf('sink', at.hiddenConnection, { _integrationId: at.hidden, hooks }))
    const source = await make(api, 'exports', exportOf('orders', at.hiddenConnection, {}))
    const flow = { name: 'flow', _integrationId: at.hidden, pageGenerators: [{ _exportId: source._id }] }
    return (await make(api, 'flows', { ...flow, pageProcessors: [{ type: 'import', _importId: sink._id }] }))._id
  }

  test('reaches in a flow of another integration what its author manages there, which is nothing', async () => {
    const _scriptId = await plant(api.call, 'function preMap({ data }) { return data.map((each) => ({ data: each })) }')
    await make(api, 'imports', imported(at, { hooks: { preMap: { _scriptId, function: 'preMap' } } }))
    const flowId = await inHidden(_scriptId)
    const written = await put(at.intruder.call, `/v1/scripts/${_scriptId}`, { name: 'Code', content: greedy(at) })
    expect(written.body._authorIntegrationIds).toEqual([at.open])
    await runToEnd(api, flowId)
    expect(application.ledger[0]?.body).toMatchObject(nothing)
    await expectUntouched()
  })

  test('whose text the owner has sent reaches what is the flow’s, and a new name of it changes nothing', async () => {
    const content = `const { state } = require('integrator-api')
      function preMap({ data }) { return data.map(() => ({ data: { put: state.put('seen', 1) } })) }`
    const _scriptId = await plant(at.intruder.call, content)
    const flowId = await inHidden(_scriptId)
    const renamed = await put(api.call, `/v1/scripts/${_scriptId}`, { name: 'Renamed', content })
    expect(renamed.body._authorIntegrationIds).toEqual([at.open])
    await put(api.call, `/v1/scripts/${_scriptId}`, { name: 'Renamed', content, _authorIntegrationIds: [at.hidden] })
    await runToEnd(api, flowId)
    expect(application.ledger).toEqual([])
    const taken = await put(api.call, `/v1/scripts/${_scriptId}`, { name: 'Renamed', content: `${content}\n` })
    expect(taken.body).not.toHaveProperty('_authorIntegrationIds')
    await runToEnd(api, flowId)
    expect(application.ledger.map(({ body }) => body)).toEqual([{ put: 'Created' }])
  })

  test('is no way up from a document that belongs to no integration', async () => {
    const _scriptId = await plant(api.call, greedy(at))
    await make(api, 'imports', imported(at, { hooks: { preMap: { _scriptId, function: 'preMap' } } }))
    // The text is the owner's, but which function is called with what is for everybody to say who manages the integration of the script.
    const preSave = { _scriptId, function: 'preSave' }
    const made = await make(api, 'imports', importOf('sink', at.hiddenConnection, { preSave }))
    expect(made.settings.got).toMatchObject(onlyOpen)
    // Before anything in an integration uses the script, it is what the account-level caller is.
    const free = { _scriptId: await plant(api.call, greedy(at)), function: 'preSave' }
    const whole = await make(api, 'imports', importOf('sink', at.hiddenConnection, { preSave: free }))
    expect(whole.settings.got).toMatchObject({ changed: 'taken', made: `mine of ${at.open}` })
  })

  test('stays with what its author manages where it is cloned', async () => {
    const preSave = { _scriptId: await plant(at.intruder.call, greedy(at)), function: 'preSave' }
    const { _id } = await make({ call: at.intruder.call }, 'imports', imported(at, { preSave }))
    const clone = await api.call('POST', `/v1/imports/${_id}/clone`, {
      name: 'Copy',
      connectionMap: { [at.openConnection]: at.openConnection },
    })
    expect(clone.status).toBe(201)
    const copied = clone.body._id
    const copy = (await api.call('GET', `/v1/imports/${copied}`)).body
    const script = (await api.call('GET', `/v1/scripts/${copy.preSave._scriptId}`)).body
    expect(script).toMatchObject({ _sourceId: preSave._scriptId, _authorIntegrationIds: [at.open] })
    const { _integrationId: _place, ...apart } = copy
    expect((await put(api.call, `/v1/imports/${copied}`, apart)).body.settings.got).toMatchObject(onlyOpen)
    await expectUntouched()
  })

  test('and a document of two integrations gives it no more than what its author manages', async () => {
    const preSave = { _scriptId: await plant(at.intruder.call, greedy(at)), function: 'preSave' }
    const doc = imported(at, { preSave })
    const { _id } = await make({ call: at.intruder.call }, 'imports', doc)
    const pageProcessors = [{ type: 'import', _importId: _id }]
    await make(api, 'flows', { name: 'of both', _integrationId: at.hidden, pageProcessors })
    const { got } = (await put(api.call, `/v1/imports/${_id}`, doc)).body.settings
    expect(got).toMatchObject(onlyOpen)
    await expectUntouched()
  })
})

describe('a text that the owner brings back or along', () => {
  /** The intruder's text is in a state of the integration, and nobody of the account wrote it. */
  const planted = async (): Promise<string> => {
    const script = await plant(at.intruder.call, greedy(at))
    const hooks = { preMap: { _scriptId: script, function: 'preMap' } }
    const sink = await make(api, 'imports', imported(at, { hooks }))
    await make(api, 'flows', { name: 'flow', _integrationId: at.open, pageProcessors: [{ type: 'import', _importId: sink._id }] })
    return script
  }
  const authorsOf = async (script: string): Promise<unknown> => (await api.call('GET', `/v1/scripts/${script}`)).body._authorIntegrationIds
  const revision = async (integration: string, kind: string, body: object): Promise<string> => {
    const opened = await api.call('POST', `/v1/integrations/${integration}/revisions/${kind}`, { description: kind, ...body })
    expect({ status: opened.status, text: opened.status === 201 ? '' : opened.text }).toEqual({ status: 201, text: '' })
    return opened.body._id
  }
  const apply = async (integration: string, id: string): Promise<void> => {
    const { body } = await api.call('GET', `/v1/integrations/${integration}/revisions/${id}`)
    const confirm = (body.warnings ?? []).map((warning: { id: string }) => warning.id)
    const applied = await api.call('POST', `/v1/integrations/${integration}/revisions/${id}/apply`, { confirm })
    expect({ status: applied.status, text: applied.status === 200 ? '' : applied.text }).toEqual({ status: 200, text: '' })
  }

  test('by a revert stays with what its author manages', async () => {
    const script = await planted()
    const state = await revision(at.open, 'create', {})
    const taken = await put(api.call, `/v1/scripts/${script}`, { name: 'Code', content: '// mine', _authorIntegrationIds: [at.open] })
    expect(taken.body).not.toHaveProperty('_authorIntegrationIds')
    const mine = await revision(at.open, 'create', {})
    await apply(at.open, await revision(at.open, 'revert', { _revertToRevisionId: state, to: 'before' }))
    expect(await authorsOf(script)).toEqual([at.open])
    await apply(at.open, await revision(at.open, 'revert', { _revertToRevisionId: mine, to: 'before' }))
    expect(await authorsOf(script)).toBeUndefined()
  })

  test('by a pull stays with what its author manages, each time', async () => {
    const script = await planted()
    const connectionMap = { [at.openConnection]: at.openConnection }
    const clone = (await api.call('POST', `/v1/integrations/${at.open}/clone`, { name: 'Copy', connectionMap })).body._id
    const copy = (await api.call('GET', `/v1/scripts?_sourceId=${script}`)).body[0]._id
    expect(await authorsOf(copy)).toEqual([clone])
    for (const text of ['// once', '// twice']) {
      await put(at.intruder.call, `/v1/scripts/${script}`, { name: 'Code', content: `${greedy(at)}${text}` })
      await apply(clone, await revision(clone, 'pull', { _fromIntegrationId: at.open }))
      expect({ text, authors: await authorsOf(copy) }).toEqual({ text, authors: [clone] })
    }
    await put(api.call, `/v1/scripts/${script}`, { name: 'Code', content: '// mine' })
    await apply(clone, await revision(clone, 'pull', { _fromIntegrationId: at.open }))
    expect(await authorsOf(copy)).toBeUndefined()
  })
})
