/** Reads a flow and everything its steps name, and makes it ready to run. What cannot work is found here, before the first request. */
import { resources } from '../../contract/resources/index.ts'
import type { World } from '../../domain/context.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import type { Reference } from '../../domain/ports/document.ts'
import { createMasker, type Redact } from '../../domain/redaction/masker.ts'
import { findReferences } from '../../domain/references.ts'
import { StepFailure, type ConnectionDoc, type ExportDoc, type ImportDoc, type Run } from '../adaptor.ts'
import { findStepInSetup, stepInSetup } from '../../domain/flows/run-flow.ts'
import type { Script } from '../../domain/scripts/run-script.ts'
import { refuseFields } from '../fields/refuse-fields.ts'
import { createEvaluating } from '../evaluation/track-stages.ts'
import { createLookupCaches } from './lookup-caches.ts'
import { buildPlan } from './compile-flow.ts'
import type { Plan } from './plan.ts'
import { onlyReading } from '../../domain/access/code-rights.ts'
import type { Recorder } from '../recording/recorder.ts'
import { createConnectionDebug } from '../recording/connection-debug.ts'
import { listConnectionSecrets } from '../outgoing/connection-secrets.ts'
import {
  createAppScriptReader,
  documentMissing,
  requireOnline,
  readAll,
  readConnections,
  createReader,
  readScripts,
  listStepReferences,
  requireDocument,
  type Definitions,
} from './read-documents.ts'
import { createHooks, flowCaller } from '../hooks/call-function.ts'
import type { Engine } from './engine.ts'

type Flow = NonNullable<Run['flow']>

/** What is different where a run is looked at. */
export interface PlanOptions {
  /** Who follows the records, where somebody wants to know. */
  readonly record?: (flow: Flow, redact: Redact) => Recorder | undefined
}

/** And where it is a test. */
export interface TestOptions extends PlanOptions {
  /** Whether the application of a step is asked. Any other may be offline. */
  readonly asks: (doc: ExportDoc | ImportDoc) => boolean
  /** Functions may look at what is in the account, and change nothing of it. */
  readonly readsOnly: boolean
}

export async function loadPlan(
  { world, adaptors, evaluator }: Pick<Engine, 'world' | 'adaptors' | 'evaluator'>,
  envId: string,
  running: RunningJob,
  signal: AbortSignal,
  options: PlanOptions | TestOptions = {},
): Promise<Plan> {
  const test = 'asks' in options ? options : undefined
  const read = createReader(world, envId)
  const flow = await read('flows', running.job._flowId)
  if (!flow) throw documentMissing('flow', running.job._flowId)
  refuseFields('flows', flow)
  if (findStepInSetup(flow)) throw new StepFailure({ source: 'internal', code: 'setup_in_progress', message: stepInSetup })
  const integration = flow._integrationId ? await read('integrations', flow._integrationId) : undefined
  const { exports, imports } = listStepIds(flow)
  const steps = {
    exports: await readAll(read, 'exports', exports),
    imports: await readAll(read, 'imports', imports),
  }
  const docs = [...steps.exports.values(), ...steps.imports.values()]
  const connections = await readConnections(read, listConnectionIds(docs))
  const { redact } = createMasker([...connections.values()].flatMap(listConnectionSecrets))
  const accountId = (await world.store.accounts.findAccount(envId)) ?? envId
  const refused = new Set<ConnectionDoc>()
  const told = {
    refused: (connection: ConnectionDoc): void => void refused.add(connection),
    debug: createConnectionDebug(world, envId, redact),
  }
  const run: Run = { ...buildRun(world, { accountId, envId }, running, flow, integration, signal), ...told, testMode: test !== undefined }
  const since = await readLastExports(world, envId, running, flow)
  const references = [
    ...findReferences(resources.flows.stored, flow),
    ...listStepReferences(steps.exports.values(), steps.imports.values()),
  ]
  const ofFlow = flowCaller(world, envId, running.job._userId, flow, integration)
  const caller: typeof ofFlow = test?.readsOnly ? async (script) => onlyReading(await ofFlow(script)) : ofFlow
  const app = flow._connectorId && (await caller()).onBehalf?.app
  const scripts = await readScripts(app ? createAppScriptReader(world, envId, app.connectorId) : (id) => read('scripts', id), references)
  const { evaluate, ofStep, ready: compiled } = createEvaluating(evaluator, accountId)
  const definitions = {
    run,
    getRun: (exportId: string) => ({ ...run, ...(since.has(exportId) && { lastExportDateTime: since.get(exportId) as string }) }),
    getExport: (id: string) => requireDocument(steps.exports, 'export', id),
    getImport: (id: string) => requireDocument(steps.imports, 'import', id),
    getConnection: createGetConnection(connections, test ? docs.filter(test.asks) : docs),
    recorder: options.record?.(flow, redact),
    caches: createLookupCaches(world, envId),
    redact,
    createHook: createHooks({ redact, caller, scripts }),
    evaluate,
  }
  const { ready, ...plan } = buildPlan(adaptors, flow, running.order, definitions, ofStep)
  await compiled()
  await ready()
  return { ...plan, refused, onePageAtATime: keepsBetweenPages(steps, references, scripts) }
}

const listConnectionIds = (docs: readonly (ExportDoc | ImportDoc)[]): string[] => docs.flatMap(({ _connectionId }) => _connectionId ?? [])

/** Connections of the steps that ask their application have to be online. */
function createGetConnection(
  connections: ReadonlyMap<string, ConnectionDoc>,
  asking: readonly (ExportDoc | ImportDoc)[],
): Definitions['getConnection'] {
  const asked = new Set(listConnectionIds(asking))
  return (id) => {
    if (id === undefined) return undefined
    const connection = requireDocument(connections, 'connection', id)
    return asked.has(id) ? requireOnline(connection) : connection
  }
}

/** What functions keep outside of records: lookup caches and state. */
const keeps = ({ content }: Script): boolean => content.includes('integrator-api') && /\b(?:lookupCaches|state)\b/.test(content)

/**
 * Whether a page may look for what the steps after it did with the page before: functions that keep something, and functions on stacks, whose code nobody can
 * see here, where steps read lookup caches.
 */
function keepsBetweenPages(
  { exports, imports }: { readonly exports: ReadonlyMap<string, ExportDoc>; readonly imports: ReadonlyMap<string, ImportDoc> },
  references: readonly Reference[],
  scripts: ReadonlyMap<string, Script>,
): boolean {
  if ([...scripts.values()].some(keeps)) return true
  const docs = [...exports.values(), ...imports.values()]
  return (
    references.some(({ collection }) => collection === 'stacks') && docs.some((doc) => JSON.stringify(doc).includes('"_lookupCacheId"'))
  )
}

function buildRun(
  world: World,
  owner: { readonly accountId: string; readonly envId: string },
  { job, order }: RunningJob,
  flow: Flow,
  integration: Run['integration'] | undefined,
  signal: AbortSignal,
): Omit<Run, 'testMode'> {
  return {
    signal,
    ...owner,
    jobId: job._id,
    flow,
    ...(integration && { integration }),
    currentExportDateTime: order.endDate ?? job.startedAt ?? world.now().toISOString(),
  }
}

/** Since when each page generator exports: the start of its last run that completed, or of the last one of the flow that it is to stay behind. */
async function readLastExports(world: World, envId: string, { order }: RunningJob, flow: Flow): Promise<ReadonlyMap<string, string>> {
  const since = new Map<string, string>()
  for (const each of flow.pageGenerators ?? []) {
    const behind = each._keepDeltaBehindFlowId
      ? { flowId: each._keepDeltaBehindFlowId, exportId: each._keepDeltaBehindExportId }
      : {
          flowId: flow._keepDeltaBehindFlowId ?? flow._id,
          exportId: flow._keepDeltaBehindFlowId ? flow._keepDeltaBehindExportId : each._exportId,
        }
    const at = order.startDate ?? (await world.store.jobs.findLastSuccess(envId, behind.flowId, behind.exportId))
    if (at) since.set(each._exportId, at)
  }
  return since
}

function listStepIds(flow: Flow): { exports: string[]; imports: string[] } {
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
