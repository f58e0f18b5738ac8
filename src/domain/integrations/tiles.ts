/** Integrations at a glance, a page at a time, and the flows that belong to none. */
import type { Input } from '../../contract/operation.ts'
import type { accountLists } from '../../contract/operations/integrations/account-lists.ts'
import { visibleIntegrations } from '../access/access.ts'
import { readPage } from '../paging.ts'
import { JsonPage } from '../result.ts'
import type { Context } from '../context.ts'

export async function listTiles(ctx: Context, { query }: Input<(typeof accountLists)['listTiles']>): Promise<JsonPage> {
  const { integrationResources: rows } = ctx.store
  return readPage(
    query,
    (skip, limit) => rows.listTiles(ctx.caller.envId, visibleIntegrations(ctx), skip, limit),
    (tiles) => tiles,
  )
}

/** Of a collection that clients know and of which there is nothing here. */
export const nothing = async (): Promise<JsonPage> => new JsonPage([])
