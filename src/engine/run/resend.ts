/** Sends failed records again: each through the step at which it failed and everything after it. */
import type { World } from '../../domain/context.ts'
import type { RunOrder } from '../../domain/ports/jobs.ts'
import type { Retryable } from '../../domain/ports/flow-errors.ts'
import type { FlowRecord } from '../adaptor.ts'
import { findPosition } from '../plan/retry-position.ts'
import type { Item, Plan, PageResult, KeptPlace } from '../plan/plan.ts'
import { PagesInFlight } from './pages-in-flight.ts'
import { Pipeline, type Arrival } from './pipeline.ts'
import { maxPagesOf, type RunEnd, type Running } from './run-outcome.ts'

/** Records of one page of a retry: as many as a page of an export has unless told. */
const pageSize = 20

interface Checkpoint {
  /** Retry data keys that are done. */
  readonly done: number
}

export async function resendRecords(
  world: World,
  running: Running,
  { stepId, retryDataKeys }: NonNullable<RunOrder['retry']>,
): Promise<RunEnd> {
  const { envId, run, plan, pageCommit, lease } = running
  const flight = new PagesInFlight({ pipeline: new Pipeline(plan.path), pageCommit, lease, most: maxPagesOf(running) })
  let done = (run.checkpoint as Checkpoint | undefined)?.done ?? 0
  const next = async (): Promise<boolean> => {
    lease.signal.throwIfAborted()
    // Only what is still open: somebody may have resolved it meanwhile. Several errors may share one record.
    const found = await world.store.flowErrors.listRetryable(envId, run.job._flowId, stepId, retryDataKeys.slice(done, done + pageSize))
    const kept = [...new Map(found.map((each) => [each.retryDataKey, each])).values()]
    const pageResult = pageCommit.openPage()
    const arrivals = await toArrivals(plan, stepId, kept, pageResult)
    const bytes = kept.reduce((sum, each) => sum + each.bytes, 0)
    const resolved = { stepId, errorIds: found.map(({ errorId }) => errorId) }
    const checkpoint: Checkpoint = { done: done + pageSize }
    return flight.admit(() => ({ pageResult, arrivals, bytes, checkpoint, resolved }), bytes)
  }
  try {
    while (done < retryDataKeys.length && !lease.leaving.aborted && (await next())) done += pageSize
  } catch (error) {
    flight.close(error)
  }
  const end = await flight.settle()
  return { kind: end === 'left' || done < retryDataKeys.length ? 'left' : 'completed' }
}

/** Records that failed before the flow began go through their export once more; all others go on where they failed. */
async function toArrivals(plan: Plan, stepId: string, kept: readonly Retryable[], pageResult: PageResult): Promise<Arrival[]> {
  const generator = plan.generators.find((each) => each.stepId === stepId)
  const isFirst = ({ place }: Retryable): boolean => generator !== undefined && place === undefined
  const unrefined = kept.filter(isFirst).map(({ data }) => data as FlowRecord)
  const arrivals: Arrival[] = []
  if (generator && unrefined.length > 0)
    arrivals.push({ path: plan.path, position: 0, items: (await generator.refine(unrefined, pageResult)).items })
  for (const [index, each] of kept.entries()) {
    if (isFirst(each)) continue
    const { sourceId, sent, ...place } = (each.place ?? {}) as KeptPlace
    const item: Item = {
      record: each.data as FlowRecord,
      index,
      sourceId: sourceId ?? plan.generators[0]?.stepId ?? stepId,
      traceKey: each.traceKey,
      ...(sent && { sent }),
    }
    arrivals.push({ ...findPosition(plan.path, stepId, place), items: [item] })
  }
  return arrivals
}
