/** Failed records that are corrected and sent again: those that are named, or all whose errors fit a filter. */
import type { Input } from '../../contract/operation.ts'
import { maxRetryData, type flowErrors as operations } from '../../contract/operations/flows/flow-errors.ts'
import { checkNotPaused } from '../app-code/licensing.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { checkIfMatch, computeEtag } from '../etag.ts'
import { JsonText } from '../result.ts'
import type { NewJob, RetryOrder } from '../ports/jobs.ts'
import type { RowsOf } from '../ports/store.ts'
import { readBodyFilter } from './error-filter.ts'
import { recordStepAct, type Step } from './flow-errors.ts'
import { enqueueRun } from './run-flow.ts'

type Ops = typeof operations
type Body = Input<Ops['retryErrors']>['body']

/** A retry is a run of its own, after any run of the flow that is going on. What nothing open belongs to is refused before anything starts. */
export async function retryErrors(ctx: Context, { params, body }: Input<Ops['retryErrors']>): Promise<{ _jobId: string; _id: string }> {
  const { envId, userId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const flow = await rows.documents.find(envId, 'flows', params._id)
    if (!flow) throw new DomainError('not_found', 'Flow not found.', '_flowId')
    const retry = await readOrder(rows, envId, params, body)
    await checkNotPaused(rows, ctx, flow.doc._integrationId)
    const _id = ctx.newId()
    const createdAt = ctx.now().toISOString()
    await enqueueRun(rows, envId, flow.doc, { ...(await toRetryJob(rows, envId, retry)), _id, _userId: userId, createdAt })
    const { filter, retryDataKeys } = retry
    await recordStepAct(rows, ctx, 'retry', params, { _jobId: _id, ...(filter ? { filter } : { count: retryDataKeys?.length }) })
    return { _jobId: _id, _id }
  })
}

/** What the job of a retry says of it. */
export async function toRetryJob(
  rows: RowsOf<'documents'>,
  envId: string,
  retry: RetryOrder,
): Promise<Pick<NewJob, 'type' | 'order' | 'numRetry' | '_exportId' | '_importId'>> {
  const { stepId, filter, retryDataKeys } = retry
  const isExport = (await rows.documents.readText(envId, 'exports', stepId)) !== undefined
  return {
    type: filter ? 'bulk_retry' : 'retry',
    ...(isExport ? { _exportId: stepId } : { _importId: stepId }),
    order: { retry },
    ...(retryDataKeys && { numRetry: retryDataKeys.length }),
  }
}

async function readOrder(rows: RowsOf<'retryData'>, envId: string, step: Step, body: Body): Promise<RetryOrder> {
  const stepId = step._stepId
  if (body.errorFileId !== undefined)
    throw new DomainError(
      'invalid_field',
      'Errors are not read from files here: send those that fit a filter instead, however many they are.',
      'errorFileId',
    )
  const isNamed = body.retryDataKeys !== undefined || body.errorIds !== undefined
  if (body.filter && isNamed)
    throw new DomainError('invalid_field', 'Expected either filter, or retryDataKeys and errorIds: not both.', 'filter')
  if (body.filter) return { stepId, filter: readBodyFilter(body.filter, 'filter') }
  if (!isNamed)
    throw new DomainError('missing_required_field', 'Expected field: retryDataKeys to be present, or errorIds, or filter.', 'retryDataKeys')
  return { stepId, retryDataKeys: await readKeys(rows, envId, step, body) }
}

const whatIsKept = `A step keeps the records of its newest ${maxRetryData.toLocaleString('en')} errors.`

async function readKeys(rows: RowsOf<'retryData'>, envId: string, { _id, _stepId }: Step, body: Body): Promise<readonly string[]> {
  const { retryDataKeys = [], errorIds = [] } = body
  const known = retryDataKeys.length > 0 ? await rows.retryData.filterRetryable(envId, _id, _stepId, retryDataKeys) : new Set()
  const stranger = retryDataKeys.find((key) => !known.has(key))
  if (stranger !== undefined)
    throw new DomainError('invalid_ref', `No open error of this step has the retry data ${stranger}. ${whatIsKept}`, 'retryDataKeys')
  const keyOf = errorIds.length > 0 ? await rows.retryData.findKeys(envId, _id, _stepId, errorIds) : new Map<string, string>()
  const without = errorIds.find((id) => !keyOf.has(id))
  if (without !== undefined)
    throw new DomainError('invalid_ref', `No open error of this step with retry data has the id ${without}. ${whatIsKept}`, 'errorIds')
  return [...new Set([...retryDataKeys, ...keyOf.values()])]
}

const noRetryData = (): DomainError => new DomainError('not_found', `Retry data not found. ${whatIsKept}`, 'retryDataKey')

export async function getRetryData(ctx: Context, { params }: Input<Ops['getRetryData']>): Promise<JsonText> {
  const found = await ctx.store.retryData.find(ctx.caller.envId, ...toRetryKey(params))
  if (!found) throw noRetryData()
  return new JsonText(JSON.stringify(found))
}

export async function updateRetryData(ctx: Context, { params, body }: Input<Ops['updateRetryData']>): Promise<undefined> {
  await ctx.store.transaction(async (rows) => {
    const key = [ctx.caller.envId, ...toRetryKey(params)] as const
    const before = await rows.retryData.lock(...key)
    if (!before) throw noRetryData()
    checkIfMatch(ctx.ifMatch, computeEtag(JSON.stringify(before)))
    await rows.retryData.replace(...key, body)
    await recordStepAct(rows, ctx, 'update', params, { retryDataKey: params.retryDataKey })
  })
  return undefined
}

const toRetryKey = (params: Step & { readonly retryDataKey: string }): [string, string, string] => [
  params._id,
  params._stepId,
  params.retryDataKey,
]
