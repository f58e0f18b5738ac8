/** Reads the documents that steps are made of: exports, imports, connections with their secrets opened, scripts. Nothing that is read here leaves the engine. */
import type { Document } from '../../contract/document.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import type { World } from '../../domain/context.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import { findReferences } from '../../domain/references.ts'
import { toScript, type Script } from '../../domain/scripts/run-script.ts'
import { revealSecrets } from '../../domain/secrets.ts'
import { StepFailure, type ConnectionDoc, type ExportDoc, type ImportDoc, type ReadHelper, type Run } from '../adaptor.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import type { CreateHook } from '../hooks/call-function.ts'
import { iClientIdOf } from '../outgoing/sessions/oauth-setup.ts'
import type { Recorder } from '../recording/recorder.ts'
import type { LookupCaches } from '../mapping/value-lookups.ts'
import type { Reference } from '../../domain/ports/document.ts'

/** Connections borrow from one that borrows itself at most this many times over. */
const maxBorrowing = 5

/** The documents of a run, read once: a run finishes on the definitions it began with. */
export interface Definitions {
  readonly run: Run
  /** The run as this page generator sees it: each has a delta of its own. */
  readonly getRun: (exportId: string) => Run
  readonly getExport: (id: string) => ExportDoc
  readonly getImport: (id: string) => ImportDoc
  readonly getConnection: (id: string | undefined) => ConnectionDoc | undefined
  readonly caches: LookupCaches
  readonly createHook: CreateHook
  /** Takes the secrets of all its connections out of what is told of the run. */
  readonly redact: Redact
  /** What users wrote for a step, ready to be evaluated over its records. */
  readonly evaluate: Evaluate
  /** Follows the records, where somebody wants to know what becomes of them. */
  readonly recorder?: Recorder | undefined
}

export type Read = <C extends Collection>(collection: C, id: string) => Promise<Document<C> | undefined>

/** The same for scripts alone. */
export type ReadScript = (id: string) => Promise<Document<'scripts'> | undefined>

/** With secrets opened: connections need theirs. */
export const createReader =
  (world: World, envId: string): Read =>
  async (collection, id) => {
    const entry = await world.store.documents.find(envId, collection, id)
    return entry && revealSecrets(world.vault, envId, entry)
  }

export const readAll = <C extends Collection>(
  read: Read,
  collection: C,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Document<C>>> => readEach((id) => read(collection, id), ids)

async function readEach<D>(read: (id: string) => Promise<D | undefined>, ids: readonly string[]): Promise<ReadonlyMap<string, D>> {
  const found = new Map<string, D>()
  for (const id of new Set(ids)) {
    const doc = await read(id)
    if (doc) found.set(id, doc)
  }
  return found
}

/** The scripts of an Integration App stay where its publisher has them: it runs these, and none of another publisher or of who has it installed. */
export const createAppScriptReader =
  (world: World, envId: string, connectorId: string): ReadScript =>
  async (id) =>
    (await world.store.apps.findScript(envId, connectorId, id))?.doc

export async function readScripts(read: ReadScript, references: readonly Reference[]): Promise<ReadonlyMap<string, Script>> {
  const ids = references.flatMap(({ collection, id }) => (collection === 'scripts' ? [id] : []))
  const docs = await readEach(read, ids)
  return new Map([...docs].map(([id, doc]) => [id, toScript(doc)]))
}

/** How a run finds the file definitions and EDI profiles that its steps name. */
export async function readFileDefinitions(
  read: Read,
  references: readonly Reference[],
): Promise<Required<Pick<Run, 'findFileDefinition' | 'findEdiProfile'>>> {
  const idsOf = (wanted: Collection): string[] => references.flatMap(({ collection, id }) => (collection === wanted ? [id] : []))
  const definitions = await readAll(read, 'filedefinitions', idsOf('filedefinitions'))
  const profiles = await readAll(read, 'ediprofiles', idsOf('ediprofiles'))
  return { findFileDefinition: (id) => definitions.get(id), findEdiProfile: (id) => profiles.get(id) }
}

export const listStepReferences = (exports: Iterable<ExportDoc>, imports: Iterable<ImportDoc>): readonly Reference[] => [
  ...[...exports].flatMap((doc) => findReferences(resources.exports.stored, doc)),
  ...[...imports].flatMap((doc) => findReferences(resources.imports.stored, doc)),
]

export async function readConnections(read: Read, ids: readonly string[]): Promise<ReadonlyMap<string, ConnectionDoc>> {
  const connections = new Map(await readAll(read, 'connections', ids))
  for (const [id, connection] of connections) connections.set(id, await completeConnection(read, connection))
  return connections
}

/** With what other documents say for it. */
export const completeConnection = async (read: Read, connection: ConnectionDoc): Promise<ConnectionDoc> =>
  withIClient(read, await withLenderLevel(read, connection))

/** The client document that it signs in with. One that is gone is told of by what it would have said. */
async function withIClient(read: Read, connection: ConnectionDoc): Promise<ConnectionDoc> {
  const id = iClientIdOf(connection)
  const iClient = id === undefined ? undefined : await read('iclients', id)
  return iClient ? { ...connection, iClient } : connection
}

/** A connection that borrows counts against its lender, at the lender's level. */
async function withLenderLevel(read: Read, connection: ConnectionDoc): Promise<ConnectionDoc> {
  let lender: ConnectionDoc | undefined = connection
  for (let depth = 0; lender?._borrowConcurrencyFromConnectionId && depth < maxBorrowing; depth++) {
    lender = await read('connections', lender._borrowConcurrencyFromConnectionId)
  }
  const block = blockOf(connection)
  if (!lender || lender === connection || !block) return connection
  const { concurrencyLevel: _own, targetConcurrencyLevel: _target, ...rest } = block
  const { concurrencyLevel, targetConcurrencyLevel } = blockOf(lender) ?? {}
  return {
    ...connection,
    _borrowConcurrencyFromConnectionId: lender._id,
    autoRecoverRateLimitErrors: lender.autoRecoverRateLimitErrors ?? false,
    [connection.type]: {
      ...rest,
      ...(concurrencyLevel !== undefined && { concurrencyLevel }),
      ...(targetConcurrencyLevel !== undefined && { targetConcurrencyLevel }),
    },
  }
}

interface Levels {
  readonly concurrencyLevel?: number
  readonly targetConcurrencyLevel?: number
}

/** What a connection says of its own kind, levels included. */
const blockOf = (connection: ConnectionDoc): Levels | undefined => connection[connection.type as keyof ConnectionDoc] as Levels | undefined

export const documentMissing = (what: string, id: string): StepFailure =>
  new StepFailure({ source: 'resource', code: `${what}_missing`, message: `The ${what} ${id} no longer exists.` })

/** A connection that nobody has filled in yet would be refused by the application at best. */
export function requireOnline(connection: ConnectionDoc): ConnectionDoc {
  if (!connection.offline) return connection
  throw new StepFailure({
    source: 'connection',
    code: 'connection_offline',
    message: `The connection ${connection._id} (${connection.name}) is offline. ${
      connection.needsAuthorization
        ? `Somebody has to sign in (again): open the address that GET /v1/connections/${connection._id}/oauth2 answers.`
        : 'Save it with its credentials, or ping it, to bring it online.'
    }`,
  })
}

export function requireDocument<D>(docs: ReadonlyMap<string, D>, what: string, id: string): D {
  const doc = docs.get(id)
  if (!doc) throw documentMissing(what, id)
  return doc
}

/** The async helpers that steps name, with the exports that ask for them. */
export interface ReadHelpers {
  /** Of all helpers: their connections are to be read as well. */
  readonly exports: readonly ExportDoc[]
  find(id: string, connections: ReadonlyMap<string, ConnectionDoc>): ReadHelper | undefined
}

export async function readHelpers(read: Read, references: readonly Reference[]): Promise<ReadHelpers> {
  const idsOf = (all: readonly Reference[], collection: string): string[] =>
    all.flatMap((each) => (each.collection === collection ? [each.id] : []))
  const helpers = await readAll(read, 'asynchelpers', idsOf(references, 'asynchelpers'))
  const named = [...helpers.values()].flatMap((doc) => findReferences(resources.asynchelpers.stored, doc))
  const exports = await readAll(read, 'exports', idsOf(named, 'exports'))
  return {
    exports: [...exports.values()],
    find(id, connections) {
      const doc = helpers.get(id)
      return (
        doc && {
          doc,
          findExport(exportId) {
            const found = exports.get(exportId)
            const connection = connections.get(found?._connectionId ?? '')
            return found && { doc: found, ...(connection && { connection }) }
          },
        }
      )
    },
  }
}
