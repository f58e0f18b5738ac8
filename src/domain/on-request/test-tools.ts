/** Tries out a tool with a mock input, while somebody waits. */
import type { Input, Result } from '../../contract/operation.ts'
import type { testRuns as operations } from '../../contract/operations/on-request/test-runs.ts'
import { checkNotPaused } from '../app-code/licensing.ts'
import { recordAct } from '../audit/audit-entry.ts'
import type { Context } from '../context.ts'
import { notFound } from '../documents/documents.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'

type Ops = typeof operations

export async function testTool(ctx: Context, { params, body = {} }: Input<Ops['testTool']>): Promise<Result<Ops['testTool']>> {
  const doc = (await ctx.store.documents.find(ctx.caller.envId, 'tools', params._id))?.doc
  if (!doc) throw notFound('tools')
  const { allowImports = false, allowScriptWrites = false } = body
  await checkNotPaused(ctx.store, ctx, doc._integrationId)
  await recordAct(ctx.store, ctx, {
    event: 'invoke',
    collection: 'tools',
    _id: doc._id,
    name: doc.name,
    details: { test: true, allowImports, allowScriptWrites },
  })
  const input = body.mockInput ?? doc.input?.mockInput ?? {}
  const call = { toolId: doc._id, input, sendsImports: allowImports, scriptsWrite: allowScriptWrites }
  return withInflightLimit(ctx, () => ctx.applications.testTool(ctx, call))
}
