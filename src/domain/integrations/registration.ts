/** Registers a connection to an integration, or takes that back. Neither side has to be asked first: the answer is the same the second time. */
import type { Input } from '../../contract/operation.ts'
import type { registration as operations } from '../../contract/operations/integrations/registration.ts'
import { canAddToIntegration } from '../access/access.ts'
import { notFound } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import { addIds, rewriteRegistered, removeIds } from '../rules/registered-connections.ts'

type ByPath = Input<(typeof operations)['registerConnectionToIntegration']>
type ByBody = Input<(typeof operations)['registerConnectionToIntegrationByBody']>

export const registerConnectionToIntegration = (ctx: Context, { params }: ByPath) =>
  change(ctx, params._id, params._connectionId, addIds([params._connectionId]))

export const registerConnectionToIntegrationByBody = (ctx: Context, { params, body }: ByBody) =>
  change(ctx, params._id, body._connectionId, addIds([body._connectionId]))

/** One that was deleted while it was registered can still be taken out. */
export const unregisterConnectionFromIntegration = (ctx: Context, { params }: ByPath) =>
  change(ctx, params._id, params._connectionId, removeIds(params._connectionId), true)

async function change(
  ctx: Context,
  integrationId: string,
  connectionId: string,
  how: ReturnType<typeof removeIds>,
  takesOut = false,
): Promise<undefined> {
  await ctx.store.transaction(async (rows) => {
    const before = await rows.documents.lock(ctx.caller.envId, 'integrations', integrationId)
    if (!before) throw notFound('integrations')
    const connection = { path: '_connectionId', collection: 'connections', id: connectionId }
    if (!(await canAddToIntegration(ctx, rows, connection))) throw notFound('connections')
    const isListed = (before.doc._registeredConnectionIds as readonly string[] | undefined)?.includes(connectionId) === true
    if (!(await rewriteRegistered(rows, ctx, before, how, takesOut && isListed ? [] : [connection]))) throw notFound('connections')
  })
  return undefined
}
