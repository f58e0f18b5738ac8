/** Finds documents that still refer to one that was just deleted, to warn the caller. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { filterVisible } from '../access/access.ts'
import type { Context } from '../context.ts'
import type { Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

/** Documents that a warning counts at the most. */
const maxUsers = 1000

export const findUsers = (rows: RowsOf<'dependencies'>, ctx: Context, home: string, key: Key): Promise<readonly Key[]> =>
  ctx.warn ? rows.dependencies.listReferrers(home, [key], maxUsers) : Promise.resolve([])

/** Counted by type: of what the caller may see. */
export async function warnAboutUsers(ctx: Context, collection: Collection, users: readonly Key[]): Promise<void> {
  const seen = users.length === 0 ? [] : await filterVisible(ctx, users)
  if (seen.length === 0) return
  const counts = [...Map.groupBy(seen, (user) => user.collection)].map(
    ([type, { length }]) => `${length} ${length === 1 ? type.slice(0, -1) : type}`,
  )
  const atLeast = users.length === maxUsers ? 'at least ' : ''
  ctx.warn?.(`${resources[collection].model} was in use and is still named by ${atLeast}${counts.join(', ')}.`)
}
