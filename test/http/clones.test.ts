/** Clones of integrations: what is in them, over which connections they work, and what refuses one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { makeEnvironment, type MadeEnvironment } from '../harness/environment.ts'
import { nobody, type Body } from '../harness/samples.ts'
import { connectionBody, contentsOf, makeWhole, maker, type Whole } from '../harness/whole-integration.ts'

let api: Api
let whole: Whole
let account: string
let sandbox: MadeEnvironment

beforeAll(async () => {
  api = await startApi()
  account = (await api.call('GET', '/v1/tokenInfo')).body._userId
  sandbox = await makeEnvironment(api)
  whole = await makeWhole(api.call)
})
afterAll(() => api.close())

const make = (collection: string, body: Body) => maker(api.call)(collection, body)
const clone = (body?: unknown, id = whole.id) => api.call('POST', `/v1/integrations/${id}/clone`, body)
const get = async (path: string, call: Api['stranger'] = api.call) => (await call('GET', `/v1/${path}`)).body
/** The copies of the documents of one collection, by the id of what they were copied from. */
const copies = async (
  collection: string,
  integration: string,
  call: Api['stranger'] = api.call,
): Promise<Record<string, Answer['body']>> => {
  const pairs = await ask(api.config, `select source_id, target_id from sluice.clone_pairs where integration_id = $1 and collection = $2`, [
    integration,
    collection,
  ])
  const docs = await Promise.all(
    pairs.map(async ({ source_id, target_id }) => [source_id, await get(`${collection}/${String(target_id)}`, call)]),
  )
  return Object.fromEntries(docs)
}
const everything = async () => JSON.stringify(await ask(api.config, `select t::text from sluice.documents t order by 1`))

describe('the preview', () => {
  test('lists the integration and everything it needs, with models and the ids of the originals', async () => {
    const { status, body } = await api.call('GET', `/v1/integrations/${whole.id}/clone/preview`)
    expect({ status, stackRequired: body.stackRequired, stack: body._stackId }).toEqual({ status: 200, stackRequired: false, stack: null })
    expect(Object.keys(body).toSorted()).toEqual(['_stackId', 'functions', 'mentions', 'objects', 'stackRequired'])
    expect(body.objects[0]).toEqual({ model: 'Integration', doc: await get(`integrations/${whole.id}`) })
    const ids = body.objects.map(({ doc }: { doc: Body }) => doc['_id'])
    expect(ids.toSorted()).toEqual([whole.id, ...contentsOf(whole).map(([, id]) => id)].toSorted())
    expect(new Set(body.objects.map(({ model }: { model: string }) => model))).toEqual(
      new Set(['Integration', 'Connection', 'Script', 'LookupCache', 'AsyncHelper', 'Export', 'Import', 'Flow', 'API']),
    )
  })

  test('shows no secret and makes nothing', async () => {
    const before = await everything()
    const { text } = await api.call('GET', `/v1/integrations/${whole.id}/clone/preview`)
    expect(text).not.toContain('secret-of')
    expect(await everything()).toBe(before)
  })

  test('names the stack that serves a hook, or a wrapper connection', async () => {
    const stack = await make('stacks', { type: 'server', server: { hostURI: 'https://code.example' } })
    const hooked = await make('exports', { hooks: { preSavePage: { function: 'f', _stackId: stack } } })
    const wrapped = await make('exports', {
      _connectionId: await make('connections', { type: 'wrapper', wrapper: { _stackId: stack, pingFunction: 'ping', unencrypted: {} } }),
    })
    for (const each of [hooked, wrapped]) {
      const id = await make('integrations', {})
      await make('flows', { _integrationId: id, pageGenerators: [{ _exportId: each }] })
      const { body } = await api.call('GET', `/v1/integrations/${id}/clone/preview`)
      expect(body).toMatchObject({ stackRequired: true, _stackId: stack })
    }
  })

  test.each(['preview', 'clone'])('and clone refuse an integration with tools (%s)', async (what) => {
    const ask = (id: string) => (what === 'preview' ? api.call('GET', `/v1/integrations/${id}/clone/preview`) : clone(undefined, id))
    const [own, calling] = [await make('integrations', {}), await make('integrations', {})]
    await make('tools', { _integrationId: own })
    const caller = await make('imports', { adaptorType: 'ToolImport', tool: {} })
    await make('flows', { _integrationId: calling, pageProcessors: [{ type: 'import', _importId: caller }] })
    for (const id of [own, calling]) {
      const { status, body } = await ask(id)
      expect({ status, code: body.errors[0].code }).toEqual({ status: 400, code: 'tools_not_supported' })
    }
  })

  test('of an unknown integration and of another account is 404', async () => {
    const theirs = (await api.stranger('POST', '/v1/integrations', { name: 'x' })).body._id
    for (const id of [nobody, theirs]) expect((await api.call('GET', `/v1/integrations/${id}/clone/preview`)).status).toBe(404)
  })
})

describe('a clone within the environment', () => {
  test('is a copy of every document but the connections, each with the id of its source', async () => {
    const { status, body } = await clone()
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'Clone - Shop to books', description: 'Orders', _sourceId: whole.id, _envId: account })
    expect(body._id).not.toBe(whole.id)
    expect(body).toEqual(await get(`integrations/${body._id}`))
    for (const collection of ['scripts', 'lookupcaches', 'asynchelpers', 'exports', 'imports', 'flows', 'apis']) {
      const made = await copies(collection, body._id)
      const sources = contentsOf(whole).flatMap(([of, id]) => (of === collection ? [id] : []))
      expect(Object.keys(made).toSorted()).toEqual(sources.toSorted())
      for (const [source, doc] of Object.entries(made)) {
        expect(doc._id).not.toBe(source)
        expect(doc._sourceId).toBe(source)
        if (doc._integrationId) expect(doc._integrationId).toBe(body._id)
      }
    }
  })

  test('refers to its own documents wherever the original does: steps, chains, aliases, groups, lookups, settings', async () => {
    const { body } = await clone({ connectionMap: {} })
    const [flows, exports, imports] = [
      await copies('flows', body._id),
      await copies('exports', body._id),
      await copies('imports', body._id),
    ]
    const [helpers, caches, scripts] = [
      await copies('asynchelpers', body._id),
      await copies('lookupcaches', body._id),
      await copies('scripts', body._id),
    ]
    const [first, second] = whole.flows.map((id) => flows[id])
    const [orders, poll] = whole.exports.map((id) => exports[id])
    const books = imports[whole.imports[0]]
    expect(first).toMatchObject({
      pageGenerators: [{ _exportId: orders._id }],
      routers: [{ branches: [{ pageProcessors: [{ _importId: books._id }] }] }],
      _runNextFlowIds: [second._id],
      aliases: [{ alias: 'orders', _exportId: orders._id }],
      settings: { next: second._id, nested: { byId: { [orders._id]: true } }, text: `not ${orders._id}` },
      _flowGroupingId: body.flowGroupings[0]._id,
    })
    expect(body.flowGroupings[0]).toMatchObject({ name: 'Daily' })
    expect(body.flowGroupings[0]._id).not.toBe(whole.group)
    expect((await copies('apis', body._id))[whole.api]._apiGroupingId).toBe(body.apiGroupings[0]._id)
    expect(orders.hooks.preSavePage._scriptId).toBe(scripts[whole.script]._id)
    expect(books.http).toMatchObject({ _asyncHelperId: helpers[whole.helper]._id, lookups: [{ _lookupCacheId: caches[whole.cache]._id }] })
    expect(helpers[whole.helper].http.status._exportId).toBe(poll._id)
    expect((await get(`exports/${orders._id}/dependencies`)).flows.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      expect.arrayContaining([first._id, second._id]),
    )
  })

  test('keeps its schedules and waits: flows and APIs are disabled', async () => {
    const { body } = await clone()
    const flows = await copies('flows', body._id)
    expect(flows[whole.flows[0]]).toMatchObject({ schedule: '? 0 3 ? * *', disabled: true })
    expect((await copies('apis', body._id))[whole.api].disabled).toBe(true)
    expect((await api.call('POST', `/v1/flows/${flows[whole.flows[0]]._id}/run`)).body.errors[0].field).toBe('disabled')
    expect((await get(`flows/${whole.flows[0]}`)).disabled).toBeUndefined()
  })

  test('shares the connections, and has them registered', async () => {
    const { body } = await clone()
    expect(body._registeredConnectionIds.toSorted()).toEqual([...whole.connections].toSorted())
    expect((await copies('exports', body._id))[whole.exports[0]]._connectionId).toBe(whole.connections[0])
    expect(await get(`integrations/${body._id}/connections`)).toHaveLength(3)
  })

  test('works over the connections of its map', async () => {
    const other = await make('connections', { name: 'other', ...connectionBody('x') })
    const { body } = await clone({ name: 'Mine', description: 'Tests', connectionMap: { [whole.connections[0]]: other } })
    expect(body).toMatchObject({ name: 'Mine', description: 'Tests' })
    expect((await copies('exports', body._id))[whole.exports[0]]._connectionId).toBe(other)
    expect((await copies('imports', body._id))[whole.imports[0]]._connectionId).toBe(whole.connections[1])
    expect(body._registeredConnectionIds.toSorted()).toEqual([other, whole.connections[1], whole.connections[2]].toSorted())
  })

  test('takes the entries of lookup caches along where the cache says so', async () => {
    const id = await make('integrations', {})
    const without = await make('lookupcaches', { _integrationId: id })
    const included = await make('lookupcaches', { _integrationId: id, includeDataInTemplatesAndCloning: true })
    for (const each of [without, included])
      await api.call('POST', `/v1/lookupcaches/${each}/data`, { data: [{ key: 'k', value: { v: 1 } }] })
    const caches = await copies('lookupcaches', (await clone(undefined, id)).body._id)
    const entries = async (of: string) => (await api.call('POST', `/v1/lookupcaches/${caches[of]._id}/getData`)).body.data
    expect(await entries(without)).toEqual([])
    expect(caches[without].size).toBe(0)
    expect(await entries(included)).toEqual([{ key: 'k', value: { v: 1 } }])
    expect(caches[included].size).toBe((await get(`lookupcaches/${included}`)).size)
  })

  test('does without what the original refers to and is deleted', async () => {
    const id = await make('integrations', {})
    const [kept, gone] = [await make('exports', {}), await make('exports', {})]
    const flow = await make('flows', { _integrationId: id, pageGenerators: [{ _exportId: kept }, { _exportId: gone }] })
    await api.call('DELETE', `/v1/exports/${gone}`)
    const { status, body } = await clone(undefined, id)
    expect(status).toBe(200)
    expect((await copies('flows', body._id))[flow].pageGenerators).toHaveLength(1)
  })

  test('keeps what it refers to outside', async () => {
    const id = await make('integrations', {})
    const outside = await make('flows', {})
    const flow = await make('flows', { _integrationId: id, _runNextFlowIds: [outside] })
    const { body } = await clone(undefined, id)
    expect((await copies('flows', body._id))[flow]._runNextFlowIds).toEqual([outside])
  })

  test('can be cloned again, and each knows its source', async () => {
    const first = (await clone()).body
    const second = (await clone(undefined, first._id)).body
    expect(second).toMatchObject({ name: 'Clone - Clone - Shop to books', _sourceId: first._id })
    expect((await get(`integrations?_sourceId=${first._id}`)).map(({ _id }: { _id: string }) => _id)).toEqual([second._id])
    const place = { envId: account, integrationId: first._id }
    expect(await api.world.store.clones.listClones(place)).toEqual([{ envId: account, integrationId: second._id }])
    expect(await api.world.store.clones.findSource(place)).toMatchObject({ envId: account, integrationId: whole.id })
  })

  test('goes on record, document by document, without a secret', async () => {
    const { body } = await clone()
    const audit = await api.call('GET', `/v1/integrations/${body._id}/audit`)
    expect(audit.body).toMatchObject([{ event: 'create', _resourceId: body._id }])
    const rows = await ask(
      api.config,
      `select count(*)::int as n from sluice.audit a join sluice.clone_pairs p on p.target_id = a.resource_id where p.integration_id = $1 and a.event = 'create' and p.source_id <> p.target_id`,
      [body._id],
    )
    expect(rows[0]?.['n']).toBe(1 + contentsOf(whole).length - whole.connections.length)
  })
})

describe('ids within texts', () => {
  const parts = async () => {
    const id = await make('integrations', { name: 'Texts' })
    const flow = await make('flows', { name: 'Other', _integrationId: id })
    const script = await make('scripts', { name: 'Runs', content: `function f() { return integrator.run('${flow}') }` })
    const source = await make('exports', {
      name: 'Polls',
      _connectionId: whole.connections[0],
      adaptorType: 'HTTPExport',
      http: { method: 'GET', relativeURI: `/v1/flows/${flow}/run?of={{settings.of}}`, body: `{"id":"${flow.toUpperCase()}"}` },
      hooks: { preSavePage: { function: 'f', _scriptId: script, configuration: { flows: [flow] } } },
    })
    const main = await make('flows', { name: 'Main', _integrationId: id, pageGenerators: [{ _exportId: source }], settings: { run: flow } })
    return { id, flow, script, source, main }
  }

  test('are listed by the preview, code first', async () => {
    const { id, flow, script, source, main } = await parts()
    const { body } = await api.call('GET', `/v1/integrations/${id}/clone/preview`)
    const mentioned = { type: 'flow', _id: flow, name: 'Other' }
    const polls = { type: 'export', _id: source, name: 'Polls', mentioned, remapped: true }
    expect(body.mentions[0]).toEqual({ type: 'script', _id: script, name: 'Runs', path: 'content', mentioned, remapped: false })
    expect(body.mentions.slice(1)).toHaveLength(4)
    for (const path of ['http.relativeURI', 'http.body', 'hooks.preSavePage.configuration.flows.0'])
      expect(body.mentions).toContainEqual({ ...polls, path })
    expect(body.mentions).toContainEqual({ type: 'flow', _id: main, name: 'Main', path: 'settings.run', mentioned, remapped: true })
    expect(
      (await api.call('GET', `/v1/integrations/${whole.id}/clone/preview`)).body.mentions.every((each: Body) => each['remapped']),
    ).toBe(true)
  })

  test('lead to the clone, and a warning names the scripts in which they do not', async () => {
    const { id, flow, script, source, main } = await parts()
    const answer = await clone(undefined, id)
    expect(answer.status).toBe(200)
    const flows = await copies('flows', answer.body._id)
    const own = flows[flow]._id
    const copy = (await copies('exports', answer.body._id))[source]
    expect(copy.http).toMatchObject({ relativeURI: `/v1/flows/${own}/run?of={{settings.of}}`, body: `{"id":"${own}"}` })
    expect(copy.hooks.preSavePage.configuration).toEqual({ flows: [own] })
    expect(flows[main].settings).toEqual({ run: own })
    expect((await copies('scripts', answer.body._id))[script].content).toContain(flow)
    expect(answer.headers.get('sluice-warning')).toBe(
      `Source text of scripts was copied as it is, and names documents of the original by their ids: script ${script} names flow ${flow}.`,
    )
    const of = await api.call('POST', `/v1/exports/${source}/clone`, { connectionMap: {} })
    expect([of.status, of.headers.get('sluice-warning')]).toEqual([201, null])
    expect((await clone()).headers.get('sluice-warning')).toBeNull()
  })
})

describe('a clone in another environment', () => {
  test('has connections of its own, offline and without secrets, until they are saved', async () => {
    const { status, body } = await clone({ _envId: sandbox._id, connectionMap: {} })
    expect({ status, env: body._envId }).toEqual({ status: 200, env: sandbox._id })
    expect((await api.call('GET', `/v1/integrations/${body._id}`)).status).toBe(404)
    expect(await get(`integrations/${body._id}`, sandbox.call)).toEqual(body)
    const connections = await copies('connections', body._id, sandbox.call)
    expect(Object.keys(connections).toSorted()).toEqual([...whole.connections].toSorted())
    const made = connections[whole.connections[0]]
    expect(made).toMatchObject({ name: 'source', offline: true, _sourceId: whole.connections[0], _envId: sandbox._id })
    expect(made.http.auth.token.token).toBeUndefined()
    expect(body._registeredConnectionIds).toContain(made._id)
    const [row] = await ask(api.config, `select secrets from sluice.documents where env_id = $1 and _id = $2`, [sandbox._id, made._id])
    expect(row?.['secrets']).toBeNull()
    const saved = await sandbox.call('PUT', `/v1/connections/${made._id}`, { name: 'source', ...connectionBody('new') })
    expect(saved.body).toMatchObject({ offline: false, http: { auth: { token: { token: '******' } } } })
  })

  test('works over connections of that environment where the map names them', async () => {
    const own = await maker(sandbox.call)('connections', connectionBody('x'))
    const { body } = await clone({ _envId: sandbox._id, connectionMap: { [whole.connections[1]]: own } })
    expect((await copies('imports', body._id, sandbox.call))[whole.imports[0]]._connectionId).toBe(own)
    expect((await copies('connections', body._id, sandbox.call))[whole.connections[1]]._id).toBe(own)
  })

  test('leaves out what the original refers to outside', async () => {
    const id = await make('integrations', {})
    const outside = await make('flows', {})
    const flow = await make('flows', { _integrationId: id, _runNextFlowIds: [outside], aliases: [{ alias: 'a', _flowId: outside }] })
    const { body } = await clone({ _envId: sandbox._id, connectionMap: {} }, id)
    expect((await copies('flows', body._id, sandbox.call))[flow]).toMatchObject({ _runNextFlowIds: [], aliases: [] })
  })

  test('needs a stack there where the original has one', async () => {
    const stack = await make('stacks', { type: 'server', server: { hostURI: 'https://code.example' } })
    const there = await maker(sandbox.call)('stacks', { type: 'server', server: { hostURI: 'https://code.example' } })
    const id = await make('integrations', {})
    const hooked = await make('exports', { hooks: { preSavePage: { function: 'f', _stackId: stack } } })
    await make('flows', { _integrationId: id, pageGenerators: [{ _exportId: hooked }] })
    const refused = await clone({ _envId: sandbox._id, connectionMap: {} }, id)
    expect({ status: refused.status, error: refused.body.errors[0] }).toMatchObject({
      status: 422,
      error: { code: 'missing_required_field', field: '_stackId' },
    })
    const wrong = await clone({ _envId: sandbox._id, _stackId: stack, connectionMap: {} }, id)
    expect({ status: wrong.status, error: wrong.body.errors[0] }).toMatchObject({
      status: 422,
      error: { code: 'invalid_ref', field: '_stackId' },
    })
    const { body } = await clone({ _envId: sandbox._id, _stackId: there, connectionMap: {} }, id)
    expect((await copies('exports', body._id, sandbox.call))[hooked].hooks.preSavePage._stackId).toBe(there)
  })
})

describe('no clone, and nothing changed,', () => {
  const refused = async (body: unknown, id = whole.id) => {
    const before = await everything()
    const { status, body: answer } = await clone(body, id)
    expect(await everything()).toBe(before)
    return { status, ...answer.errors[0] }
  }

  test('of an unknown, a deleted and another account’s integration', async () => {
    const theirs = (await api.stranger('POST', '/v1/integrations', { name: 'x' })).body._id
    const gone = await make('integrations', {})
    await api.call('DELETE', `/v1/integrations/${gone}`)
    for (const id of [nobody, theirs, gone, 'x']) expect(await refused(undefined, id)).toMatchObject({ status: 404, code: 'invalid_ref' })
  })

  test('into an environment that is not there, or of another account', async () => {
    const theirs = (await api.stranger('GET', '/v1/tokenInfo')).body._userId
    for (const _envId of [nobody, theirs])
      expect(await refused({ _envId, connectionMap: {} })).toMatchObject({ status: 404, code: 'invalid_ref', field: '_envId' })
  })

  test('with a body that has no connection map, as it is documented', async () => {
    expect(await refused({ name: 'x' })).toMatchObject({ status: 422, code: 'missing_required_field', field: 'connectionMap' })
    expect(await refused({ connectionMap: { a: 1 } })).toMatchObject({ status: 422, code: 'invalid_field' })
  })

  test('over a connection that is not there, deleted, in another environment, another account’s or of another type', async () => {
    const [source] = whole.connections
    const gone = await make('connections', connectionBody('x'))
    await api.call('DELETE', `/v1/connections/${gone}`)
    const theirs = (await api.stranger('POST', '/v1/connections', { name: 'x', ...connectionBody('x') })).body._id
    const elsewhere = await maker(sandbox.call)('connections', connectionBody('x'))
    const other = await make('connections', { type: 'ftp', ftp: { hostURI: 'ftp.example', type: 'ftp', username: 'u', password: 'p' } })
    for (const target of [nobody, gone, theirs, elsewhere, other, 'x'])
      expect(await refused({ connectionMap: { [source]: target } })).toMatchObject({
        status: 422,
        code: 'invalid_ref',
        field: `connectionMap.${source}`,
      })
    expect(await refused({ _envId: sandbox._id, connectionMap: { [source]: source } })).toMatchObject({ field: `connectionMap.${source}` })
  })

  test('in place of a connection that the original does not have', async () => {
    const target = whole.connections[0]
    for (const key of [nobody, whole.script, '__proto__x'])
      expect(await refused({ connectionMap: { [key]: target } })).toMatchObject({
        status: 422,
        code: 'invalid_ref',
        field: `connectionMap.${key}`,
      })
  })
})
