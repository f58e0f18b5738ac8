/** Makes room for the execution logs of the next days, each of which goes at once when its time is over. */
import type { World } from '../context.ts'
import type { RowsOf } from '../ports/store.ts'

/** A program that cannot make them for so long still has a place for what it writes; it only takes longer to remove. */
const daysAhead = 7

/** When a worker starts, and once a minute: nearly always there is nothing to do. */
export const makeLogDays = ({ store, now }: Pick<World, 'store' | 'now'>): Promise<void> =>
  store.transaction((rows: RowsOf<'executionLogs'>) => rows.executionLogs.addDays(now().toISOString(), daysAhead))
