/** Integrations at a glance, a page at a time, and the flows that belong to none. */
import type { Input } from '../../contract/operation.ts'
import type { accountLists } from '../../contract/operations/integrations/account-lists.ts'
import { defaultLimit, maxLimit } from '../../contract/paging.ts'
import { visibleIntegrations } from '../access/access.ts'
import { JsonPage } from '../result.ts'
import type { Context } from '../context.ts'

export async function listTiles(ctx: Context, { query }: Input<(typeof accountLists)['listTiles']>): Promise<JsonPage> {
  const limit = Math.min(query.limit ?? defaultLimit, maxLimit)
  const skip = query.skip ?? 0
  const found = await ctx.store.integrationResources.listTiles(ctx.caller.envId, visibleIntegrations(ctx), skip, limit + 1)
  return new JsonPage(found.slice(0, limit), found.length > limit ? { skip: skip + limit, limit } : undefined)
}

/** Of a collection that clients know and of which there is nothing here. */
export const nothing = async (): Promise<JsonPage> => new JsonPage([])
