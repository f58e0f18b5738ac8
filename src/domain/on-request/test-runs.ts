/** Tries out a flow with one page, while somebody waits. Leaves no job and no document behind. */
import type { Static } from 'typebox'
import type { Input, Result } from '../../contract/operation.ts'
import type { testRuns as operations } from '../../contract/operations/on-request/test-runs.ts'
import type { flow } from '../../contract/resources/flow.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import { listRunnableGenerators } from '../flows/run-flow.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'
import type { Context } from '../context.ts'
import { recordTest } from './record-test.ts'

type Ops = typeof operations
type Flow = Static<typeof flow.stored>

export async function testFlow(ctx: Context, { params, body = {} }: Input<Ops['testFlow']>): Promise<Result<Ops['testFlow']>> {
  const entry = await ctx.store.documents.find(ctx.caller.envId, 'flows', params._id)
  if (!entry) throw notFound('flows')
  const doc = entry.doc as unknown as Flow
  const generators = listRunnableGenerators(doc)
  const { _exportId: exportId = generators[0] as string, export: bounds } = body
  if (!generators.includes(exportId))
    throw new DomainError('invalid_ref', `The flow has no page generator with the export ${exportId}.`, '_exportId')
  const allowed = await recordTest(ctx, 'flows', doc, body, { _exportId: exportId })
  return withInflightLimit(ctx, () => ctx.applications.test(ctx, { flowId: doc._id, exportId, ...bounds, ...allowed }))
}
