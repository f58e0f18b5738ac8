/** Runs one export or import while somebody waits: a stored one, or a virtual one that is sent along. Leaves no job and no document behind. */
import type { Input, Result } from '../../contract/operation.ts'
import type { invocations as operations } from '../../contract/operations/on-request/invocations.ts'
import { checkReferences } from '../access/reference-access.ts'
import { checkNotPaused } from '../app-code/licensing.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'
import { recordRepeatedAct } from '../audit/audit-entry.ts'
import { notFound } from '../documents/documents.ts'
import { openPageState, sealPageState } from './paged-export-state.ts'
import type { Context } from '../context.ts'
import type { ExportResult, ExportCall, ImportCall, ImportResult } from '../ports/applications.ts'
import { revealSecrets } from '../secrets.ts'
import { buildVirtualStep } from './virtual-step.ts'
import type { Doc } from '../ports/document.ts'

type Ops = typeof operations
type ExportAnswer = Result<Ops['invokeExport']>
type Told = NonNullable<Input<Ops['invokeExport']>['body']>
type Sent = Input<Ops['importOverConnection']>['body']

export async function invokeExport(ctx: Context, { params, body }: Input<Ops['invokeExport']>): Promise<ExportAnswer> {
  return runExport(ctx, await readStored(ctx, 'exports', params._id), body ?? {}, false)
}

export async function invokeImport(ctx: Context, { params, body }: Input<Ops['invokeImport']>): Promise<Result<Ops['invokeImport']>> {
  const { data, settings } = Array.isArray(body) ? { data: body, settings: undefined } : body
  const doc = await readStored(ctx, 'imports', params._id)
  return runImport(ctx, { doc, data: toList(data), ...(settings && { settings }) })
}

export const exportOver =
  (pages: 'many' | 'one') =>
  async (ctx: Context, { params, body }: Input<Ops['exportOverConnection']>): Promise<ExportAnswer> =>
    runExport(
      ctx,
      await recordInvocation(ctx, params._id, 'export', await buildVirtualStep(ctx, 'exports', 'export', body.export, params._id)),
      body,
      pages === 'one',
    )

export async function importOverConnection(
  ctx: Context,
  { params, body }: Input<Ops['importOverConnection']>,
): Promise<Result<Ops['importOverConnection']>> {
  return runImport(ctx, await recordInvocation(ctx, params._id, 'import', await buildVirtualImport(ctx, params._id, body)))
}

export async function mapOverConnection(
  ctx: Context,
  { params, body }: Input<Ops['mapOverConnection']>,
): Promise<Result<Ops['mapOverConnection']>> {
  const { _flowId } = body
  const flow = _flowId === undefined ? [] : [{ collection: 'flows', id: _flowId, path: '_flowId' }]
  const call = { ...(await buildVirtualImport(ctx, params._id, body)), ...(_flowId !== undefined && { flowId: _flowId }) }
  await checkReferences(ctx, 'imports', call.doc, flow, undefined)
  return withInflightLimit(ctx, () => ctx.applications.map(ctx, call))
}

/** On record before anything is sent: what an application got is not taken back where the rest fails. */
async function recordInvocation<T>(ctx: Context, connectionId: string, what: 'export' | 'import', step: T): Promise<T> {
  await recordRepeatedAct(ctx.store, ctx, { event: 'invoke', collection: 'connections', _id: connectionId, details: { virtual: what } })
  return step
}

const buildVirtualImport = async (ctx: Context, connectionId: string, { import: sent, data, settings }: Sent): Promise<ImportCall> => ({
  doc: await buildVirtualStep(ctx, 'imports', 'import', sent, connectionId),
  // An import may need no record: its templates say it all.
  data: data === undefined ? [{}] : toList(data),
  ...(settings && { settings }),
})

/** With its secrets opened: what an adaptor needs of it never leaves the engine. */
async function readStored(ctx: Context, collection: 'exports' | 'imports', id: string): Promise<Doc> {
  const { envId } = ctx.caller
  const entry = await ctx.store.documents.find(envId, collection, id)
  if (!entry) throw notFound(collection)
  const { _integrationId } = entry.doc
  if (typeof _integrationId === 'string') await checkNotPaused(ctx.store, ctx, _integrationId)
  await recordRepeatedAct(ctx.store, ctx, { event: 'invoke', collection, _id: id, name: entry.doc.name })
  return revealSecrets(ctx.vault, envId, entry)
}

const toList = (data: Record<string, unknown> | readonly unknown[]): readonly unknown[] => (Array.isArray(data) ? data : [data])

const runImport = (ctx: Context, call: ImportCall): Promise<ImportResult[]> =>
  withInflightLimit(ctx, () => ctx.applications.import(ctx, call))

async function runExport(
  ctx: Context,
  doc: Doc,
  { data, settings, postData, pagedExportState }: Told,
  onePage: boolean,
): Promise<ExportAnswer> {
  const before = data === undefined && pagedExportState !== undefined ? openPageState(ctx, doc, pagedExportState) : undefined
  const call: ExportCall = {
    doc,
    onePage,
    ...(data !== undefined && { data }),
    ...(settings && { settings }),
    ...postData,
    ...(before && { from: before.from }),
  }
  const { next, pages, errors, ...answer }: ExportResult = await withInflightLimit(ctx, () => ctx.applications.export(ctx, call))
  return {
    ...answer,
    ...(errors.length > 0 && { errors }),
    ...(next && { pagedExportState: sealPageState(ctx, doc, { from: next, pageIndex: (before?.pageIndex ?? 0) + pages }) }),
  }
}
