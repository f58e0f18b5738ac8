/** What a retry sends again, a batch at a time: the records that it names, or all whose errors fit. Of those only a batch is in memory, however many they are. */
import type { World } from '../../domain/context.ts'
import type { RetryOrder, RunningJob } from '../../domain/ports/jobs.ts'
import type { RowsOf } from '../../domain/ports/store.ts'
import type { RetryCursor, RetryFilter } from '../../domain/ports/flows/retries.ts'

/** Records of one page of a retry: as many as a page of an export has by default. */
const pageSize = 20

/** Records that are counted by one statement. */
const countedAtOnce = 20_000

type Step = readonly [envId: string, flowId: string, stepId: string]

export interface RetryBatch {
  readonly retryDataKeys: readonly string[]
  /** Where the retry goes on after it. */
  readonly checkpoint: { readonly done: number } | { readonly after: RetryCursor }
}

interface Places {
  /** Of a retry that names its records: how many are done. */
  readonly done?: number
  readonly after?: RetryCursor
}

export function listBatches(world: World, envId: string, run: RunningJob, retry: RetryOrder): AsyncGenerator<RetryBatch, void, void> {
  const place = (run.checkpoint ?? {}) as Places
  if (retry.retryDataKeys) return listNamed(retry.retryDataKeys, place.done ?? 0)
  return listFitting(world, envId, run, retry, place.after)
}

async function* listNamed(keys: readonly string[], from: number): AsyncGenerator<RetryBatch, void, void> {
  for (let done = from; done < keys.length; done += pageSize)
    yield { retryDataKeys: keys.slice(done, done + pageSize), checkpoint: { done: done + pageSize } }
}

async function* listFitting(
  { store }: World,
  envId: string,
  { job, epoch }: RunningJob,
  retry: RetryOrder,
  from: RetryCursor | undefined,
): AsyncGenerator<RetryBatch, void, void> {
  const filter = toFilter(job, retry)
  const step = [envId, job._flowId, retry.stepId] as const
  if (job.numRetry === undefined) await store.jobs.setNumRetry(envId, job._id, epoch, await countFitting(store, step, filter))
  for (let after = from; ;) {
    const found = await store.retryData.listFitting(...step, filter, after, pageSize)
    after = found.at(-1)
    if (!after) return
    yield { retryDataKeys: found.map(({ key }) => key), checkpoint: { after } }
  }
}

/** In steps, since a million take longer than a statement may. */
async function countFitting({ retryData }: RowsOf<'retryData'>, step: Step, filter: RetryFilter): Promise<number> {
  let count = 0
  for (let after: RetryCursor | undefined; ;) {
    const { fitting, last } = await retryData.countFitting(...step, filter, after, countedAtOnce)
    count += fitting
    if (!last) return count
    after = last
  }
}

/** What fitted when it was asked for. Errors that the retry itself leaves never do, whatever the clocks of servers say. */
function toFilter({ _id, createdAt, startedAt = createdAt }: RunningJob['job'], { filter = {}, isAutomatic }: RetryOrder): RetryFilter {
  if (isAutomatic) return { dueBy: startedAt, exceptJobId: _id }
  const { occurredAtLte = createdAt } = filter
  return { ...filter, occurredAtLte: occurredAtLte < createdAt ? occurredAtLte : createdAt, exceptJobId: _id }
}
