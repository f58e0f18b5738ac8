/** The relatives of an integration, as far as the caller may see them. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxFamily, type cloneFamily as operations } from '../../contract/operations/integrations/clone-family.ts'
import { visibleIntegrations } from '../access/access.ts'
import { checkExists } from '../documents/documents.ts'
import { canReachEnvironment } from '../access/extent.ts'
import { ignorableFields } from '../rules/ignorable-fields.ts'
import type { Context } from '../context.ts'

type Ops = typeof operations

export async function listIntegrationCloneFamily(
  ctx: Context,
  { params }: Input<Ops['listIntegrationCloneFamily']>,
): Promise<Result<Ops['listIntegrationCloneFamily']>> {
  await checkExists(ctx, 'integrations', params._id)
  const { accountId, envId } = ctx.caller
  const found = await ctx.store.lineage.findFamily(accountId, envId, params._id, maxFamily)
  const visible = visibleIntegrations(ctx)
  return found
    .filter(({ _id, _envId }) => (visible?.includes(_id) ?? true) && canReachEnvironment(ctx, _envId))
    .map(({ _id, name, _envId, _sourceId }) => ({ _id, ...(name != null && { name }), _envId, ...(_sourceId != null && { _sourceId }) }))
}

export async function getIntegrationILMIgnoreFields(
  ctx: Context,
  { params }: Input<Ops['getIntegrationILMIgnoreFields']>,
): Promise<Record<string, string[]>> {
  await checkExists(ctx, 'integrations', params._id)
  return ignorableFields()
}
