/** Counts the open errors of an integration by flow. */
import type { Input, Result } from '../../contract/operation.ts'
import type { integrations as operations } from '../../contract/operations/integrations/integration-errors.ts'
import { checkExists } from '../documents/documents.ts'
import type { Context } from '../context.ts'

/** Every flow of the integration, as long as any has an open error; otherwise an empty list, which answers 204. */
export async function listIntegrationErrors(
  ctx: Context,
  { params }: Input<(typeof operations)['listIntegrationErrors']>,
): Promise<Result<(typeof operations)['listIntegrationErrors']>> {
  await checkExists(ctx, 'integrations', params._id)
  const counts = await ctx.store.flowErrors.countByFlow(ctx.caller.envId, params._id)
  return counts.some(({ numError }) => numError > 0) ? counts.map(({ id, ...count }) => ({ _flowId: id, ...count })) : []
}
