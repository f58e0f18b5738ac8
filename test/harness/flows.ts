/** Flows between exports and imports of the test application, made over the API as any client makes them, and their runs. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from './api.ts'
import type { Application } from './application.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- documents of every shape
type Doc = any

/** Names of exports and imports, and what their documents say besides. An export reads /source/<name>, an import posts to /sink/<name>. */
export interface Layout {
  readonly connection?: object
  readonly exports?: Readonly<Record<string, object>>
  readonly imports?: Readonly<Record<string, object>>
  /** Content of a script that the others name as `{code}`. */
  readonly code?: string
  /** What the script says besides. */
  readonly script?: object
  /** The flow's fields; `{orders}` in a text of it is the id of the export or import of that name. */
  readonly flow?: object
}

export interface MadeFlow {
  readonly _id: string
  readonly ids: Readonly<Record<string, string>>
  readonly connectionId: string
}

/** Whoever can ask: of the API, or of a program. */
export interface Maker {
  call(method: string, path: string, body?: unknown): Promise<Pick<Answer, 'status' | 'body' | 'text'>>
}

export async function make({ call }: Maker, collection: string, body: object): Promise<Doc> {
  const answer = await call('POST', `/v1/${collection}`, body)
  if (answer.status !== 201) throw new Error(`POST ${collection} answered ${answer.status}: ${answer.text}`)
  return answer.body
}

export async function makeConnection(api: Maker, application: Application, http: object = {}): Promise<string> {
  const doc = { name: 'application', type: 'http', http: { mediaType: 'json', baseURI: application.origin, ...http } }
  return (await make(api, 'connections', doc))._id as string
}

/** Without `pageGenerators` every export that is no lookup is one; without steps every import is one after the other. */
export async function makeFlow(api: Maker, application: Application, layout: Layout = {}): Promise<MadeFlow> {
  const { exports = { orders: {} }, imports = { sink: {} }, flow = {} } = layout
  const _connectionId = await makeConnection(api, application, layout.connection)
  const ids: Record<string, string> = {}
  const code =
    layout.code === undefined
      ? {}
      : { code: (await make(api, 'scripts', { name: 'Code', content: layout.code, ...layout.script }))._id as string }
  const pageGenerators: object[] = []
  for (const [name, fields] of Object.entries(exports)) {
    ids[name] = (await make(api, 'exports', exportOf(name, _connectionId, withIds(fields, code))))._id
    if (!('isLookup' in fields)) pageGenerators.push({ _exportId: ids[name] })
  }
  for (const [name, fields] of Object.entries(imports))
    ids[name] = (await make(api, 'imports', importOf(name, _connectionId, withIds(fields, code))))._id
  const pageProcessors = Object.keys(imports).map((name) => ({ type: 'import', _importId: ids[name] }))
  const doc = { name: 'flow', pageGenerators, ...('routers' in flow ? {} : { pageProcessors }), ...withIds(flow, { ...ids, ...code }) }
  return { _id: (await make(api, 'flows', doc))._id, ids, connectionId: _connectionId }
}

export function exportOf(name: string, _connectionId: string, fields: Doc): object {
  if ('webhook' in fields) return { name, adaptorType: 'WebhookExport', type: 'webhook', ...fields }
  if ('mcp' in fields) return { name, adaptorType: 'MCPExport', ...fields }
  const isLookup = 'isLookup' in fields
  const http = {
    method: 'GET',
    relativeURI: `/source/${name}`,
    ...(!isLookup && { response: { resourcePath: 'records' } }),
    ...fields.http,
  }
  return { name, adaptorType: 'HTTPExport', _connectionId, ...fields, http }
}

export function importOf(name: string, _connectionId: string, fields: Doc): object {
  if ('mcp' in fields) return { name, adaptorType: 'MCPImport', ...fields }
  if ('tool' in fields) return { name, adaptorType: 'ToolImport', ...fields }
  const http = { method: ['POST'], relativeURI: [`/sink/${name}`], ...fields.http }
  return { name, adaptorType: 'HTTPImport', _connectionId, ...fields, http }
}

export function withIds(value: object, ids: Readonly<Record<string, string>>): object {
  const text = JSON.stringify(value).replaceAll(/"\{(\w+)\}"/g, (whole, name: string) => (ids[name] ? JSON.stringify(ids[name]) : whole))
  return JSON.parse(text) as object
}

/** Puts a run of the flow into the queue; answers the id of its job. */
export async function startRun({ call }: Maker, flowId: string, body?: object): Promise<string> {
  const answer = await call('POST', `/v1/flows/${flowId}/run`, body)
  if (answer.status !== 201) throw new Error(`run answered ${answer.status}: ${answer.text}`)
  return answer.body._jobId as string
}

/** What takes a second on an idle machine comes by then on one that is busy; less than a test may take. Milliseconds. */
const patienceMs = 50_000

/** The job as soon as it has ended. */
export function ended(api: Maker, jobId: string, timeoutMs = patienceMs): Promise<Doc> {
  return until(async () => {
    const { body } = await api.call('GET', `/v1/jobs/${jobId}`)
    return ['completed', 'failed', 'canceled'].includes(body.status) ? (body as Doc) : undefined
  }, timeoutMs)
}

export const runToEnd = async (api: Maker, flowId: string, body?: object): Promise<Doc> => ended(api, await startRun(api, flowId, body))

/** What `look` answers as soon as it answers something. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined, timeoutMs = patienceMs): Promise<T> {
  for (const end = Date.now() + timeoutMs; ;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for: ${look.toString().slice(0, 200)}`)
    await pause(10)
  }
}

/** The jobs of the steps of a run by the name of the step. */
export async function stepJobs({ call }: Maker, { ids }: MadeFlow, runId: string): Promise<Record<string, Doc>> {
  const answers: Awaited<ReturnType<Maker['call']>>[] = []
  for (const type of ['export', 'import']) answers.push(await call('GET', `/v1/jobs?_flowJobId=${runId}&type=${type}`))
  const jobs: Doc[] = answers.flatMap(({ status, body }) => (status === 204 ? [] : body))
  const nameOf = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
  return Object.fromEntries(jobs.map((job) => [nameOf.get(job._importId ?? job._exportId), job]))
}

/** The open errors of a step. */
export const errorsOf = async ({ call }: Maker, { _id, ids }: MadeFlow, step: string): Promise<Doc[]> =>
  (await call('GET', `/v1/flows/${_id}/${ids[step]}/errors`)).body.errors as Doc[]

export const numbered = (count: number, fields: object = {}): object[] =>
  Array.from({ length: count }, (_, n) => ({ id: n + 1, ...fields }))
