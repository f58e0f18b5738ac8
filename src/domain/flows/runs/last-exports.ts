/** Since when a flow exports: each page generator goes on from the last run of it that completed. */
import type { FlowDocument } from '../../../contract/document.ts'
import type { Input, Result } from '../../../contract/operation.ts'
import type { lastExport as operations } from '../../../contract/operations/flows/last-export.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../documents/documents.ts'
import type { RowsOf } from '../../ports/store.ts'

type Op = (typeof operations)['getLastExportDateTime']

/** By export: the start of its last run that completed, or of the last one of the flow that it is to stay behind. */
export async function readLastExports(rows: RowsOf<'jobs'>, envId: string, flow: FlowDocument): Promise<ReadonlyMap<string, string>> {
  const since = new Map<string, string>()
  for (const each of flow.pageGenerators ?? []) {
    const behind = each._keepDeltaBehindFlowId
      ? { flowId: each._keepDeltaBehindFlowId, exportId: each._keepDeltaBehindExportId }
      : {
          flowId: flow._keepDeltaBehindFlowId ?? flow._id,
          exportId: flow._keepDeltaBehindFlowId ? flow._keepDeltaBehindExportId : each._exportId,
        }
    const at = await rows.jobs.findLastSuccess(envId, behind.flowId, behind.exportId)
    if (at) since.set(each._exportId, at)
  }
  return since
}

export async function getLastExportDateTime(ctx: Context, { params }: Input<Op>): Promise<Result<Op>> {
  const flow = await ctx.store.documents.find(ctx.caller.envId, 'flows', params._id)
  if (!flow) throw notFound('flows')
  const since = await readLastExports(ctx.store, ctx.caller.envId, flow.doc)
  // One that never completed exports from the beginning.
  if (flow.doc.pageGenerators?.some(({ _exportId }) => !since.has(_exportId))) return {}
  const [furthestBack] = [...since.values()].toSorted()
  return furthestBack === undefined ? {} : { lastExportDateTime: furthestBack }
}
