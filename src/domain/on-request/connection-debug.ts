/** What went over the wire of a connection: kept while its `debugDate` is ahead, shown as text, and gone after some hours. */
import type { Input } from '../../contract/operation.ts'
import { debugLifeMs, maxDebugText, type connectionDebug as operations } from '../../contract/operations/on-request/connection-debug.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { checkExists } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context, World } from '../context.ts'

type Ops = typeof operations

/** Opens for its connection alone. */
const place = (envId: string, connectionId: string): string => `${envId}/connectionDebug/${connectionId}`

/** One request and its answer, written down. */
export interface DebugEntry {
  readonly connectionId: string
  readonly at: string
  readonly resourceId?: string
  readonly text: string
}

export async function addDebugEntries(
  { store, vault }: Pick<World, 'store' | 'vault'>,
  envId: string,
  entries: readonly DebugEntry[],
): Promise<void> {
  const rows = entries.map(({ text, ...entry }) => ({ ...entry, sealed: vault.seal(text, place(envId, entry.connectionId)) }))
  await store.connectionDebug.add(envId, rows)
}

export const getConnectionDebug = (ctx: Context, { params }: Input<Ops['getConnectionDebug']>): Promise<string> =>
  readDebug(ctx, params._id)

export async function getConnectionDebugOfResource(
  ctx: Context,
  { params: { _id, _resourceId } }: Input<Ops['getConnectionDebugOfResource']>,
): Promise<string> {
  const text = await readDebug(ctx, _id, _resourceId)
  if (text === '') await checkIsStep(ctx, _resourceId)
  return text
}

/** One that is deleted by now may still have requests; of one that never was there are none. */
async function checkIsStep({ store, caller }: Context, _id: string): Promise<void> {
  for (const collection of ['exports', 'imports'] as const) if (await store.documents.find(caller.envId, collection, _id)) return
  throw new DomainError('not_found', 'Export or import not found.', '_resourceId')
}

async function readDebug(ctx: Context, _id: string, resourceId?: string): Promise<string> {
  const { envId } = ctx.caller
  await checkExists(ctx, 'connections', _id)
  let text = ''
  for (const { at, sealed } of await ctx.store.connectionDebug.list(envId, _id, resourceId)) {
    if (Date.parse(at) < ctx.now().getTime() - debugLifeMs) break
    const entry = ctx.vault.open(sealed, place(envId, _id))
    if (text.length + entry.length > maxDebugText) break
    text += entry
  }
  return text
}

export async function deleteConnectionDebug(ctx: Context, { params }: Input<Ops['deleteConnectionDebug']>): Promise<undefined> {
  await checkExists(ctx, 'connections', params._id)
  await ctx.store.transaction(async (rows) => {
    await rows.connectionDebug.clear(ctx.caller.envId, params._id)
    await recordAct(rows, ctx, { event: 'delete', collection: 'connections', _id: params._id, details: { debug: true } })
  })
  return undefined
}

/** Rows that are removed at once: a statement stays short. */
const atOnce = 1000

export async function purgeConnectionDebug({ store, now }: Pick<World, 'store' | 'now'>): Promise<void> {
  const before = new Date(now().getTime() - debugLifeMs).toISOString()
  while ((await store.connectionDebug.purge(before, atOnce)) === atOnce);
}
