/** Reads a flow and everything its steps name, and makes it ready to run. What cannot work is found here, before the first request. */
import { resources } from '../../contract/resources/index.ts'
import type { World } from '../../domain/context.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import { findReferences } from '../../domain/references.ts'
import { StepFailure, type ConnectionDoc, type Run } from '../adaptor.ts'
import { findStepInSetup, stepInSetup } from '../../domain/flows/run-flow.ts'
import { readLastExports } from '../../domain/flows/runs/last-exports.ts'
import type { Script } from '../../domain/scripts/run-script.ts'
import { refuseFields } from '../fields/refuse-fields.ts'
import { createCaller } from '../hooks/call-function.ts'
import type { Recorder } from '../recording/recorder.ts'
import { buildPlan } from './compile-flow.ts'
import type { Engine } from './engine.ts'
import type { Plan } from './plan.ts'
import { documentMissing, createReader } from './read-documents.ts'
import { readDefinitions, type Readings, type StepsOwner, type TestOptions } from './read-definitions.ts'

type Flow = NonNullable<Run['flow']>

/** Who follows the records of the flow, where somebody wants to know. */
export interface PlanOptions {
  readonly record?: (flow: Flow, redact: Redact) => Recorder | undefined
}

type TestPlanOptions = PlanOptions & Omit<TestOptions, 'record'>

export async function loadPlan(
  { world, adaptors, evaluator }: Pick<Engine, 'world' | 'adaptors' | 'evaluator'>,
  envId: string,
  running: RunningJob,
  signal: AbortSignal,
  { record, ...options }: PlanOptions | TestPlanOptions = {},
): Promise<Plan> {
  const read = createReader(world, envId)
  const flow = await read('flows', running.job._flowId)
  if (!flow) throw documentMissing('flow', running.job._flowId)
  refuseFields('flows', flow)
  if (findStepInSetup(flow)) throw new StepFailure({ source: 'internal', code: 'setup_in_progress', message: stepInSetup })
  const integration = flow._integrationId ? await read('integrations', flow._integrationId) : undefined
  const accountId = (await world.store.accounts.findAccount(envId)) ?? envId
  const refused = new Set<ConnectionDoc>()
  const since = await readStarts(world, envId, running, flow)
  const owner: StepsOwner = {
    envId,
    accountId,
    ...listStepIds(flow),
    references: findReferences(resources.flows.stored, flow),
    connectorId: flow._connectorId,
    caller: createCaller(world, envId, running.job._userId, { collection: 'flows', doc: flow }, integration),
    run: (debug) => ({
      ...buildRun(world, { accountId, envId }, running, flow, integration, signal),
      refused: (connection) => void refused.add(connection),
      debug,
      testMode: 'asks' in options,
    }),
    getRun: (run, exportId) => ({ ...run, ...(since.has(exportId) && { lastExportDateTime: since.get(exportId) as string }) }),
  }
  const readings = await readDefinitions({ world, evaluator }, read, owner, {
    ...options,
    ...(record && { record: (redact) => record(flow, redact) }),
  })
  const { ready, ...plan } = buildPlan(adaptors, flow, running.order, readings.definitions, readings.ofStep)
  await readings.compiled()
  await ready()
  return { ...plan, refused, onePageAtATime: keepsBetweenPages(readings) }
}

/** What functions keep outside of records: lookup caches and state. */
const keeps = ({ content }: Script): boolean => content.includes('integrator-api') && /\b(?:lookupCaches|state)\b/.test(content)

/**
 * Whether a page may look for what the steps after it did with the page before: functions that keep something, and functions on stacks, whose code nobody can
 * see here, where steps read lookup caches.
 */
function keepsBetweenPages({ steps: { exports, imports }, references, scripts }: Readings): boolean {
  if ([...scripts.values()].some(keeps)) return true
  const docs = [...exports.values(), ...imports.values()]
  return (
    references.some(({ collection }) => collection === 'stacks') && docs.some((doc) => JSON.stringify(doc).includes('"_lookupCacheId"'))
  )
}

function buildRun(
  world: World,
  owner: { readonly accountId: string; readonly envId: string },
  { job, order, checkpoint }: RunningJob,
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
    goesOn: order.retry !== undefined || (checkpoint !== undefined && checkpoint !== null),
    currentExportDateTime: order.endDate ?? job.startedAt ?? world.now().toISOString(),
  }
}

/** Since when each page generator exports: since the date that the run was asked for, or since its last run. */
async function readStarts(world: World, envId: string, { order }: RunningJob, flow: Flow): Promise<ReadonlyMap<string, string>> {
  const { startDate } = order
  if (startDate === undefined) return readLastExports(world.store, envId, flow)
  return new Map((flow.pageGenerators ?? []).map(({ _exportId }) => [_exportId, startDate]))
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
