/** Open errors of a step that fit a filter, all of them: counted, changed some thousand at a time, and written as a file. */
import { errorColumns, toErrorRow } from '../../contract/operations/flows/error-csv.ts'
import type { Input, Result } from '../../contract/operation.ts'
import { changedAtOnce, type matchingErrors as operations } from '../../contract/operations/flows/matching-errors.ts'
import type * as CsvStringify from 'csv-stringify/sync'
import { checkExists, notFound } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { lazyLoad } from '../lazy-load.ts'
import type { ErrorFilter, ErrorOfStep, ErrorPlace, StepKey } from '../ports/flow-errors.ts'
import type { RowsOf } from '../ports/store.ts'
import { FileStream } from '../result.ts'
import { findAssignee, readTagIds } from './error-assignment.ts'
import { readBodyFilter, readErrorFilter } from './error-filter.ts'
import { parseErrorCursor, recordStepAct, toErrorCursor } from './flow-errors.ts'

const csv = lazyLoad<typeof CsvStringify>('csv-stringify/sync')

type Ops = typeof operations
type Change = (rows: RowsOf<'flowErrors' | 'errorAssignment'>, errorIds: readonly string[]) => Promise<number>

export async function countMatchingErrors(
  ctx: Context,
  { params, body }: Input<Ops['countMatchingErrors']>,
): Promise<Result<Ops['countMatchingErrors']>> {
  await checkExists(ctx, 'flows', params._id)
  const filter = readBodyFilter(body.filter, 'filter')
  return { count: await ctx.store.flowErrors.countOpen(ctx.caller.envId, params._id, params._stepId, filter) }
}

export async function changeMatchingErrors(
  ctx: Context,
  { params, body }: Input<Ops['changeMatchingErrors']>,
): Promise<Result<Ops['changeMatchingErrors']>> {
  const { envId } = ctx.caller
  const filter = readBodyFilter(body.filter, 'filter')
  const { event, details, change } = await readChange(ctx, params._id, params._stepId, body)
  const after = body.after === undefined ? undefined : parseErrorCursor(body.after, 'invalid_field')
  return ctx.store.transaction(async (rows) => {
    const step = { flowId: params._id, stepId: params._stepId }
    const { errorIds, next } = await rows.flowErrors.findMatching(envId, step, filter, after, changedAtOnce)
    const numChanged = errorIds.length > 0 ? await change(rows, errorIds) : 0
    if (numChanged > 0) await recordStepAct(rows, ctx, event, params, { ...details, count: numChanged, filter: body.filter })
    return { numChanged, ...(next && { after: toErrorCursor(next) }) }
  })
}

async function readChange(
  ctx: Context,
  _id: string,
  _stepId: string,
  { resolve, email, tagIds }: Input<Ops['changeMatchingErrors']>['body'],
): Promise<{ event: 'resolve' | 'assign' | 'tag'; details: object; change: Change }> {
  const { envId, userId } = ctx.caller
  const named = [resolve, email, tagIds].filter((each) => each !== undefined).length
  const flow = await ctx.store.documents.find(envId, 'flows', _id)
  if (!flow) throw notFound('flows')
  if (named !== 1)
    throw new DomainError(
      named === 0 ? 'missing_required_field' : 'invalid_field',
      'Expected one of resolve, email and tagIds: that is what is done with the errors.',
      'resolve',
    )
  if (email !== undefined) {
    const assignee = await findAssignee(ctx, email, flow.doc._integrationId ?? '')
    const change: Change = async (rows, ids) => (await rows.errorAssignment.assign(envId, _id, _stepId, ids, assignee)).length
    return { event: 'assign', details: { assignedTo: assignee }, change }
  }
  if (tagIds) {
    const known = await readTagIds(ctx, tagIds)
    return {
      event: 'tag',
      details: { tagIds: known },
      change: async (rows, ids) => (await rows.errorAssignment.tag(envId, _id, _stepId, ids, known)).length,
    }
  }
  const at = ctx.now().toISOString()
  return { event: 'resolve', details: {}, change: (rows, ids) => rows.flowErrors.resolve(envId, _id, _stepId, ids, userId, at) }
}

/** Errors that are read and written at once. */
const rowsAtOnce = 1000

export async function downloadErrors(ctx: Context, { params, query }: Input<Ops['downloadErrors']>): Promise<FileStream> {
  await checkExists(ctx, 'flows', params._id)
  const step = { flowId: params._id, stepId: params._stepId }
  return new FileStream(writeRows(ctx, step, readErrorFilter(query)), `errors-${params._stepId}.csv`)
}

async function* writeRows({ store, caller }: Context, step: StepKey, filter: ErrorFilter): AsyncGenerator<string> {
  yield csvHeader()
  for (let after: ErrorPlace | undefined; ;) {
    const page = { ...filter, limit: rowsAtOnce, ...(after && { after }) }
    const { errors, next } = await store.flowErrors.listPage(caller.envId, [step], 'open', page)
    if (errors.length > 0) yield toCsv(errors)
    if (!next) return
    after = next
  }
}

export const csvHeader = (): string => csv().stringify([[...errorColumns]])

export const toCsv = (errors: readonly ErrorOfStep[]): string =>
  csv().stringify(errors.map(({ flowId, stepId, ...error }) => toErrorRow({ ...error, _flowId: flowId, _stepId: stepId })))
