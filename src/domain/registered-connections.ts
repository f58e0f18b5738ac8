/** The connections that an integration has registered, as a list in its document. A change of that is no edit: `lastModified` stays, and so does everything else. */
import { resources } from '../contract/resources/index.ts'
import { changeOf } from './changes.ts'
import type { Context, Entry, Reference, Rows } from './ports.ts'
import { referencesOf } from './references.ts'

type Change = (ids: readonly string[]) => readonly string[]
export const including =
  (connections: readonly string[]): Change =>
  (ids) => [...new Set([...ids, ...connections])]
export const without =
  (connection: string): Change =>
  (ids) =>
    ids.filter((id) => id !== connection)

/**
 * Registers connections that are in use. Locks the integration for writing, which a transaction must do before it shares the row
 * to check a reference: two that share it and then both want to write wait for each other.
 */
export async function registerUsed(rows: Rows, ctx: Context, integrationId: string, connections: readonly string[]): Promise<void> {
  if (connections.length === 0) return
  const before = await rows.documents.lock(ctx.caller.envId, 'integrations', integrationId)
  if (before) await rewrite(rows, ctx, before, including(connections), [])
}

/** False, and nothing is written, where one of the `checked` is not there. */
export async function rewrite(rows: Rows, ctx: Context, before: Entry, change: Change, checked: readonly Reference[]): Promise<boolean> {
  const doc = { ...before.doc, _registeredConnectionIds: change((before.doc['_registeredConnectionIds'] ?? []) as readonly string[]) }
  const references = { all: referencesOf(resources.integrations.stored, doc), checked }
  const recorded = changeOf(ctx, { event: 'update', collection: 'integrations', before: before.doc, after: doc })
  const written = await rows.documents.write(ctx.caller.envId, 'integrations', { ...before, doc }, references, 'replacement', recorded)
  return typeof written === 'string'
}
