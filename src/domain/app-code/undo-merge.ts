/** What a document goes back to where others have changed it since a function of an app wrote it: their changes stay, and the function's go. */
import { isDeepStrictEqual } from 'node:util'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import type { Vault } from '../context.ts'
import { hideSecrets, revealSecrets } from '../secrets.ts'
import type { Doc, Entry } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'
import type { Root } from '../ports/apps.ts'

interface Place {
  readonly vault: Vault
  readonly envId: string
  readonly collection: Collection
}

/** Secrets are sealed anew with each write, so they are compared open. */
export function goingBack({ vault, envId, collection }: Place, before: Entry, written: Entry, now: Entry): Entry {
  if (now.secrets === written.secrets && isDeepStrictEqual(now.doc, written.doc)) return before
  const [old, left, own] = [before, written, now].map((entry) => revealSecrets(vault, envId, entry))
  const { doc, secrets } = hideSecrets(vault, envId, resources[collection].stored, withoutTheirs(old, left, own) as Doc, undefined)
  return { doc, secrets }
}

/** What is as the function left it is as it was before; within objects field by field. */
function withoutTheirs(before: unknown, written: unknown, now: unknown): unknown {
  if (isDeepStrictEqual(now, written)) return before
  if (!isObject(before) || !isObject(written) || !isObject(now)) return now
  const names = new Set([before, written, now].flatMap((each) => Object.keys(each)))
  const fields = [...names].map((name) => [name, withoutTheirs(before[name], written[name], now[name])] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** Ahead of each write of a function: what others have changed since its last one is there before, from now on. */
export async function noteWritten(rows: Rows, vault: Vault, of: Root, collection: Collection, entry: Entry): Promise<void> {
  const { envId } = of
  const key = { collection, id: entry.doc._id }
  const known = await rows.appBefore.document(of, key)
  if (known?.entry && known.written) {
    const now = await rows.documents.find(envId, collection, key.id)
    const before = now && goingBack({ vault, envId, collection }, known.entry, known.written, now)
    if (before && before !== known.entry) await rows.appBefore.rebase(of, collection, before)
  }
  await rows.appBefore.written(of, collection, entry)
}
