/** What of the history is kept, and what is swept up after it: states that no revision names any more. */
import type { World } from '../../context.ts'

const dayMs = 24 * 60 * 60_000
/** Revisions of an integration stay this long at least, in days. */
export const historyDays = 365
/** However old they are, so many of the newest of each integration stay. */
export const keptRevisions = 100
/** Revisions that one minute removes at the most. */
const revisionsPerMinute = 1000
/** What was kept a moment ago may be about to be named. Milliseconds. */
const graceMs = dayMs
/** An environment is looked through for what nothing names this often, in milliseconds. */
const everyMs = dayMs
/** The schedules wait for it. What does not get done in this time is done in the next minute. Milliseconds. */
const sweepingMs = 5000

/** Once a minute, by one of all workers. */
export async function pruneHistory(world: World): Promise<void> {
  const now = world.now().getTime()
  const ago = (ms: number): string => new Date(now - ms).toISOString()
  await world.store.revisions.prune(ago(historyDays * dayMs), keptRevisions, revisionsPerMinute)
  await world.store.files.pruneExports(ago(historyDays * dayMs))
  const end = performance.now() + sweepingMs
  while (performance.now() < end) {
    const isMore = await world.store.transaction(async (rows) => {
      const envId = await rows.snapshots.claimForPruning(ago(everyMs))
      if (envId === undefined) return false
      const collected = await rows.snapshots.prune(envId, ago(graceMs))
      if (collected.definitions > 0) world.log.info({ envId, ...collected }, 'history that nothing names was removed')
      return true
    })
    if (!isMore) return
  }
}
