/** The errors of a flow's steps as callers work through them: look, correct, send again, resolve. */
import type { Input } from '../../contract/operation.ts'
import {
  classifications,
  errorsPerPage,
  type Classification,
  type flowErrors as operations,
} from '../../contract/operations/flows/flow-errors.ts'
import { recordAct, type AuditedAct } from '../audit/audit-entry.ts'
import { checkExists } from '../documents/documents.ts'
import { checkNotPaused } from '../app-code/licensing.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { cutPage } from '../paging.ts'
import type { ErrorFilter, FlowError, RetryData } from '../ports/flow-errors.ts'
import { enqueueRun } from './run-flow.ts'
import { isStep } from '../rules/step-paths.ts'
import { parseTime } from '../times.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
type Step = { readonly _id: string; readonly _stepId: string }

export async function listFlowErrors(ctx: Context, { params }: Input<Ops['listFlowErrors']>) {
  await checkExists(ctx, 'flows', params._id)
  const known = await ctx.store.flowErrors.countByStep(ctx.caller.envId, params._id)
  const counts = new Map(known.map(({ id, ...count }) => [id, count]))
  const steps = (await listSteps(ctx, params._id)).filter((id) => !counts.has(id))
  return {
    flowErrors: [
      ...[...counts].map(([_expOrImpId, count]) => ({ _expOrImpId, ...count })),
      ...steps.map((_expOrImpId) => ({ _expOrImpId, numError: 0 })),
    ],
  }
}

/** The exports and imports that the flow names, wherever it names them. */
async function listSteps(ctx: Context, flowId: string): Promise<readonly string[]> {
  const references = await ctx.store.documents.listReferences(ctx.caller.envId, 'flows', [flowId])
  const used = references.filter(isStep)
  return [...new Set(used.map(({ id }) => id))]
}

export async function listStepErrors(ctx: Context, { params, query }: Input<Ops['listStepErrors']>) {
  await checkExists(ctx, 'flows', params._id)
  const found = await ctx.store.flowErrors.listOpen(ctx.caller.envId, params._id, params._stepId, toErrorFilter(query))
  const { rows, nextPageURL } = toErrorPage(found, `/v1/flows/${params._id}/${params._stepId}/errors`, query)
  return { errors: rows, ...(nextPageURL && { nextPageURL }) }
}

export async function listResolvedErrors(ctx: Context, { params, query }: Input<Ops['listResolvedErrors']>) {
  await checkExists(ctx, 'flows', params._id)
  const found = await ctx.store.flowErrors.listResolved(ctx.caller.envId, params._id, params._stepId, toErrorFilter(query))
  const { rows, nextPageURL } = toErrorPage(found, `/v1/flows/${params._id}/${params._stepId}/resolved`, query)
  return { resolved: rows, ...(nextPageURL && { nextPageURL }) }
}

type Query = Input<Ops['listStepErrors']>['query']

function toErrorFilter(query: Query): ErrorFilter {
  return {
    limit: errorsPerPage + 1,
    ...(query.occurredAt_gte !== undefined && { occurredAtGte: parseTime(query.occurredAt_gte, 'occurredAt_gte') }),
    ...(query.occurredAt_lte !== undefined && { occurredAtLte: parseTime(query.occurredAt_lte, 'occurredAt_lte') }),
    ...(query.source !== undefined && { source: query.source }),
    ...(query.classification !== undefined && { classifications: parseClassifications(query.classification) }),
    ...(query.after !== undefined && { after: parseCursor(query.after) }),
  }
}

function parseClassifications(text: string): Classification[] {
  const named = text.split(',') as Classification[]
  const stranger = named.find((each) => !classifications.includes(each))
  if (stranger === undefined) return named
  const message = `The classification query param does not know ${stranger}: it is one of ${classifications.join(', ')}.`
  throw new DomainError('invalid_query_params', message, 'classification')
}

/** `<milliseconds>-<errorId>`: the last error of the page before. */
function parseCursor(after: string): { occurredAt: string; errorId: string } {
  const [, at, errorId] = /^(\d{1,15})-([0-9a-f]{24})$/.exec(after) ?? []
  if (at === undefined || errorId === undefined)
    throw new DomainError('invalid_query_params', 'The after query param is not one that a nextPageURL gave.', 'after')
  return { occurredAt: parseTime(at, 'after'), errorId }
}

function toErrorPage<E extends FlowError>(found: readonly E[], path: string, query: Query): { rows: E[]; nextPageURL: string | undefined } {
  const { records, isLast } = cutPage(found, errorsPerPage)
  const rows = [...records]
  const last = rows.at(-1)
  if (isLast || !last) return { rows, nextPageURL: undefined }
  const filters = Object.entries(query).flatMap(([name, value]) => (typeof value === 'string' && name !== 'after' ? [[name, value]] : []))
  const next = new URLSearchParams([...filters, ['after', `${Date.parse(last.occurredAt)}-${last.errorId}`]] as [string, string][])
  return { rows, nextPageURL: `${path}?${next.toString()}` }
}

export async function resolveErrors(ctx: Context, { params, body }: Input<Ops['resolveErrors']>): Promise<undefined> {
  await checkExists(ctx, 'flows', params._id)
  const { envId, userId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const count = await rows.flowErrors.resolve(envId, params._id, params._stepId, body.errors, userId, ctx.now().toISOString())
    await recordStepAct(rows, ctx, 'resolve', params, { count })
  })
  return undefined
}

/** A retry is a run of its own, after any run of the flow that is going on. Keys that nothing open belongs to are refused before anything starts. */
export async function retryErrors(ctx: Context, { params, body }: Input<Ops['retryErrors']>): Promise<{ _jobId: string; _id: string }> {
  const { envId, userId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const flow = await rows.documents.find(envId, 'flows', params._id)
    if (!flow) throw new DomainError('not_found', 'Flow not found.', '_flowId')
    const keys = [...new Set([...(body.retryDataKeys ?? []), ...(await listRetryDataKeys(rows, envId, params, body.errorIds ?? []))])]
    if (keys.length === 0)
      throw new DomainError('missing_required_field', 'Expected field: retryDataKeys to be present, or errorIds.', 'retryDataKeys')
    const known = new Set(
      (await rows.flowErrors.listRetryable(envId, params._id, params._stepId, keys)).map(({ retryDataKey }) => retryDataKey),
    )
    const stranger = keys.find((key) => !known.has(key))
    if (stranger !== undefined)
      throw new DomainError('invalid_ref', `No open error of this step has the retry data ${stranger}.`, 'retryDataKeys')
    await checkNotPaused(rows, ctx, flow.doc._integrationId)
    const isExport = (await rows.documents.readText(envId, 'exports', params._stepId)) !== undefined
    const _id = ctx.newId()
    const of = isExport ? { _exportId: params._stepId } : { _importId: params._stepId }
    const order = { retry: { stepId: params._stepId, retryDataKeys: keys } }
    await enqueueRun(rows, envId, flow.doc, { _id, type: 'retry', _userId: userId, createdAt: ctx.now().toISOString(), ...of, order })
    await recordStepAct(rows, ctx, 'retry', params, { _jobId: _id, count: keys.length })
    return { _jobId: _id, _id }
  })
}

/** The retry data of open errors. One without any is refused: its record cannot be sent again. */
async function listRetryDataKeys(
  rows: RowsOf<'flowErrors'>,
  envId: string,
  { _id, _stepId }: Step,
  errorIds: readonly string[],
): Promise<readonly string[]> {
  if (errorIds.length === 0) return []
  const keys = await rows.flowErrors.findRetryDataKeys(envId, _id, _stepId, errorIds)
  const stranger = errorIds.find((id) => !keys.has(id))
  if (stranger !== undefined)
    throw new DomainError('invalid_ref', `No open error of this step with retry data has the id ${stranger}.`, 'errorIds')
  return [...keys.values()]
}

const noRetryData = (): DomainError => new DomainError('not_found', 'Retry data not found.', 'retryDataKey')

export async function getRetryData(ctx: Context, { params }: Input<Ops['getRetryData']>): Promise<RetryData> {
  const found = await ctx.store.flowErrors.findRetryData(ctx.caller.envId, ...toRetryKey(params))
  if (!found) throw noRetryData()
  return found
}

export async function updateRetryData(ctx: Context, { params, body }: Input<Ops['updateRetryData']>): Promise<undefined> {
  await ctx.store.transaction(async (rows) => {
    if (!(await rows.flowErrors.replaceRetryData(ctx.caller.envId, ...toRetryKey(params), body))) throw noRetryData()
    await recordStepAct(rows, ctx, 'update', params, { retryDataKey: params.retryDataKey })
  })
  return undefined
}

const recordStepAct = (
  rows: RowsOf<'audit'>,
  ctx: Context,
  event: AuditedAct['event'],
  { _id, _stepId }: Step,
  told: object,
): Promise<void> => recordAct(rows, ctx, { event, collection: 'flows', _id, details: { _stepId, ...told } })

const toRetryKey = (params: Step & { readonly retryDataKey: string }): [string, string, string] => [
  params._id,
  params._stepId,
  params.retryDataKey,
]
