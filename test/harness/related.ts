/** An integration in an environment for development and its clone in production, for what goes from one to the other. */
import { afterAll, beforeAll } from 'vitest'
import { startApi, type Answer, type Api } from './api.ts'
import { makeEnvironment } from './environment.ts'
import { make } from './flows.ts'
import type { Body } from './samples.ts'

type Call = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Ids of the parts, on one side. */
export interface Side {
  readonly call: Call
  readonly envId: string
  readonly integration: string
  readonly connection: string
  readonly script: string
  readonly source: string
  readonly sink: string
  readonly flow: string
}

export interface Related {
  readonly api: Api
  /** For the environment of `dev` and nothing else; `dev` itself works there with the owner's. */
  readonly devToken: string
  readonly dev: Side
  readonly prod: Side
  close(): Promise<void>
}

export const scriptText =
  'function preMap(options) {\n  return options.data\n}\n\nfunction postMap(options) {\n  return options.postMapData\n}\n'

export const mapping = (generate: string, extract = `$.${generate}`): Body => ({ generate, extract, dataType: 'string', status: 'Active' })

export const bodies = {
  connection: (name: string): Body => ({
    name,
    type: 'http',
    http: {
      baseURI: `https://${name.toLowerCase()}.example`,
      mediaType: 'json',
      auth: { type: 'token', token: { token: `secret-of-${name}`, location: 'header', headerName: 'Authorization', scheme: 'Bearer' } },
    },
  }),
  source: (_connectionId: string): Body => ({
    name: 'Orders',
    _connectionId,
    adaptorType: 'HTTPExport',
    http: { method: 'GET', relativeURI: '/orders' },
  }),
  sink: (_connectionId: string, _scriptId: string): Body => ({
    name: 'Invoices',
    _connectionId,
    adaptorType: 'HTTPImport',
    http: { method: ['POST'], relativeURI: ['/invoices'] },
    hooks: { preMap: { function: 'preMap', _scriptId } },
    mappings: [mapping('id'), mapping('total'), mapping('city')],
  }),
  flow: (_integrationId: string, _exportId: string, _importId: string): Body => ({
    name: 'Orders to invoices',
    _integrationId,
    schedule: '? 0 3 ? * *',
    pageGenerators: [{ _exportId }],
    pageProcessors: [{ type: 'import', _importId }],
  }),
}

export const made = async (call: Call, collection: string, body: Body): Promise<string> => (await make({ call }, collection, body))._id

export async function startRelated(options: Parameters<typeof startApi>[0] = {}): Promise<Related> {
  const api = await startApi(options)
  const account = (await api.call('GET', '/v1/tokenInfo')).body._userId as string
  const { _id, token } = await makeEnvironment(api, 'Development')
  const call: Call = (method, path, body) => api.call(method, path, body, { 'sluice-environment': _id })
  const dev = await makeDev(call, _id)
  return { api, devToken: token, dev, prod: await cloneOf(dev, api.call, account), close: () => api.close() }
}

/** One pair, and one server, for all tests of a file: there before the first, gone after the last. */
export function relatedForFile(options: Parameters<typeof startApi>[0] = {}): Related {
  const related = {} as Related
  beforeAll(async () => void Object.assign(related, await startRelated(options)))
  afterAll(() => related.close())
  return related
}

export async function makeDev(call: Call, envId: string): Promise<Side> {
  const integration = await made(call, 'integrations', { name: 'Shop to books', description: 'Orders', flowGroupings: [{ name: 'Daily' }] })
  const connection = await made(call, 'connections', bodies.connection('Shop'))
  const script = await made(call, 'scripts', { name: 'Hooks', content: scriptText })
  const source = await made(call, 'exports', bodies.source(connection))
  const sink = await made(call, 'imports', bodies.sink(connection, script))
  const flow = await made(call, 'flows', bodies.flow(integration, source, sink))
  return { call, envId, integration, connection, script, source, sink, flow }
}

/** With a connection of its own in place of that of the original. */
export async function cloneOf(original: Side, call: Call, envId: string): Promise<Side> {
  const connection = envId === original.envId ? original.connection : await made(call, 'connections', bodies.connection('Live'))
  const { status, body, text } = await original.call('POST', `/v1/integrations/${original.integration}/clone`, {
    name: 'Live',
    _envId: envId,
    connectionMap: envId === original.envId ? {} : { [original.connection]: connection },
  })
  if (status !== 200) throw new Error(text)
  const cloned = async (collection: string, source: string): Promise<string> =>
    ((await call('GET', `/v1/${collection}?_sourceId=${source}`)).body as { _id: string }[]).at(-1)?._id as string
  return {
    call,
    envId,
    integration: body._id,
    connection,
    script: await cloned('scripts', original.script),
    source: await cloned('exports', original.source),
    sink: await cloned('imports', original.sink),
    flow: await cloned('flows', original.flow),
  }
}

/** Changes some fields of a document, as a person does: reads it, changes it, sends it back. */
export async function edit({ call }: Pick<Side, 'call'>, path: string, fields: Body): Promise<void> {
  const { body } = await call('GET', `/v1/${path}`)
  const { status, text } = await call('PUT', `/v1/${path}`, { ...body, ...fields })
  if (status !== 200) throw new Error(text)
}

export const pullInto = (target: Side, source: Side, description = 'Pull'): Promise<Answer> =>
  target.call('POST', `/v1/integrations/${target.integration}/revisions/pull`, { _fromIntegrationId: source.integration, description })

export const on = (side: Side, revision: string, verb: string, body?: unknown, method = 'POST'): Promise<Answer> =>
  side.call(method, `/v1/integrations/${side.integration}/revisions/${revision}/${verb}`, body)

/** Opens and applies a pull in which nothing has to be decided. */
export async function pulled(target: Side, source: Side): Promise<Answer> {
  const opened = await pullInto(target, source)
  if (opened.status !== 201) throw new Error(opened.text)
  const applied = await on(target, opened.body._id, 'apply')
  if (applied.status !== 200) throw new Error(applied.text)
  return applied
}

export const stateHash = async (side: Side): Promise<string> =>
  (await side.call('POST', `/v1/integrations/${side.integration}/revisions/create`, { description: 'state' })).body.beforeRevisionHash
