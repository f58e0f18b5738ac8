/** Sends failed records again: each through the step at which it failed and everything behind it. */
import type { World } from '../domain/ports.ts'
import type { RunOrder } from '../domain/ports/jobs.ts'
import { StepFailure, type FlowRecord } from './adaptor.ts'
import { runPath } from './pipeline.ts'
import { placeOf, type Item } from './plan.ts'
import type { End, Running } from './running.ts'

/** Records of one page of a retry: as many as a page of an export has unless told. */
const pageSize = 20

interface Checkpoint {
  /** Retry data keys that are done. */
  readonly done: number
}

export async function retryRecords(
  world: World,
  running: Running,
  { stepId, retryDataKeys }: NonNullable<RunOrder['retry']>,
): Promise<End> {
  const { envId, run, plan, ledger, hold } = running
  const generator = plan.generators.find((each) => each.stepId === stepId)
  const place = generator ? { path: plan.path, position: 0 } : placeOf(plan.path, stepId)
  if (!place)
    throw new StepFailure({
      source: 'resource',
      code: 'step_missing',
      message: 'The flow no longer has the step at which these records failed.',
    })
  for (let done = (run.checkpoint as Checkpoint | undefined)?.done ?? 0; done < retryDataKeys.length; done += pageSize) {
    hold.signal.throwIfAborted()
    if (hold.leaving.aborted) return { kind: 'left' }
    // Only what is still open: somebody may have resolved it meanwhile. Several errors may share one record.
    const found = await world.store.flowErrors.retryable(envId, run.job._flowId, stepId, retryDataKeys.slice(done, done + pageSize))
    const kept = [...new Map(found.map((each) => [each.retryDataKey, each])).values()]
    const tally = ledger.open()
    const items = generator
      ? (
          await generator.refine(
            kept.map(({ data }) => data as FlowRecord),
            tally,
          )
        ).items
      : kept.map(({ data, traceKey }, index): Item => ({ record: data as FlowRecord, index, sourceId: stepId, traceKey }))
    await runPath(place.path, items, tally, place.position)
    await ledger.commit(tally, { done: done + pageSize }, { resolved: { stepId, errorIds: found.map(({ errorId }) => errorId) } })
  }
  return { kind: 'completed' }
}
