/** Who may be told what: the rights of a user as they stand now, not as they were when they subscribed. */
import { filterVisible } from '../access/access.ts'
import { isEnvironmentOpen } from '../access/extent.ts'
import { formatKey } from '../keys.ts'
import type { Identity } from '../ports/accounts.ts'
import type { Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

export type RightsRows = RowsOf<'accounts' | 'documents' | 'membership'>

/** The user in the environment; undefined for one who has nothing to do with it any more. */
export async function findRecipient(rows: RightsRows, accountId: string, envId: string, userId: string): Promise<Identity | undefined> {
  const rights = await rows.accounts.readRights({ accountId, envId, userId })
  if (!rights) return undefined
  const caller: Identity = { accountId, envId, userId, scope: '*', ...rights }
  return (await isEnvironmentOpen(rows, caller, envId)) ? caller : undefined
}

/** Those of the entries whose document the user may see. */
export async function keepVisible<T>(
  rows: RightsRows,
  caller: Identity,
  entries: readonly T[],
  keyOf: (entry: T) => Key,
): Promise<readonly T[]> {
  const seen = new Set((await filterVisible({ caller, store: rows }, entries.map(keyOf))).map(formatKey))
  return entries.filter((entry) => seen.has(formatKey(keyOf(entry))))
}
