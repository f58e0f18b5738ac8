/** Reads a flow and everything its steps name, and makes it ready to run. What cannot work is found here, before the first request. */
import { resources, type Collection } from '../contract/resources/index.ts'
import type { World, Doc as AnyDoc } from '../domain/ports.ts'
import type { RunningJob } from '../domain/ports/jobs.ts'
import { referencesOf } from '../domain/references.ts'
import { scriptIn, type Script } from '../domain/scripts.ts'
import { revealSecrets } from '../domain/secrets.ts'
import { StepFailure, type ConnectionDoc, type ExportDoc, type ImportDoc, type Run } from './adaptor.ts'
import { lookupCachesOf } from './lookup-caches.ts'
import { buildPlan } from './nodes/flow.ts'
import type { Plan } from './plan.ts'
import type { Engine } from './running.ts'
import { hooksOf, type HookOf } from './scripting.ts'
import type { LookupCaches } from './steps/lookup.ts'

/** Connections borrow from one that borrows itself at most this many times over. */
const maxBorrowing = 5

/** The documents of a run, read once: a run finishes on the definitions it began with. */
export interface Definitions {
  readonly run: Run
  /** The run as this page generator sees it: each has a delta of its own. */
  readonly runOf: (exportId: string) => Run
  readonly exportOf: (id: string) => ExportDoc
  readonly importOf: (id: string) => ImportDoc
  readonly connectionOf: (id: string | undefined) => ConnectionDoc | undefined
  readonly caches: LookupCaches
  readonly hookOf: HookOf
}

export async function loadPlan({ world, adaptors }: Engine, envId: string, running: RunningJob, signal: AbortSignal): Promise<Plan> {
  const read = reader(world, envId)
  const flow = (await read('flows', running.job._flowId)) as Run['flow'] | undefined
  if (!flow) throw missing('flow', running.job._flowId)
  const integration = flow._integrationId
    ? ((await read('integrations', flow._integrationId)) as NonNullable<Run['integration']> | undefined)
    : undefined
  const { exports, imports } = stepIds(flow)
  const steps = {
    exports: await readAll<ExportDoc>(read, 'exports', exports),
    imports: await readAll<ImportDoc>(read, 'imports', imports),
  }
  const connectionIds = [...steps.exports.values(), ...steps.imports.values()].flatMap(({ _connectionId }) =>
    _connectionId ? [_connectionId] : [],
  )
  const connections = await readConnections(read, connectionIds)
  const run = runOf(world, envId, running, flow, integration, signal)
  const since = await lastExports(world, envId, running, flow)
  return buildPlan(adaptors, running.order, {
    run,
    runOf: (exportId) => ({ ...run, ...(since.has(exportId) && { lastExportDateTime: since.get(exportId) as string }) }),
    exportOf: (id) => required(steps.exports, 'export', id),
    importOf: (id) => required(steps.imports, 'import', id),
    connectionOf: (id) => (id === undefined ? undefined : online(required(connections, 'connection', id))),
    caches: lookupCachesOf(world, envId),
    hookOf: hooksOf({
      world,
      envId,
      userId: running.job._userId,
      flow,
      scripts: await readScripts(flow._connectorId ? withAppScripts(world, envId, read) : read, flow, steps),
    }),
  })
}

function runOf(
  world: World,
  envId: string,
  { job, order }: RunningJob,
  flow: Run['flow'],
  integration: Run['integration'] | undefined,
  signal: AbortSignal,
): Run {
  return {
    signal,
    envId,
    jobId: job._id,
    flow,
    ...(integration && { integration }),
    currentExportDateTime: order.endDate ?? job.startedAt ?? world.now().toISOString(),
    testMode: false,
  }
}

/** Since when each page generator exports: the start of its last run that completed, or of the last one of the flow that it is to stay behind. */
async function lastExports(world: World, envId: string, { order }: RunningJob, flow: Run['flow']): Promise<ReadonlyMap<string, string>> {
  const since = new Map<string, string>()
  for (const each of flow.pageGenerators ?? []) {
    const behind = each._keepDeltaBehindFlowId
      ? { flowId: each._keepDeltaBehindFlowId, exportId: each._keepDeltaBehindExportId }
      : {
          flowId: flow._keepDeltaBehindFlowId ?? flow._id,
          exportId: flow._keepDeltaBehindFlowId ? flow._keepDeltaBehindExportId : each._exportId,
        }
    const at = order.startDate ?? (await world.store.jobs.lastSuccess(envId, behind.flowId, behind.exportId))
    if (at) since.set(each._exportId, at)
  }
  return since
}

type Read = (collection: Collection, id: string) => Promise<AnyDoc | undefined>

/** With secrets opened: connections need theirs, and nothing that is read here leaves the engine. */
const reader =
  (world: World, envId: string): Read =>
  async (collection, id) => {
    const entry = await world.store.documents.find(envId, collection, id)
    return entry && revealSecrets(world.vault, envId, entry)
  }

async function readAll<D>(read: Read, collection: Collection, ids: readonly string[]): Promise<ReadonlyMap<string, D>> {
  const found = new Map<string, D>()
  for (const id of new Set(ids)) {
    const doc = await read(collection, id)
    if (doc) found.set(id, doc as unknown as D)
  }
  return found
}

/** Every script that the flow or a step of it names. */
/** The scripts of an Integration App stay where its publisher has them. */
const withAppScripts =
  (world: World, envId: string, read: Read): Read =>
  async (collection, id) =>
    (await read(collection, id)) ?? (await world.store.apps.script(envId, id))?.doc

async function readScripts(
  read: Read,
  flow: Run['flow'],
  { exports, imports }: { exports: ReadonlyMap<string, ExportDoc>; imports: ReadonlyMap<string, ImportDoc> },
): Promise<ReadonlyMap<string, Script>> {
  const references = [
    ...referencesOf(resources.flows.stored, flow),
    ...[...exports.values()].flatMap((doc) => referencesOf(resources.exports.stored, doc)),
    ...[...imports.values()].flatMap((doc) => referencesOf(resources.imports.stored, doc)),
  ]
  const ids = references.flatMap(({ collection, id }) => (collection === 'scripts' ? [id] : []))
  const docs = await readAll<AnyDoc>(read, 'scripts', ids)
  return new Map([...docs].map(([id, doc]) => [id, scriptIn(doc)]))
}

/** A connection that borrows counts against its lender, at the lender's level. */
async function readConnections(read: Read, ids: readonly string[]): Promise<ReadonlyMap<string, ConnectionDoc>> {
  const connections = new Map(await readAll<ConnectionDoc>(read, 'connections', ids))
  for (const [id, connection] of connections) {
    let lender: ConnectionDoc | undefined = connection
    for (let depth = 0; lender?._borrowConcurrencyFromConnectionId && depth < maxBorrowing; depth++) {
      lender = (await read('connections', lender._borrowConcurrencyFromConnectionId)) as ConnectionDoc | undefined
    }
    if (!lender || lender === connection || !connection.http) continue
    const { concurrencyLevel: _own, ...http } = connection.http
    connections.set(id, {
      ...connection,
      _borrowConcurrencyFromConnectionId: lender._id,
      http: { ...http, ...(lender.http?.concurrencyLevel && { concurrencyLevel: lender.http.concurrencyLevel }) },
    })
  }
  return connections
}

function stepIds(flow: Run['flow']): { exports: string[]; imports: string[] } {
  const processors = [
    ...(flow.pageProcessors ?? []),
    ...(flow.routers ?? []).flatMap(({ branches }) => branches.flatMap(({ pageProcessors }) => pageProcessors ?? [])),
  ]
  return {
    exports: [
      ...(flow.pageGenerators ?? []).map(({ _exportId }) => _exportId),
      ...processors.flatMap(({ type, _exportId }) => (type === 'export' && _exportId ? [_exportId] : [])),
    ],
    imports: processors.flatMap(({ type, _importId }) => (type === 'import' && _importId ? [_importId] : [])),
  }
}

const missing = (what: string, id: string): StepFailure =>
  new StepFailure({ source: 'resource', code: `${what}_missing`, message: `The ${what} ${id} no longer exists.` })

/** A connection that nobody has filled in yet would be refused by the application at best. */
function online(connection: ConnectionDoc): ConnectionDoc {
  if (!connection.offline) return connection
  throw new StepFailure({
    source: 'connection',
    code: 'connection_offline',
    message: `The connection ${connection._id} is offline. Save it with its credentials to bring it online.`,
  })
}

function required<D>(docs: ReadonlyMap<string, D>, what: string, id: string): D {
  const doc = docs.get(id)
  if (!doc) throw missing(what, id)
  return doc
}
