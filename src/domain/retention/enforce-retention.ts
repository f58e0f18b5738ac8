/** Removes what is older than it is kept, a bounded number of rows in each transaction. Of several programs one removes a kind at a time. */
import type { World } from '../context.ts'
import { kinds, type RetainedRows, type RetentionDays } from './kinds.ts'

const dayMs = 24 * 3_600_000
/** Rows of one transaction: some tenths of a second. */
const rowsPerStep = 1000
/** The schedules wait for it: what does not get done in this time is done in the next minute. Milliseconds. */
const removingMs = 5000
/** A kind of which nothing is left to remove is looked at again after this. Milliseconds. */
const againMs = 3_600_000

type Kind = (typeof kinds)[number]

/** Once a minute, by one of all workers. */
export async function enforceRetention(world: Pick<World, 'store' | 'now'>, days: RetentionDays): Promise<void> {
  const end = performance.now() + removingMs
  let left: readonly Kind[] = kinds
  // In turns: a kind of which much is old keeps none of the others waiting.
  while (left.length > 0 && performance.now() < end) {
    const more: Kind[] = []
    for (const kind of left) if (await removeSome(world, kind, days)) more.push(kind)
    left = more
  }
}

/** Whether there is more of it that is to go now. */
async function removeSome(
  { store, now }: Pick<World, 'store' | 'now'>,
  { name, keptFor, remove }: Kind,
  days: RetentionDays,
): Promise<boolean> {
  const kept = typeof keptFor === 'number' ? keptFor : days[keptFor]
  if (kept === undefined) return false
  const at = now()
  return store.transaction(async (rows: RetainedRows) => {
    if (!(await rows.retention.lock(name, at.toISOString()))) return false
    const removed = await remove(rows, new Date(at.getTime() - kept * dayMs).toISOString(), rowsPerStep)
    if (removed >= rowsPerStep) return true
    await rows.retention.postpone(name, new Date(at.getTime() + againMs).toISOString())
    return false
  })
}
