/** Entries of lookup caches that come along with a copy where their cache asks for it. */
import { isMemberOf, type Member } from '../ports/clones.ts'
import type { RowsOf } from '../ports/store.ts'

export interface LockedCaches {
  readonly members: readonly Member[]
  /** Caches whose entries are to be copied. */
  readonly caches: readonly string[]
}

/** Locks the lookup caches whose entries are copied, and takes their size as it is then: it counts what will be copied. */
export async function lockCaches(rows: RowsOf<'documents'>, envId: string, source: readonly Member[]): Promise<LockedCaches> {
  const caches: string[] = []
  const members: Member[] = []
  for (const member of source) {
    if (!isMemberOf(member, 'lookupcaches') || !member.entry.doc.includeDataInTemplatesAndCloning) {
      members.push(member)
      continue
    }
    const { collection, entry } = member
    const held = await rows.documents.lock(envId, 'lookupcaches', entry.doc._id)
    if (held) caches.push(held.doc._id)
    members.push({ collection, entry: { ...entry, doc: { ...entry.doc, size: held?.doc.size ?? 0 } } })
  }
  return { members, caches }
}

export async function copyEntries(
  rows: RowsOf<'clones'>,
  caches: readonly string[],
  ids: ReadonlyMap<string, string>,
  from: string,
  to: string,
): Promise<void> {
  for (const cacheId of caches) await rows.clones.copyEntries({ envId: from, cacheId }, { envId: to, cacheId: ids.get(cacheId) as string })
}
