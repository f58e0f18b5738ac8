/** A connection in the place of another one: in all steps of a flow, in an export, in an import. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { installed, publish } from '../harness/app.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { make, startRun } from '../harness/flows.ts'
import { nobody } from '../harness/samples.ts'

const api = apiForFile()
type Body = Answer['body']

let old: string
let other: string
let elsewhere: string
let database: string
let theirs: string
beforeAll(async () => {
  const http = { name: 'Shop', type: 'http', http: { baseURI: 'https://shop.example', mediaType: 'json' } }
  old = (await make(api, 'connections', http))._id
  other = (await make(api, 'connections', { ...http, name: 'New shop' }))._id
  elsewhere = (await make(api, 'connections', { ...http, name: 'Books' }))._id
  database = (
    await make(api, 'connections', {
      name: 'Warehouse',
      type: 'rdbms',
      rdbms: { type: 'postgresql', host: 'db.example', database: 'd', user: 'u', password: 'p' },
    })
  )._id
  theirs = (await make({ call: api.stranger }, 'connections', http))._id
})

const read = async (path: string): Promise<Body> => (await api.call('GET', `/v1/${path}`)).body
const makeStep = async (collection: 'exports' | 'imports', _connectionId: string | undefined, fields: object = {}): Promise<string> => {
  const kind =
    collection === 'exports'
      ? { adaptorType: 'HTTPExport', http: { method: 'GET', relativeURI: '/orders' } }
      : { adaptorType: 'HTTPImport', http: { method: ['POST'], relativeURI: ['/orders'] } }
  const body = { name: collection, ...kind, ...(_connectionId !== undefined && { _connectionId }), ...fields }
  return (await make(api, collection, body))._id
}
const put = (collection: string, id: string, body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  api.call('PUT', `/v1/${collection}/${id}/replaceConnection`, body, headers)
const inFlow = (id: string, from = old, to = other): Promise<Answer> => put('flows', id, { _connectionId: from, _newConnectionId: to })
const refusal = ({ status, body }: Answer) => ({
  status,
  problems: body?.errors?.map(({ code, field }: { code: string; field?: string }) => [code, field]),
})

interface Made {
  readonly integration: string
  readonly flow: string
  readonly source: string
  readonly lookup: string
  readonly sink: string
  readonly last: string
}
/** A source, a lookup and an import over the one connection, two of them in branches, and an import over another one. */
async function makeBranchedFlow(over = old): Promise<Made> {
  const integration = (await make(api, 'integrations', { name: 'Shop to books' }))._id
  const [source, lookup, sink, last] = [
    await makeStep('exports', over),
    await makeStep('exports', over, { isLookup: true }),
    await makeStep('imports', over),
    await makeStep('imports', elsewhere),
  ]
  const flow = await make(api, 'flows', {
    name: 'Orders',
    _integrationId: integration,
    pageGenerators: [{ _exportId: source }],
    routers: [
      {
        id: 'a',
        branches: [
          { name: 'Large', pageProcessors: [{ type: 'export', _exportId: lookup }], nextRouterId: 'b' },
          { name: 'Small', pageProcessors: [{ type: 'import', _importId: last }] },
        ],
      },
      { id: 'b', branches: [{ name: 'All', pageProcessors: [{ type: 'import', _importId: sink }] }] },
    ],
  })
  return { integration, flow: flow._id, source, lookup, sink, last }
}
const connectionsOf = async ({ source, lookup, sink, last }: Made): Promise<string[]> => {
  const paths = [`exports/${source}`, `exports/${lookup}`, `imports/${sink}`, `imports/${last}`]
  return Promise.all(paths.map(async (path) => (await read(path))._connectionId))
}

describe('in a flow', () => {
  test('200 with the flow: every step over the connection goes over the other one, in branches too, and all else stays', async () => {
    const made = await makeBranchedFlow()
    const [flow, sink, last] = [await read(`flows/${made.flow}`), await read(`imports/${made.sink}`), await read(`imports/${made.last}`)]
    expect(await inFlow(made.flow)).toMatchObject({ status: 200, body: flow })
    expect(await connectionsOf(made)).toEqual([other, other, other, elsewhere])
    const after = await read(`imports/${made.sink}`)
    expect(after).toEqual({ ...sink, _connectionId: other, lastModified: after.lastModified })
    expect(Date.parse(after.lastModified)).toBeGreaterThan(Date.parse(sink.lastModified))
    expect([await read(`flows/${made.flow}`), await read(`imports/${made.last}`)]).toEqual([flow, last])
  })

  test('registers the connection to the integration, and puts each step on record', async () => {
    const made = await makeBranchedFlow()
    await inFlow(made.flow)
    expect((await read(`integrations/${made.integration}`))._registeredConnectionIds).toContain(other)
    for (const path of [`exports/${made.source}`, `exports/${made.lookup}`, `imports/${made.sink}`]) {
      const [entry] = await read(`${path}/audit`)
      expect(entry).toMatchObject({ event: 'update' })
      expect(entry.fieldChanges).toContainEqual({ fieldPath: '_connectionId', oldValue: old, newValue: other })
    }
    expect((await read(`imports/${made.last}/audit`)).map(({ event }: Body) => event)).toEqual(['create'])
  })

  test('a tool that a step has go over the connection goes over the other one', async () => {
    const lookup = await makeStep('exports', elsewhere, { isLookup: true })
    const { _id: _integrationId } = await make(api, 'integrations', { name: 'Tools' })
    const tool = await make(api, 'tools', {
      name: 'Find',
      _integrationId,
      input: { schema: { type: 'object' } },
      routers: [{ id: 'a', branches: [{ pageProcessors: [{ type: 'export', _exportId: lookup }], nextRouterId: 'outputRouter' }] }],
    })
    const overrides = { connections: [{ _abstractId: elsewhere, _id: old }] }
    const step = await make(api, 'imports', { name: 'Find', adaptorType: 'ToolImport', tool: { _toolId: tool._id, overrides } })
    const source = await makeStep('exports', elsewhere)
    const flow = await make(api, 'flows', {
      name: 'With a tool',
      pageGenerators: [{ _exportId: source }],
      pageProcessors: [{ type: 'import', _importId: step._id }],
    })
    expect((await inFlow(flow._id)).status).toBe(200)
    expect((await read(`imports/${step._id}`)).tool).toEqual({
      _toolId: tool._id,
      overrides: { connections: [{ _abstractId: elsewhere, _id: other }] },
    })
    expect((await read(`exports/${lookup}`))._connectionId).toBe(elsewhere)
  })

  test('steps are shared: other flows go over the new connection as well, and a header names them', async () => {
    const made = await makeBranchedFlow()
    const integration = (await make(api, 'integrations', { name: 'Elsewhere' }))._id
    const shared = { name: 'Of others', _integrationId: integration, pageGenerators: [{ _exportId: made.source }] }
    const flow = (await make(api, 'flows', shared))._id
    const { status, headers } = await inFlow(made.flow)
    expect(status).toBe(200)
    expect(headers.get('sluice-warning')).toBe(`Other flows use steps that go over the new connection now: "Of others" (${flow}).`)
    expect((await read(`integrations/${integration}`))._registeredConnectionIds).toContain(other)
  })

  test('runs of flows that use the steps end as canceled, and no others', async () => {
    const [made, apart] = [await makeBranchedFlow(), await makeBranchedFlow()]
    const shared = (await make(api, 'flows', { name: 'Of others', pageGenerators: [{ _exportId: made.source }] }))._id
    const ofLast = {
      name: 'Of the last',
      pageGenerators: [{ _exportId: apart.source }],
      pageProcessors: [{ type: 'import', _importId: made.last }],
    }
    const beside = (await make(api, 'flows', ofLast))._id
    const runs: string[] = []
    for (const id of [made.flow, shared, beside, apart.flow]) runs.push(await startRun(api, id))
    expect((await inFlow(made.flow)).status).toBe(200)
    const statuses = await Promise.all(runs.map(async (id) => (await read(`jobs/${id}`)).status))
    expect(statuses).toEqual(['canceled', 'canceled', 'queued', 'queued'])
  })

  test('where no step goes over the connection, or it is the same one, nothing is changed', async () => {
    const made = await makeBranchedFlow()
    const before = await read(`exports/${made.source}`)
    const run = await startRun(api, made.flow)
    const [none, same] = [await inFlow(made.flow, other, old), await inFlow(made.flow, old, old)]
    expect([none.status, same.status]).toEqual([200, 200])
    expect(none.headers.get('sluice-warning')).toBe(`No step of the flow goes over the connection ${other}: nothing was changed.`)
    expect(same.headers.get('sluice-warning')).toBeNull()
    expect(await read(`exports/${made.source}`)).toEqual(before)
    expect((await read(`jobs/${run}`)).status).toBe('queued')
    // The same request once more, as a client sends it that got no answer.
    expect([(await inFlow(made.flow)).status, (await inFlow(made.flow)).status]).toEqual([200, 200])
    expect(await connectionsOf(made)).toEqual([other, other, other, elsewhere])
  })

  test('a connection that is deleted by now is replaced like any other', async () => {
    const gone = (await make(api, 'connections', { name: 'Gone', type: 'http', http: { baseURI: 'https://x.example', mediaType: 'json' } }))
      ._id
    const made = await makeBranchedFlow(gone)
    expect((await api.call('DELETE', `/v1/connections/${gone}`)).status).toBe(204)
    expect(refusal(await inFlow(made.flow, gone, database)).status).toBe(422)
    expect((await inFlow(made.flow, gone)).status).toBe(200)
    expect(await connectionsOf(made)).toEqual([other, other, other, elsewhere])
  })

  test.each<[string, () => unknown, unknown]>([
    ['a new connection that is not there', () => ({ _connectionId: old, _newConnectionId: nobody }), [['invalid_ref', '_newConnectionId']]],
    ['one of another account', () => ({ _connectionId: old, _newConnectionId: theirs }), [['invalid_ref', '_newConnectionId']]],
    [
      'one of another type, for each step',
      () => ({ _connectionId: old, _newConnectionId: database }),
      Array.from({ length: 3 }, () => ['invalid_ref', '_newConnectionId']),
    ],
    ['an old connection that is not there', () => ({ _connectionId: nobody, _newConnectionId: other }), [['invalid_ref', '_connectionId']]],
    ['no new connection', () => ({ _connectionId: old }), [['missing_required_field', '_newConnectionId']]],
    ['no old connection', () => ({ _newConnectionId: other }), [['missing_required_field', '_connectionId']]],
    ['what is no id', () => ({ _connectionId: old, _newConnectionId: 'shop' }), [['invalid_field', '_newConnectionId']]],
  ])('%s is 422 and changes nothing', async (_what, body, problems) => {
    const made = await makeBranchedFlow()
    expect(refusal(await put('flows', made.flow, body()))).toEqual({ status: 422, problems })
    expect(await connectionsOf(made)).toEqual([old, old, old, elsewhere])
  })

  test('the refusal says which step the connection is not for', async () => {
    const made = await makeBranchedFlow()
    expect((await inFlow(made.flow, old, database)).body.errors[0].message).toBe(
      `The connection ${database} is of type rdbms, and the export "exports" (${made.source}) goes over connections of type http.`,
    )
  })

  test('of an unknown flow is 404, also where the body is wrong', async () => {
    for (const body of [{ _connectionId: old, _newConnectionId: other }, {}])
      expect(refusal(await put('flows', nobody, body))).toEqual({ status: 404, problems: [['invalid_ref', '_flowId']] })
  })

  test('If-Match speaks of the flow', async () => {
    const made = await makeBranchedFlow()
    const body = { _connectionId: old, _newConnectionId: other }
    expect((await put('flows', made.flow, body, { 'if-match': '"another"' })).status).toBe(412)
    expect(await connectionsOf(made)).toEqual([old, old, old, elsewhere])
    const etag = (await api.call('GET', `/v1/flows/${made.flow}`)).headers.get('etag') as string
    expect((await put('flows', made.flow, body, { 'if-match': etag })).status).toBe(200)
    expect(await connectionsOf(made)).toEqual([other, other, other, elsewhere])
  })

  test('several at once over the same steps all come through', async () => {
    const made = await makeBranchedFlow()
    const flows = [made.flow]
    for (const name of ['B', 'C', 'D']) {
      const steps = { pageGenerators: [{ _exportId: made.source }], pageProcessors: [{ type: 'import', _importId: made.sink }] }
      flows.push((await make(api, 'flows', { name, _integrationId: made.integration, ...steps }))._id)
    }
    const answers = await Promise.all(flows.map((id) => inFlow(id)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await connectionsOf(made)).toEqual([other, other, other, elsewhere])
  })

  describe('whose steps have preSave functions', () => {
    const content = `
      function note(o) {
        const was = o.oldResource ? o.oldResource._connectionId : 'none'
        return Object.assign({}, o.newResource, { description: 'now ' + o.newResource._connectionId + ', was ' + was })
      }
      function refuse(o) { if (o.oldResource) throw new Error('not this one'); return o.newResource }`
    let _scriptId: string
    beforeAll(async () => {
      _scriptId = (await make(api, 'scripts', { name: 'Checks', content }))._id
    })

    test('asks each of them, and stores what it makes of the step', async () => {
      const source = await makeStep('exports', old, { preSave: { _scriptId, function: 'note' } })
      const flow = (await make(api, 'flows', { name: 'F', pageGenerators: [{ _exportId: source }] }))._id
      expect((await inFlow(flow)).status).toBe(200)
      expect(await read(`exports/${source}`)).toMatchObject({ _connectionId: other, description: `now ${other}, was ${old}` })
    })

    test('one that refuses keeps the others as they were', async () => {
      const source = await makeStep('exports', old)
      const sink = await makeStep('imports', old, { preSave: { _scriptId, function: 'refuse' } })
      const steps = { pageGenerators: [{ _exportId: source }], pageProcessors: [{ type: 'import', _importId: sink }] }
      const flow = (await make(api, 'flows', { name: 'F', ...steps }))._id
      const run = await startRun(api, flow)
      const answer = await inFlow(flow)
      expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 422, code: 'script_error' })
      expect([(await read(`exports/${source}`))._connectionId, (await read(`imports/${sink}`))._connectionId]).toEqual([old, old])
      expect((await read(`jobs/${run}`)).status).toBe('queued')
    })
  })
})

describe.each(['exports', 'imports'] as const)('in one of %s', (collection) => {
  test('200 with the document, which goes over the new connection and is otherwise the same', async () => {
    const id = await makeStep(collection, old)
    const before = await read(`${collection}/${id}`)
    const { status, body } = await put(collection, id, { _newConnectionId: other })
    expect({ status, body }).toEqual({ status: 200, body: { ...before, _connectionId: other, lastModified: body.lastModified } })
    expect(await read(`${collection}/${id}`)).toEqual(body)
    // Once more changes nothing.
    expect((await put(collection, id, { _newConnectionId: other })).body).toEqual(body)
  })

  test('ends the runs of flows that use it', async () => {
    const made = await makeBranchedFlow()
    const run = await startRun(api, made.flow)
    await put(collection, collection === 'exports' ? made.lookup : made.last, { _newConnectionId: other })
    expect((await read(`jobs/${run}`)).status).toBe('canceled')
  })

  test('what is not there, of another account, or of another type is 422 and changes nothing', async () => {
    const id = await makeStep(collection, old)
    for (const _newConnectionId of [nobody, theirs, database])
      expect(refusal(await put(collection, id, { _newConnectionId }))).toEqual({
        status: 422,
        problems: [['invalid_ref', '_newConnectionId']],
      })
    expect((await read(`${collection}/${id}`))._connectionId).toBe(old)
  })

  test('If-Match is held to', async () => {
    const id = await makeStep(collection, old)
    expect((await put(collection, id, { _newConnectionId: other }, { 'if-match': '"another"' })).status).toBe(412)
    const etag = (await api.call('GET', `/v1/${collection}/${id}`)).headers.get('etag') as string
    expect((await put(collection, id, { _newConnectionId: other }, { 'if-match': etag })).status).toBe(200)
  })
})

test('a webhook goes over no connection, and gets none', async () => {
  const { _id } = await make(api, 'exports', {
    name: 'Events',
    adaptorType: 'WebhookExport',
    type: 'webhook',
    webhook: { verify: 'secret_url' },
  })
  const answer = await put('exports', _id, { _newConnectionId: other })
  expect(refusal(answer)).toEqual({ status: 422, problems: [['invalid_ref', '_newConnectionId']] })
  expect(answer.body.errors[0].message).toContain('goes over no connection of its own')
})

test('an AI agent that has none goes over one of HTTP, with a key of the account', async () => {
  const { _id } = await make(api, 'imports', { name: 'Classify', adaptorType: 'AiAgentImport', aiAgent: {} })
  expect(refusal(await put('imports', _id, { _newConnectionId: database })).status).toBe(422)
  expect((await put('imports', _id, { _newConnectionId: other })).body).toMatchObject({ _connectionId: other })
})

test('an import that went over a connection of the older type goes over one of HTTP', async () => {
  const rest = (
    await make(api, 'connections', {
      name: 'Older',
      type: 'rest',
      rest: { authType: 'basic', baseURI: 'https://x.example', mediaType: 'json', basicAuth: { username: 'u', password: 'p' } },
    })
  )._id
  const id = await makeStep('imports', rest)
  expect((await put('imports', id, { _newConnectionId: other })).status).toBe(200)
})

describe('who may', () => {
  let made: Made
  let manager: Colleague
  beforeAll(async () => {
    made = await makeBranchedFlow()
    const integrationAccessLevel = [{ _integrationId: made.integration, accessLevel: 'manage' }]
    manager = await colleague(api, 'manager@example.com', { integrationAccessLevel })
  })
  const attempt = (by: Colleague, collection: string, id: string, body: object): Promise<Answer> =>
    by.call('PUT', `/v1/${collection}/${id}/replaceConnection`, body)

  test('nobody who only monitors: 403, and nothing is changed', async () => {
    const monitor = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
    for (const answer of [
      await attempt(monitor, 'flows', made.flow, { _connectionId: old, _newConnectionId: elsewhere }),
      await attempt(monitor, 'exports', made.source, { _newConnectionId: elsewhere }),
      await attempt(monitor, 'imports', made.sink, { _newConnectionId: elsewhere }),
    ])
      expect(refusal(answer)).toMatchObject({ status: 403, problems: [['access_denied', undefined]] })
    expect(await connectionsOf(made)).toEqual([old, old, old, elsewhere])
  })

  test('who manages the integration, with its own connections and no others', async () => {
    const stranger = { _connectionId: old, _newConnectionId: other }
    expect(refusal(await attempt(manager, 'flows', made.flow, stranger))).toEqual({
      status: 422,
      problems: [['invalid_ref', '_newConnectionId']],
    })
    const own = { _connectionId: old, _newConnectionId: elsewhere }
    expect((await attempt(manager, 'flows', made.flow, own)).status).toBe(200)
    expect(await connectionsOf(made)).toEqual([elsewhere, elsewhere, elsewhere, elsewhere])
    const beyond = await makeBranchedFlow()
    expect((await attempt(manager, 'flows', beyond.flow, own)).status).toBe(404)
    expect((await attempt(manager, 'exports', beyond.source, { _newConnectionId: elsewhere })).status).toBe(404)
  })

  test('is not told of flows that are not theirs to see', async () => {
    const own = await makeBranchedFlow()
    const hidden = (await make(api, 'integrations', { name: 'Hidden' }))._id
    await make(api, 'flows', { name: 'A secret plan', _integrationId: hidden, pageGenerators: [{ _exportId: own.source }] })
    const integrationAccessLevel = [{ _integrationId: own.integration, accessLevel: 'manage' }]
    const limited = await colleague(api, 'limited@example.com', { integrationAccessLevel })
    const answer = await attempt(limited, 'flows', own.flow, { _connectionId: old, _newConnectionId: elsewhere })
    expect({ status: answer.status, warning: answer.headers.get('sluice-warning') }).toEqual({ status: 200, warning: null })
  })

  test('not in what belongs to an Integration App', async () => {
    const id = await installed(api, await publish(api))
    const [flow] = (await api.stranger('GET', `/v1/integrations/${id}/flows`)).body
    const source = flow.pageGenerators[0]._exportId
    const from = (await api.stranger('GET', `/v1/exports/${source}`)).body._connectionId
    const ofFlow = { _connectionId: from, _newConnectionId: theirs }
    for (const answer of [
      await api.stranger('PUT', `/v1/flows/${flow._id}/replaceConnection`, ofFlow),
      await api.stranger('PUT', `/v1/exports/${source}/replaceConnection`, { _newConnectionId: theirs }),
    ])
      expect(refusal(answer)).toEqual({ status: 422, problems: [['app_resource_locked', '_connectionId']] })
    expect((await api.stranger('GET', `/v1/exports/${source}`)).body._connectionId).toBe(from)
  })
})
