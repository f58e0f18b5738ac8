/** Listening to the console of a script: until when, and what was heard. */
import type { Input, Result } from '../contract/operation.ts'
import { maxDebugMs, maxLines, type scripts as operations } from '../contract/operations/scripts.ts'
import { amend, mustExist } from './documents.ts'
import { DomainError } from './errors.ts'
import type { Context } from './ports.ts'

type Ops = typeof operations

export async function patchScript(ctx: Context, { params, body }: Input<Ops['patchScript']>): Promise<undefined> {
  let debugUntil = ''
  for (const { op, path, value } of body) {
    if ((op as string) !== 'replace')
      throw new DomainError('invalid_patch', `The operation ${String(op)} is not supported: only replace is.`, path)
    if (path !== '/debugUntil') throw new DomainError('invalid_patch', `${path} is not a whitelisted property`, path)
    const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (Number.isNaN(time)) throw new DomainError('invalid_field', 'debugUntil must be a time.', 'debugUntil')
    if (time > ctx.now().getTime() + maxDebugMs)
      throw new DomainError('invalid_field', 'debugUntil must be within an hour from now.', 'debugUntil')
    debugUntil = new Date(time).toISOString()
  }
  await amend(ctx, 'scripts', params._id, () => ({ debugUntil }))
  return undefined
}

export async function listScriptLogs(
  ctx: Context,
  { params, query }: Input<Ops['listScriptLogs']>,
): Promise<Result<Ops['listScriptLogs']>> {
  await mustExist(ctx, 'scripts', params._id)
  const lines = await ctx.store.scriptLogs.page(ctx.caller.envId, params._id, {
    limit: query.limit ?? maxLines,
    ...(query.logLevel !== undefined && { level: query.logLevel }),
    ...(query.time_gt !== undefined && { after: query.time_gt }),
    ...(query.time_lte !== undefined && { until: query.time_lte }),
  })
  return { logs: lines.map(({ level, ...line }) => ({ ...line, logLevel: level })) }
}
