/** Tries out a tool with a mock input, while somebody waits. */
import type { Input, Result } from '../../contract/operation.ts'
import type { testRuns as operations } from '../../contract/operations/on-request/test-runs.ts'
import type { Context } from '../context.ts'
import { notFound } from '../documents/documents.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'
import { recordTest } from './record-test.ts'

type Ops = typeof operations

export async function testTool(ctx: Context, { params, body = {} }: Input<Ops['testTool']>): Promise<Result<Ops['testTool']>> {
  const doc = (await ctx.store.documents.find(ctx.caller.envId, 'tools', params._id))?.doc
  if (!doc) throw notFound('tools')
  const allowed = await recordTest(ctx, 'tools', doc, body)
  const input = body.mockInput ?? doc.input?.mockInput ?? {}
  return withInflightLimit(ctx, () => ctx.applications.testTool(ctx, { toolId: doc._id, input, ...allowed }))
}
