/** The exports and imports that a flow is made of, as their texts are stored. */
import type { Input } from '../../contract/operation.ts'
import { maxSteps, type descendants as operations } from '../../contract/operations/flows/descendants.ts'
import type { Context } from '../context.ts'
import { checkExists } from '../documents/documents.ts'
import { JsonText } from '../result.ts'

export async function listFlowDescendants(ctx: Context, { params }: Input<(typeof operations)['listFlowDescendants']>): Promise<JsonText> {
  await checkExists(ctx, 'flows', params._id)
  const read = async (of: 'exports' | 'imports'): Promise<string> =>
    (await ctx.store.integrationResources.listStepsOfFlow(ctx.caller.envId, params._id, of, maxSteps)).join(',')
  return new JsonText(`{"exports":[${await read('exports')}],"imports":[${await read('imports')}]}`)
}
