/** Integrations at a glance, a page at a time, and the flows that belong to none; and which of them a user has pinned. */
import type { Input } from '../../contract/operation.ts'
import { maxPinned, type accountLists } from '../../contract/operations/integrations/account-lists.ts'
import { visibleIntegrations } from '../access/access.ts'
import { DomainError } from '../errors.ts'
import { isId } from '../ids.ts'
import { readPage } from '../paging.ts'
import { JsonPage } from '../result.ts'
import type { Context } from '../context.ts'

type Ops = typeof accountLists

export async function listTiles(ctx: Context, { query }: Input<Ops['listTiles']>): Promise<JsonPage> {
  const { tiles: rows } = ctx.store
  const { envId, userId } = ctx.caller
  const { search, sort, pinnedFirst } = query
  const asked = { userId, ...(search && { search }), ...(sort && { sort }), ...(pinnedFirst && { pinnedFirst }) }
  return readPage(
    query,
    (skip, limit) => rows.list(envId, visibleIntegrations(ctx), asked, skip, limit),
    (tiles) => tiles,
  )
}

export async function pinTile(ctx: Context, { params: { _integrationId } }: Input<Ops['pinTile']>): Promise<undefined> {
  await requireTile(ctx, _integrationId)
  const { envId, userId } = ctx.caller
  if (!(await ctx.store.tiles.pin(envId, userId, _integrationId, maxPinned)))
    throw new DomainError('state_limit', `You have ${maxPinned} pinned tiles in this environment: unpin one first.`)
}

export async function unpinTile(ctx: Context, { params: { _integrationId } }: Input<Ops['unpinTile']>): Promise<undefined> {
  await requireTile(ctx, _integrationId)
  await ctx.store.tiles.unpin(ctx.caller.envId, ctx.caller.userId, _integrationId)
}

/** Of the flows that belong to no integration there is a tile for those who see the whole environment. */
async function requireTile(ctx: Context, id: string): Promise<void> {
  const visible = visibleIntegrations(ctx)
  const isThere =
    id === 'none'
      ? visible === undefined
      : isId(id) &&
        visible?.includes(id) !== false &&
        (await ctx.store.documents.filterPresent(ctx.caller.envId, [{ collection: 'integrations', id }])).length > 0
  if (!isThere) throw new DomainError('not_found', 'Integration not found.', '_integrationId')
}

/** Of a collection that clients know and of which there is nothing here. */
export const nothing = async (): Promise<JsonPage> => new JsonPage([])
