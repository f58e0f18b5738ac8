/** Sends failed records again: each through the step at which it failed and everything after it. */
import type { World } from '../../domain/context.ts'
import type { RetryOrder } from '../../domain/ports/jobs.ts'
import type { Retryable } from '../../domain/ports/flows/retries.ts'
import type { FlowRecord } from '../adaptor.ts'
import { findPosition } from '../plan/retry-position.ts'
import type { Item, Plan, PageResult, KeptPlace } from '../plan/plan.ts'
import { PagesInFlight } from './pages-in-flight.ts'
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
    const arrivals = await toArrivals(plan, order, kept, pageResult)
    const bytes = kept.reduce((sum, each) => sum + each.bytes, 0)
    const resolved = { stepId, errorIds: found.map(({ errorId }) => errorId) }
    return flight.admit(() => ({ pageResult, arrivals, bytes, checkpoint, resolved }), bytes)
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
    arrivals.push({ path: plan.path, position: 0, items: (await generator.refine(unrefined, pageResult)).items })
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
