/** Sends failed records again: each through the step at which it failed and everything after it. */
import type { World } from '../../domain/context.ts'
import type { RetryOrder } from '../../domain/ports/jobs.ts'
import type { Retryable } from '../../domain/ports/flows/retries.ts'
import type { Failure, FlowRecord } from '../adaptor.ts'
import type { GatheredFile } from '../../domain/ports/flows/gathered-files.ts'
import { findPosition } from '../plan/retry-position.ts'
import type { Item, Plan, PageResult, KeptPlace } from '../plan/plan.ts'
import { PagesInFlight, type PageToCarry } from './pages-in-flight.ts'
import { Pipeline, type Arrival } from './pipeline.ts'
import { listBatches, type RetryBatch } from './retry-batches.ts'
import { maxPagesOf, type RunEnd, type Running } from './run-outcome.ts'

export async function resendRecords(world: World, running: Running, order: RetryOrder): Promise<RunEnd> {
  const { envId, run, plan, pageCommit, lease } = running
  const { stepId } = order
  const flight = new PagesInFlight({ pipeline: new Pipeline(plan.path), pageCommit, lease, most: maxPagesOf(running) })
  const admit = async ({ retryDataKeys, checkpoint }: RetryBatch): Promise<boolean> => {
    lease.signal.throwIfAborted()
    // Only what is still open: somebody may have resolved it meanwhile. Several errors may share one record.
    const found = await world.store.retryData.listRetryable(envId, run.job._flowId, stepId, retryDataKeys)
    const kept = [...new Map(found.map((each) => [each.retryDataKey, each])).values()]
    const retries = order.isAutomatic ? Math.max(0, ...kept.map(({ numRetries }) => numRetries)) + 1 : 0
    const pageResult = pageCommit.openPage(true, retries)
    const files = kept.filter(({ place }) => (place as KeptPlace | undefined)?.gathered !== undefined)
    const records = kept.filter((each) => !files.includes(each))
    const adopted = await adoptFiles(world, running, order, files, pageResult)
    const arrivals = await toArrivals(plan, order, records, pageResult)
    const bytes = kept.reduce((sum, each) => sum + each.bytes, 0)
    const resolved = { stepId, errorIds: found.map(({ errorId }) => errorId) }
    return flight.admit(() => ({ pageResult, arrivals, bytes, checkpoint, resolved, adopted }), bytes)
  }
  let isDone = false
  try {
    const batches = listBatches(world, envId, run, order)
    while (!lease.leaving.aborted && !isDone) {
      const next = await batches.next()
      if (next.done) isDone = true
      else if (!(await admit(next.value))) break
    }
  } catch (error) {
    flight.close(error)
  }
  const end = await flight.settle()
  return { kind: end === 'left' || !isDone ? 'left' : 'completed' }
}

/** Files that an earlier run gathered are written when this one is through. A corrected path or name is used. */
async function adoptFiles(
  { store }: World,
  { envId }: Running,
  { stepId, isAutomatic }: RetryOrder,
  files: readonly Retryable[],
  pageResult: PageResult,
): Promise<NonNullable<PageToCarry['adopted']>> {
  const adopted: NonNullable<PageToCarry['adopted']>[number][] = []
  for (const { data, place, numRetries } of files) {
    const file = await store.gatheredFiles.find(envId, (place as KeptPlace).gathered ?? '')
    if (file) adopted.push({ key: file.key, target: correctTarget(file, data), retries: isAutomatic ? numRetries + 1 : 0 })
    else pageResult.failStep(stepId, fileGone)
  }
  return adopted
}

function correctTarget({ target }: GatheredFile, data: unknown): GatheredFile['target'] {
  const { directoryPath, fileName } = (data ?? {}) as Readonly<Record<string, unknown>>
  return {
    ...target,
    ...(typeof directoryPath === 'string' && { directoryPath }),
    ...(typeof fileName === 'string' && { fileName }),
  }
}

const fileGone: Failure = {
  source: 'internal',
  code: 'file_gone',
  message: 'The records of the file are no longer there: they are kept for 30 days.',
}

/** Records that failed before the flow began go through their export once more; all others go on where they failed. */
async function toArrivals(
  plan: Plan,
  { stepId, isAutomatic }: RetryOrder,
  kept: readonly Retryable[],
  pageResult: PageResult,
): Promise<Arrival[]> {
  const generator = plan.generators.find((each) => each.stepId === stepId)
  const isFirst = ({ place }: Retryable): boolean => generator !== undefined && place === undefined
  const unrefined = kept.filter(isFirst).map(({ data }) => data as FlowRecord)
  const arrivals: Arrival[] = []
  if (generator && unrefined.length > 0)
    arrivals.push({ path: plan.path, position: 0, items: (await generator.refine({ index: 0, records: unrefined }, pageResult)).items })
  for (const [index, each] of kept.entries()) {
    if (isFirst(each)) continue
    const { sourceId, sent, traceKey = each.traceKey, ...place } = (each.place ?? {}) as KeptPlace
    const item: Item = {
      record: each.data as FlowRecord,
      index,
      sourceId: sourceId ?? plan.generators[0]?.stepId ?? stepId,
      traceKey,
      ...(sent && { sent }),
      ...(isAutomatic && { retries: each.numRetries + 1 }),
    }
    arrivals.push({ ...findPosition(plan.path, stepId, place), items: [item] })
  }
  return arrivals
}
