/** What was heard of the console of a script. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxLines, type scripts as operations } from '../../contract/operations/documents/scripts.ts'
import { checkExists } from './documents.ts'
import type { Context } from '../context.ts'

type Ops = typeof operations

export async function listScriptLogs(
  ctx: Context,
  { params, query }: Input<Ops['listScriptLogs']>,
): Promise<Result<Ops['listScriptLogs']>> {
  await checkExists(ctx, 'scripts', params._id)
  const lines = await ctx.store.scriptLogs.page(ctx.caller.envId, params._id, {
    limit: query.limit ?? maxLines,
    ...(query.logLevel !== undefined && { level: query.logLevel }),
    ...(query.time_gt !== undefined && { after: query.time_gt }),
    ...(query.time_lte !== undefined && { until: query.time_lte }),
  })
  return { logs: lines.map(({ level, ...line }) => ({ ...line, logLevel: level })) }
}
