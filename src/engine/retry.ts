/** Sends failed records again: each through the step at which it failed and everything behind it. */
import type { World } from '../domain/ports.ts'
import type { RunOrder } from '../domain/ports/jobs.ts'
import { StepFailure, type FlowRecord } from './adaptor.ts'
import { runPath } from './pipeline.ts'
import { placeOf, type Item } from './plan.ts'
import type { Running } from './run.ts'

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
): Promise<'yielded' | undefined> {
  const { accountId, run, plan, ledger, signal, stopping } = running
  const generator = plan.generators.find((each) => each.stepId === stepId)
  const place = generator ? { path: plan.path, position: 0 } : placeOf(plan.path, stepId)
  if (!place)
    throw new StepFailure({
      source: 'resource',
      code: 'step_missing',
      message: 'The flow no longer has the step at which these records failed.',
    })
  for (let done = (run.checkpoint as Checkpoint | undefined)?.done ?? 0; done < retryDataKeys.length; done += pageSize) {
    signal.throwIfAborted()
    if (stopping.aborted) return 'yielded'
    // Only what is still open: somebody may have resolved it meanwhile.
    const found = await world.store.flowErrors.retryable(accountId, run.job._flowId, stepId, retryDataKeys.slice(done, done + pageSize))
    const byKey = new Map(found.map((each) => [each.retryDataKey, each]))
    const records = [...byKey.values()].map(({ data }) => data as FlowRecord)
    const tally = ledger.open()
    const items = generator
      ? await generator.refine(records, tally)
      : records.map((record, index): Item => ({ record, index, sourceId: stepId, traceKey: [...byKey.values()][index]?.traceKey }))
    await runPath(place.path, items, tally, place.position)
    await ledger.commit(tally, { done: done + pageSize }, { stepId, errorIds: found.map(({ errorId }) => errorId) })
  }
  return undefined
}
