/** Brings an integration from one server to another, by what every server of this API can do: read documents and make them. */
import { resources, type Collection } from '../contract/resources/index.ts'
import { nameDocumentOperation } from '../contract/operations/index.ts'
import { CallRefused } from '../contract/call.ts'
import { visit, isObject, type Path } from '../contract/walk.ts'
import { accept } from '../contract/accept.ts'
import { mask } from '../contract/kit.ts'
import { CommandError, exitCodes } from './exit-codes.ts'
import { startProgress } from './progress.ts'
import { connectServer, createServer, findIntegration, trimUrl, type Server } from './server/connect.ts'
import { countOf, oneLine, type Terminal } from './terminal.ts'
import { mapConnections } from './server/map-connections.ts'

type Doc = Readonly<Record<string, unknown>>
interface Copied {
  readonly collection: Collection
  readonly id: string
  readonly doc: Doc
}

export interface CopyOptions {
  readonly from: string
  readonly to: string
  readonly name?: string
  readonly connection?: readonly string[]
}

/** Types that are copied with an integration; what refers to another one goes without. */
const copied: ReadonlySet<string> = new Set([
  'integrations',
  'connections',
  'exports',
  'imports',
  'flows',
  'scripts',
  'lookupcaches',
  'asynchelpers',
  'filedefinitions',
  'iclients',
])
const mostDocuments = 10_000

/** A failure takes back what was made. Secrets are on no answer of a server: connections arrive without. */
export async function copyIntegration(terminal: Terminal, idOrName: string, options: CopyOptions): Promise<number> {
  const source = await openServer(options.from, 'SLUICE_FROM_TOKEN', terminal)
  const target = await openServer(options.to, 'SLUICE_TO_TOKEN', terminal)
  const integration = await findIntegration(source, idOrName)
  const taken = await mapConnections(source, target, options.connection ?? [])
  const docs = await readClosure(source, integration._id, new Set(Object.keys(taken)))
  const made: { readonly collection: Collection; readonly id: string }[] = []
  const progress = await startProgress('Documents')
  try {
    const ids = new Map(Object.entries(taken))
    for (const each of inOrder(docs)) {
      const rename = each.id === integration._id && options.name !== undefined ? { name: options.name } : {}
      const id = await create(target, each, ids, rename)
      ids.set(each.id, id)
      made.push({ collection: each.collection, id })
      progress.update(made.length, docs.length)
    }
    const id = ids.get(integration._id) ?? ''
    terminal.print({ _integrationId: id, made }, `${id}  ${oneLine(options.name ?? integration.name)}`)
    terminal.say(
      `${countOf(made.length, 'document')} made. Flows are off until somebody enables them, and connections have no secrets yet.`,
    )
    return exitCodes.done
  } catch (error) {
    await takeBack(target, made)
    throw error
  } finally {
    progress.stop()
  }
}

/** An address or the name of a profile. A token of an address comes from its own variable, so that neither goes to the other server. */
async function openServer(urlOrProfile: string, variable: string, { env }: Terminal): Promise<Server> {
  if (!/^https?:/.test(urlOrProfile)) return connectServer({ profile: urlOrProfile }, env)
  const token = env[variable]
  if (!token) throw new CommandError(`Set ${variable} to a token of ${urlOrProfile}, or name a profile of sluice login.`)
  return createServer(trimUrl(urlOrProfile), token)
}

/** The integration, its flows, and everything that they refer to. */
async function readClosure(server: Server, integrationId: string, taken: ReadonlySet<string>): Promise<readonly Copied[]> {
  const found = new Map<string, Copied>()
  const waiting: { readonly collection: Collection; readonly id: string }[] = [{ collection: 'integrations', id: integrationId }]
  const flows = await server.listAll('listFlows', { query: { _integrationId: integrationId } })
  waiting.push(...flows.map(({ _id }) => ({ collection: 'flows' as const, id: _id })))
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const { collection, id } = next
    if (found.has(id) || taken.has(id)) continue
    if (found.size === mostDocuments)
      throw new CommandError(`The integration has more than ${mostDocuments.toLocaleString('en')} documents.`)
    const doc = await readDocument(server, collection, id)
    if (!doc) continue
    found.set(id, { collection, id, doc })
    visit(resources[collection].stored, doc, (shape, value) => {
      const of = shape['x-ref']
      if (of !== undefined && !shape.readOnly && copied.has(of) && of !== 'integrations' && typeof value === 'string')
        waiting.push({ collection: of as Collection, id: value })
    })
  }
  return [...found.values()]
}

/** Undefined where it is gone. */
async function readDocument(server: Server, collection: Collection, id: string): Promise<Doc | undefined> {
  const name = nameDocumentOperation(collection, 'read')
  try {
    return (await server.call(name, { params: { _id: id } } as never)) as unknown as Doc
  } catch (error) {
    if (error instanceof CallRefused && error.status === 404) return undefined
    throw error
  }
}

/** Each after what it refers to. What refers to itself in a circle comes in some order. */
function inOrder(docs: readonly Copied[]): readonly Copied[] {
  const byId = new Map(docs.map((each) => [each.id, each]))
  const ordered = new Set<Copied>()
  const seen = new Set<string>()
  const place = (each: Copied): void => {
    if (seen.has(each.id)) return
    seen.add(each.id)
    visit(resources[each.collection].stored, each.doc, (shape, value) => {
      const other = shape['x-ref'] !== undefined && !shape.readOnly && typeof value === 'string' ? byId.get(value) : undefined
      if (other) place(other)
    })
    ordered.add(each)
  }
  docs.forEach(place)
  return [...ordered]
}

/** As a new document with ids of the target, without what is not copied. Answers its id. */
async function create(server: Server, { collection, doc }: Copied, ids: ReadonlyMap<string, string>, change: Doc): Promise<string> {
  const body = structuredClone(accept(resources[collection].stored, { ...doc, ...change }).value) as Record<string, unknown>
  const gone: Path[] = []
  visit(resources[collection].stored, body, (shape, value, path) => {
    if (typeof value !== 'string') return
    const id = ids.get(value)
    if (shape['x-ref'] !== undefined && id !== undefined) setAt(body, path, id)
    else if (shape['x-ref'] !== undefined || value === mask) gone.push(path)
  })
  for (const path of gone.toReversed()) setAt(body, path, undefined)
  if (collection === 'flows') body['disabled'] = true
  const name = nameDocumentOperation(collection, 'create')
  const made = (await server.call(name, { body } as never)) as unknown as { readonly _id: string }
  return made._id
}

/** Undefined takes it out. */
function setAt(holder: unknown, path: Path, value: unknown): void {
  const last = path.at(-1) as string | number
  const parent = path.slice(0, -1).reduce<unknown>((below, key) => (below as Record<string | number, unknown>)[key], holder)
  if (Array.isArray(parent)) {
    if (value === undefined) parent.splice(last as number, 1)
    else parent[last as number] = value
  } else if (isObject(parent)) {
    if (value === undefined) delete parent[last]
    else parent[last] = value
  }
}

async function takeBack(server: Server, made: readonly { readonly collection: Collection; readonly id: string }[]): Promise<void> {
  for (const { collection, id } of made.toReversed()) {
    const name = nameDocumentOperation(collection, 'remove')
    await server.call(name, { params: { _id: id } } as never).catch(() => undefined)
  }
}
