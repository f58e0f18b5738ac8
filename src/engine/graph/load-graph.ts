/**
 * Carries one record through the routers and steps of an API or a tool while somebody waits: over the same steps as flows, without a job and without pages after
 * it. What is loaded serves any number of calls, at the same time too.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { resources } from '../../contract/resources/index.ts'
import type { World } from '../../domain/context.ts'
import { findReferences } from '../../domain/references.ts'
import type { Document } from '../../contract/document.ts'
import { requestBounds } from '../../domain/scripts/run-script.ts'
import type { Adaptors, Run } from '../adaptor.ts'
import { createCaller } from '../hooks/call-function.ts'
import { isImportStep, openSteps, routedPath } from '../plan/compile-flow.ts'
import type { Engine } from '../plan/engine.ts'
import type { Path, RouterDoc } from '../plan/plan.ts'
import { createReader, type Definitions } from '../plan/read-documents.ts'
import { readDefinitions, type RecordOptions, type StepsOwner, type TestOptions } from '../plan/read-definitions.ts'
import type { Evaluating } from '../evaluation/track-stages.ts'
import { carryRecord, type GraphCall, type GraphResult } from './carry-record.ts'

type GraphDocument =
  | { readonly collection: 'apis'; readonly doc: Document<'apis'> }
  | { readonly collection: 'tools'; readonly doc: Document<'tools'> }

/** The document whose routers and steps they are. */
export type GraphOwner = GraphDocument & {
  /** The first one is where records begin; without any they come straight to the end. */
  readonly routers: readonly unknown[]
  /** What branches name that lead to the end. */
  readonly endId: 'apiRouter' | 'outputRouter'
}

interface GraphPlace {
  /** The run that calls it as a step: its signal holds, and it counts as one of its own. */
  readonly within?: Run
  /** Connections that others take the place of, by id. */
  readonly connections?: ReadonlyMap<string, string>
}

export type GraphOptions = GraphPlace & (RecordOptions | TestOptions)

/** With what the owner makes its own stages: what it makes of a call before the first router, and of the record at the end. */
export interface GraphParts {
  readonly adaptors: Adaptors
  readonly definitions: Definitions
  readonly ofStep: Evaluating['ofStep']
}

export interface Graph<Own> {
  readonly own: Own
  readonly definitions: Definitions
  /** One result, whatever becomes of the record. */
  carry(call: GraphCall): Promise<GraphResult>
}

/** Throws the `StepFailure` of the first step that can never work. `make` makes the stages of the owner's own. */
export async function loadGraph<Own>(
  { world, adaptors, evaluator }: Pick<Engine, 'world' | 'adaptors' | 'evaluator'>,
  envId: string,
  owner: GraphOwner,
  make: (parts: GraphParts) => Own,
  options: GraphOptions = {},
): Promise<Graph<Own>> {
  const read = createReader(world, envId)
  const { doc } = owner
  const integration = doc._integrationId ? await read('integrations', doc._integrationId) : undefined
  const accountId = (await world.store.accounts.findAccount(envId)) ?? envId
  const { readings, ...told } = await readSteps(world, { read, evaluator, envId, accountId }, owner, integration, options)
  const { definitions, ofStep, compiled } = readings
  const steps = openSteps(adaptors, definitions, ofStep)
  const own = ofStep(doc._id, () => make({ adaptors, definitions, ofStep }))
  const routers = owner.routers as readonly RouterDoc[]
  const path: Path = routers.length > 0 ? routedPath(routers, definitions, steps.stepsOf, owner.endId) : { steps: [] }
  await compiled()
  await steps.ready()
  return {
    own,
    definitions,
    carry: (call) => told.during(call.signal, () => carryRecord(world, { path, sourceId: doc._id, definitions }, call)),
  }
}

interface Reading extends Pick<Engine, 'evaluator'> {
  readonly read: ReturnType<typeof createReader>
  readonly envId: string
  readonly accountId: string
}

async function readSteps(
  world: World,
  { read, evaluator, envId, accountId }: Reading,
  owner: GraphOwner,
  integration: Run['integration'] | undefined,
  { within, connections, ...options }: GraphOptions,
) {
  const { signal, during } = signalOfCall(within)
  const { doc } = owner
  const stepsOwner: StepsOwner = {
    envId,
    accountId,
    ...listStepIds(owner.routers as readonly RouterDoc[]),
    references: findReferences(resources[owner.collection].stored, doc),
    // Integration Apps have none.
    connectorId: undefined,
    caller: createCaller(world, envId, undefined, owner, integration),
    bounds: requestBounds,
    ...(connections && { connections }),
    run: (debug) => ({
      get signal() {
        return signal()
      },
      accountId,
      envId,
      ...(integration && { integration }),
      ...(within?.flow && { flow: within.flow, jobId: within.jobId as string }),
      graph: { collection: owner.collection, _id: doc._id, depth: (within?.graph?.depth ?? 0) + 1 },
      currentExportDateTime: world.now().toISOString(),
      debug,
      testMode: within?.testMode ?? 'asks' in options,
      ...(within?.previewsImports && { previewsImports: true }),
    }),
  }
  return { readings: await readDefinitions({ world, evaluator }, read, stepsOwner, options), during }
}

const unending = new AbortController().signal

/** Requests of a call are given up with its signal: each call has its own, and its steps are shared. */
function signalOfCall(within: Run | undefined) {
  const signals = new AsyncLocalStorage<AbortSignal>()
  return {
    signal: (): AbortSignal => signals.getStore() ?? within?.signal ?? unending,
    during: <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => signals.run(signal, work),
  }
}

function listStepIds(routers: readonly RouterDoc[]): Pick<StepsOwner, 'exports' | 'imports'> {
  const steps = routers.flatMap(({ branches }) => branches.flatMap(({ pageProcessors = [] }) => pageProcessors))
  return {
    exports: steps.flatMap((step) => (!isImportStep(step) && step._exportId ? [step._exportId] : [])),
    imports: steps.flatMap((step) => (isImportStep(step) && step._importId ? [step._importId] : [])),
  }
}
