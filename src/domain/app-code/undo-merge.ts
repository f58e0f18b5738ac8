/** Merges what a document is restored to when others have changed it since a function of an app wrote it: their changes are kept. */
import { isDeepStrictEqual } from 'node:util'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import type { Vault } from '../context.ts'
import { hideSecrets, revealSecrets } from '../secrets.ts'
import type { Doc, Entry } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import type { InstallationRoot } from '../ports/apps.ts'

interface DocumentPlace {
  readonly vault: Vault
  readonly envId: string
  readonly collection: Collection
}

/** Secrets are sealed anew with each write, so they are compared open. */
export function mergeUndo({ vault, envId, collection }: DocumentPlace, before: Entry, written: Entry, now: Entry): Entry {
  if (now.secrets === written.secrets && isDeepStrictEqual(now.doc, written.doc)) return before
  const [old, left, own] = [before, written, now].map((entry) => revealSecrets(vault, envId, entry))
  const { doc, secrets } = hideSecrets(vault, envId, resources[collection].stored, mergeUndoValues(old, left, own) as Doc, undefined)
  return { doc, secrets }
}

/** What is as the function left it is as it was before; within objects field by field. */
function mergeUndoValues(before: unknown, written: unknown, now: unknown): unknown {
  if (isDeepStrictEqual(now, written)) return before
  if (!isObject(before) || !isObject(written) || !isObject(now)) return now
  const names = new Set([before, written, now].flatMap((each) => Object.keys(each)))
  const fields = [...names].map((name) => [name, mergeUndoValues(before[name], written[name], now[name])] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** Ahead of each write of a function: what others have changed since its last one is there before, from now on. */
export async function journalWrite(
  rows: RowsOf<'appUndoLog' | 'documents'>,
  vault: Vault,
  of: InstallationRoot,
  collection: Collection,
  entry: Entry,
): Promise<void> {
  const { envId } = of
  const key = { collection, id: entry.doc._id }
  const known = await rows.appUndoLog.findDocument(of, key)
  if (known?.entry && known.written) {
    const now = await rows.documents.find(envId, collection, key.id)
    const before = now && mergeUndo({ vault, envId, collection }, known.entry, known.written, now)
    if (before && before !== known.entry) await rows.appUndoLog.rebase(of, collection, before)
  }
  await rows.appUndoLog.recordWritten(of, collection, entry)
}
