/** Sends failed records again: each through the step at which it failed and everything after it. */
import type { World } from '../../domain/context.ts'
import type { RunOrder } from '../../domain/ports/jobs.ts'
import type { Placed, RetryData } from '../../domain/ports/flow-errors.ts'
import type { FlowRecord } from '../adaptor.ts'
import { runPath } from './pipeline.ts'
import { findPosition, type PlanPosition } from '../plan/place.ts'
import type { Item, Plan, PageResult, KeptPlace } from '../plan/plan.ts'
import type { RunEnd, Running } from './running.ts'

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
  for (let done = (run.checkpoint as Checkpoint | undefined)?.done ?? 0; done < retryDataKeys.length; done += pageSize) {
    lease.signal.throwIfAborted()
    if (lease.leaving.aborted) return { kind: 'left' }
    // Only what is still open: somebody may have resolved it meanwhile. Several errors may share one record.
    const found = await world.store.flowErrors.listRetryable(envId, run.job._flowId, stepId, retryDataKeys.slice(done, done + pageSize))
    const kept = [...new Map(found.map((each) => [each.retryDataKey, each])).values()]
    const pageResult = pageCommit.openPage()
    await resend(plan, stepId, kept, pageResult)
    await pageCommit.commit(pageResult, { done: done + pageSize }, { resolved: { stepId, errorIds: found.map(({ errorId }) => errorId) } })
  }
  return { kind: 'completed' }
}

type Kept = RetryData & Placed

/** Records that failed before the flow began go through their export once more; all others go on where they failed, those of one place in one page. */
async function resend(plan: Plan, stepId: string, kept: readonly Kept[], pageResult: PageResult): Promise<void> {
  const generator = plan.generators.find((each) => each.stepId === stepId)
  const isFirst = ({ place }: Kept): boolean => generator !== undefined && place === undefined
  const unrefined = kept.filter(isFirst).map(({ data }) => data as FlowRecord)
  if (generator && unrefined.length > 0) await runPath(plan.path, (await generator.refine(unrefined, pageResult)).items, pageResult)
  const groups = new Map<string, PlanPosition & { items: Item[] }>()
  for (const [index, each] of kept.entries()) {
    if (isFirst(each)) continue
    const { sourceId, sent, ...place } = (each.place ?? {}) as KeptPlace
    const key = JSON.stringify(place)
    const group = groups.get(key) ?? { ...findPosition(plan.path, stepId, place), items: [] }
    const item = {
      record: each.data as FlowRecord,
      index,
      sourceId: sourceId ?? plan.generators[0]?.stepId ?? stepId,
      traceKey: each.traceKey,
    }
    group.items.push(sent ? { ...item, sent } : item)
    groups.set(key, group)
  }
  for (const { path, position, items } of groups.values()) await runPath(path, items, pageResult, position)
}
