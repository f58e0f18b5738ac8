/** APIs of steps and of scripts, made over the API as any client makes them. */
import type { Application } from './application.ts'
import { exportOf, importOf, make, makeConnection, withIds, type Maker } from './flows.ts'

/** Names of exports and imports, and what their documents say besides; `{customer}` in a text of `api` is the id of the export or import of that name, `{code}` that of the script. */
export interface ApiLayout {
  readonly connection?: object
  readonly exports?: Readonly<Record<string, object>>
  readonly imports?: Readonly<Record<string, object>>
  readonly code?: string
  /** More fields of the API, or others in their place; null takes one away. */
  readonly api?: object
  /** Of `builder`: an API that answers GET /it is made of what is left out. */
  readonly builder?: { readonly request?: object; readonly routers?: readonly object[]; readonly responses?: readonly object[] } & object
}

export interface MadeApi {
  readonly _id: string
  readonly ids: Readonly<Record<string, string>>
  readonly connectionId: string
}

/** The steps of one branch, one after the other. */
export const inOrder = (...pageProcessors: readonly object[]): readonly object[] => [
  { id: 'first', branches: [{ name: 'all', pageProcessors, nextRouterId: 'apiRouter' }] },
]

const usualResponses = [
  { id: 'ok', type: 'success', statusCode: 200, mappings: [{ generate: 'name', extract: 'name' }] },
  { id: 'failed', type: 'fail', statusCode: 500 },
] as const

export async function makeApi(api: Maker, application: Application, layout: ApiLayout = {}): Promise<MadeApi> {
  const { exports = {}, imports = {}, builder = {} } = layout
  const connectionId = await makeConnection(api, application, layout.connection)
  const ids: Record<string, string> = {}
  if (layout.code !== undefined) ids['code'] = (await make(api, 'scripts', { name: 'Code', content: layout.code }))._id as string
  for (const [name, fields] of Object.entries(exports))
    ids[name] = (await make(api, 'exports', exportOf(name, connectionId, { isLookup: true, ...withIds(fields, ids) })))._id
  for (const [name, fields] of Object.entries(imports))
    ids[name] = (await make(api, 'imports', importOf(name, connectionId, withIds(fields, ids))))._id
  const usual = { request: { method: 'GET', relativeURI: '/it' }, responses: usualResponses, responseRouter: { id: 'apiRouter' } }
  const doc = Object.entries({ name: 'It', type: 'builder', builder: { ...usual, ...builder }, ...layout.api })
  const said = Object.fromEntries(doc.filter(([, value]) => value !== null))
  return { _id: (await make(api, 'apis', withIds(said, ids)))._id as string, ids, connectionId }
}
