/** An integration in which every kind of document has its place and refers to every other kind, for what copies, compares or removes whole integrations. */
import type { Api } from './api.ts'
import type { Body } from './samples.ts'

export type Call = Api['call']
export interface Whole {
  readonly id: string
  readonly group: string
  readonly connections: readonly [source: string, sink: string, registered: string]
  readonly script: string
  readonly cache: string
  readonly helper: string
  readonly exports: readonly [source: string, poll: string]
  readonly imports: readonly [sink: string]
  readonly flows: readonly [first: string, second: string]
  readonly api: string
}

export const maker =
  (call: Call) =>
  async (collection: string, body: Body): Promise<string> => {
    const answer = await call('POST', `/v1/${collection}`, { name: collection, ...kindOf(collection, body), ...body })
    if (answer.status !== 201) throw new Error(`${collection}: ${answer.status} ${answer.text}`)
    return answer.body._id
  }

export const connectionBody = (token: string): Body => ({
  type: 'http',
  http: {
    baseURI: 'https://shop.example',
    mediaType: 'json',
    auth: { type: 'token', token: { token, location: 'header', headerName: 'Authorization', scheme: 'Bearer' } },
  },
})

export async function makeWhole(call: Call, name = 'Shop to books'): Promise<Whole> {
  const make = maker(call)
  const id = await make('integrations', {
    name,
    description: 'Orders',
    flowGroupings: [{ name: 'Daily' }],
    apiGroupings: [{ name: 'Public' }],
  })
  const { flowGroupings, apiGroupings } = (await call('GET', `/v1/integrations/${id}`)).body
  const [source, sink, registered] = [
    await make('connections', { name: 'source', ...connectionBody('secret-of-source') }),
    await make('connections', { name: 'sink', ...connectionBody('secret-of-sink') }),
    await make('connections', { name: 'registered', ...connectionBody('secret-of-registered') }),
  ]
  await call('PUT', `/v1/integrations/${id}/connections/${registered}/register`)
  const script = await make('scripts', { content: 'function hook(o) { return o.data }' })
  const cache = await make('lookupcaches', { _integrationId: id, includeDataInTemplatesAndCloning: true })
  await call('POST', `/v1/lookupcaches/${cache}/data`, { data: [{ key: 'a', value: 1 }] })
  const poll = await make('exports', { name: 'poll', _connectionId: sink })
  const helper = await make('asynchelpers', { _integrationId: id, http: { status: { _exportId: poll } } })
  const orders = await make('exports', { _connectionId: source, hooks: { preSavePage: { function: 'hook', _scriptId: script } } })
  const books = await make('imports', {
    _connectionId: sink,
    _integrationId: id,
    http: { method: ['POST'], relativeURI: ['/'], _asyncHelperId: helper, lookups: [{ name: 'l', _lookupCacheId: cache }] },
  })
  const second = await make('flows', { name: 'second', _integrationId: id, pageGenerators: [{ _exportId: orders }] })
  const first = await make('flows', {
    name: 'first',
    _integrationId: id,
    _flowGroupingId: flowGroupings[0]._id,
    schedule: '? 0 3 ? * *',
    pageGenerators: [{ _exportId: orders }],
    routers: [{ id: 'r', branches: [{ name: 'all', pageProcessors: [{ type: 'import', _importId: books }] }] }],
    _runNextFlowIds: [second],
    aliases: [{ alias: 'orders', _exportId: orders }],
    settings: { next: second, nested: { byId: { [orders]: true } }, text: `not ${orders}` },
  })
  const api = await make('apis', {
    type: 'builder',
    _integrationId: id,
    _apiGroupingId: apiGroupings[0]._id,
    builder: { request: { relativeURI: '/orders', method: 'POST' } },
  })
  const ids = { connections: [source, sink, registered], exports: [orders, poll], imports: [books], flows: [first, second] } as const
  return { id, group: flowGroupings[0]._id, script, cache, helper, api, ...ids }
}

/** Everything of it but the integration, by collection. */
export const contentsOf = (whole: Whole): readonly (readonly [collection: string, id: string])[] => [
  ...whole.connections.map((id) => ['connections', id] as const),
  ['scripts', whole.script],
  ['lookupcaches', whole.cache],
  ['asynchelpers', whole.helper],
  ...whole.exports.map((id) => ['exports', id] as const),
  ...whole.imports.map((id) => ['imports', id] as const),
  ...whole.flows.map((id) => ['flows', id] as const),
  ['apis', whole.api],
]

/** Steps say what they are, or have a connection that does. */
export const kindOf = (collection: string, { _connectionId }: { readonly _connectionId?: unknown }): object => {
  if (_connectionId !== undefined) return {}
  if (collection === 'exports') return { adaptorType: 'HTTPExport' }
  return collection === 'imports' ? { adaptorType: 'HTTPImport' } : {}
}
