/** The connections that an integration has registered, as a list in its document. A change of that is a change of the integration: `lastModified` moves. */
import { isDeepStrictEqual } from 'node:util'
import type { IntegrationDocument } from '../../contract/document.ts'
import { resources } from '../../contract/resources/index.ts'
import { buildChange } from '../audit/audited-changes.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import type { Entry, Reference } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

type Change = (ids: readonly string[]) => readonly string[]
export const addIds =
  (connections: readonly string[]): Change =>
  (ids) => [...new Set([...ids, ...connections])]
export const removeIds =
  (connection: string): Change =>
  (ids) =>
    ids.filter((id) => id !== connection)

/**
 * Registers connections that are in use. Locks the integration for writing, which a transaction must do before it shares the row
 * to check a reference: two that share it and then both want to write wait for each other.
 */
export async function registerConnections(
  rows: RowsOf<'documents'>,
  ctx: Context,
  integrationId: string,
  connections: readonly string[],
): Promise<void> {
  if (connections.length === 0) return
  const before = await rows.documents.lock(ctx.caller.envId, 'integrations', integrationId)
  if (before) await rewriteRegistered(rows, ctx, before, addIds(connections), [])
}

/** False, and nothing is written, where one of the `checked` is not there. */
export async function rewriteRegistered(
  rows: RowsOf<'documents'>,
  ctx: Context,
  before: Entry<IntegrationDocument>,
  change: Change,
  checked: readonly Reference[],
): Promise<boolean> {
  const registered = before.doc._registeredConnectionIds ?? []
  const changed = change(registered)
  const isOther = !isDeepStrictEqual(registered, changed)
  const doc = { ...before.doc, _registeredConnectionIds: [...changed], ...(isOther && { lastModified: ctx.now().toISOString() }) }
  const references = { all: findReferences(resources.integrations.stored, doc), checked }
  const recorded = buildChange(ctx, { event: 'update', collection: 'integrations', before: before.doc, after: doc })
  const written = await rows.documents.write(ctx.caller.envId, 'integrations', { ...before, doc }, references, 'replacement', recorded)
  return typeof written === 'string'
}

/** Takes a connection that goes away out of the lists of those that have it, which are locked in the order of their ids. */
export async function unregisterEverywhere(rows: RowsOf<'documents' | 'registration'>, ctx: Context, connection: string): Promise<void> {
  for (const id of await rows.registration.findRegistered(ctx.caller.envId, connection)) {
    const before = await rows.documents.lock(ctx.caller.envId, 'integrations', id)
    if (before) await rewriteRegistered(rows, ctx, before, removeIds(connection), [])
  }
}

/** Integrations that one restored connection is registered to at once; the rest registers it with the next save of a flow. */
const maxIntegrations = 1000

/** A connection that came back is registered where flows use it. */
export async function registerToUsers(rows: RowsOf<'documents' | 'registration'>, ctx: Context, connection: string): Promise<void> {
  for (const id of await rows.registration.findUsing(ctx.caller.envId, connection, maxIntegrations))
    await registerConnections(rows, ctx, id, [connection])
}
