/** What belongs to an integration: its flows, their steps, its connections and async helpers, as their texts are stored. */
import type { Input } from '../../contract/operation.ts'
import { maxMembers, type integrationResources as operations } from '../../contract/operations/integrations/integration-resources.ts'
import { canSee } from '../access/access.ts'
import { JsonPage } from '../result.ts'
import { exists, notFound } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import type { IntegrationResources } from '../ports/integration-resources.ts'
import { resolveLimit } from './quirks.ts'

type Ops = typeof operations
type Read = (from: IntegrationResources, envId: string, integrationId: string, limit: number) => Promise<string[]>

export const listIntegrationFlows = (ctx: Context, { params, query }: Input<Ops['listIntegrationFlows']>) =>
  list(ctx, params._id, resolveLimit(ctx, query.limit, maxMembers, { unknownIsEmpty: true }), (from, ...of) => from.listFlows(...of))

export const listIntegrationExports = (ctx: Context, { params, query }: Input<Ops['listIntegrationExports']>) =>
  list(ctx, params._id, resolveLimit(ctx, query.limit, maxMembers, { more: 1, unknownIsEmpty: true }), stepsOf('exports'))

export const listIntegrationImports = (ctx: Context, { params, query }: Input<Ops['listIntegrationImports']>) =>
  list(ctx, params._id, resolveLimit(ctx, query.limit, maxMembers, { more: 1, unknownIsEmpty: true }), stepsOf('imports'))

export const listIntegrationConnections = (ctx: Context, { params, query }: Input<Ops['listIntegrationConnections']>) =>
  list(ctx, params._id, resolveLimit(ctx, query.limit, maxMembers, {}), (from, ...of) => from.listConnections(...of))

export const listIntegrationAsyncHelpers = (ctx: Context, { params }: Input<Ops['listIntegrationAsyncHelpers']>) =>
  list(ctx, params._id, resolveLimit(ctx, undefined, maxMembers, {}), (from, ...of) => from.listAsyncHelpers(...of))

const stepsOf =
  (kind: 'exports' | 'imports'): Read =>
  (from, envId, integrationId, limit) =>
    from.listSteps(envId, integrationId, kind, limit)

async function list(ctx: Context, id: string, { limit, unknownFails }: ReturnType<typeof resolveLimit>, read: Read): Promise<JsonPage> {
  const isThere = (await exists(ctx, 'integrations', id)) && (await canSee(ctx, { collection: 'integrations', id }))
  if (!isThere && unknownFails) throw notFound('integrations')
  return new JsonPage(isThere ? await read(ctx.store.integrationResources, ctx.caller.envId, id, limit) : [])
}
