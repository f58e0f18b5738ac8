/** The errors of the steps of a flow or an API as callers work through them: look and resolve. What is sent again is in retries.ts. */
import type { Input } from '../../contract/operation.ts'
import { errorsPerPage, type flowErrors as operations } from '../../contract/operations/flows/flow-errors.ts'
import { recordAct, type AuditedAct } from '../audit/audit-entry.ts'
import { checkExists } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { ErrorFilter, ErrorOfStep, ErrorPage, ErrorPlace, StepKey } from '../ports/flow-errors.ts'
import { readErrorFilter } from './error-filter.ts'
import { isStep } from '../rules/step-paths.ts'
import { parseTime } from '../times.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
export type Step = { readonly _id: string; readonly _stepId: string }

/** Whose steps they are. */
export type StepsOwner = 'flows' | 'apis' | 'tools'

export async function listFlowErrors(ctx: Context, { params }: Input<Ops['listFlowErrors']>) {
  return { flowErrors: await countErrors(ctx, 'flows', params._id) }
}

export async function countErrors(ctx: Context, owner: StepsOwner, ownerId: string) {
  await checkExists(ctx, owner, ownerId)
  const known = await ctx.store.flowErrors.countByStep(ctx.caller.envId, ownerId)
  const counts = new Map(known.map(({ id, ...count }) => [id, count]))
  const steps = (await listSteps(ctx, owner, ownerId)).filter((id) => !counts.has(id))
  return [
    ...[...counts].map(([_expOrImpId, count]) => ({ _expOrImpId, ...count })),
    ...steps.map((_expOrImpId) => ({ _expOrImpId, numError: 0 })),
  ]
}

/** The exports and imports that it names, wherever it names them. */
async function listSteps(ctx: Context, owner: StepsOwner, ownerId: string): Promise<readonly string[]> {
  const references = await ctx.store.documents.listReferences(ctx.caller.envId, owner, [ownerId])
  const used = references.filter(owner === 'flows' ? isStep : ({ collection }) => collection === 'exports' || collection === 'imports')
  return [...new Set(used.map(({ id }) => id))]
}

export const listErrorsOf =
  (owner: StepsOwner) =>
  async (ctx: Context, { params, query }: Input<Ops['listStepErrors']>) => {
    await checkExists(ctx, owner, params._id)
    const { errors, next } = await ctx.store.flowErrors.listPage(
      ctx.caller.envId,
      [toStepKey(params)],
      'open',
      await toErrorPage(ctx, query),
    )
    const path = `/v1/${owner}/${params._id}/${params._stepId}/errors`
    return { errors: errors.map(withoutStep), ...(next && { nextPageURL: toNextPage(path, query, next) }) }
  }

export const listStepErrors = listErrorsOf('flows')

export const listResolvedOf =
  (owner: StepsOwner) =>
  async (ctx: Context, { params, query }: Input<Ops['listResolvedErrors']>) => {
    await checkExists(ctx, owner, params._id)
    const { errors, next } = await ctx.store.flowErrors.listPage(
      ctx.caller.envId,
      [toStepKey(params)],
      'resolved',
      await toErrorPage(ctx, query),
    )
    const path = `/v1/${owner}/${params._id}/${params._stepId}/resolved`
    const resolved = errors.map((error) => ({ resolvedAt: '', resolvedBy: '', ...withoutStep(error) }))
    return { resolved, ...(next && { nextPageURL: toNextPage(path, query, next) }) }
  }

export const listResolvedErrors = listResolvedOf('flows')

const toStepKey = ({ _id, _stepId }: Step): StepKey => ({ flowId: _id, stepId: _stepId })

const withoutStep = ({ flowId: _flow, stepId: _step, ...error }: ErrorOfStep): Omit<ErrorOfStep, keyof StepKey> => error

type Query = Input<Ops['listStepErrors']>['query']

export const toErrorPage = async (ctx: Context, query: Query): Promise<ErrorPage> => ({
  ...(await withTimesOfRun(ctx, readErrorFilter(query))),
  limit: query.limit ?? errorsPerPage,
  ...(query.order === 'asc' && { isAscending: true }),
  ...(query.after !== undefined && { after: parseErrorCursor(query.after, 'invalid_query_params') }),
})

/** Clocks of servers that share a database differ by less. Milliseconds. */
const clockSkewMs = 60_000

/** Errors of a run lie within its time: there are no others to look through. */
async function withTimesOfRun(ctx: Context, filter: ErrorFilter): Promise<ErrorFilter> {
  const run = filter.flowJobId === undefined ? undefined : await ctx.store.jobs.find(ctx.caller.envId, filter.flowJobId)
  if (!run) return filter
  const at = (time: string, by: number): string => new Date(Date.parse(time) + by).toISOString()
  const [from, to] = [at(run.createdAt, -clockSkewMs), run.endedAt && at(run.endedAt, clockSkewMs)]
  const { occurredAtGte, occurredAtLte } = filter
  return {
    ...filter,
    occurredAtGte: occurredAtGte !== undefined && occurredAtGte > from ? occurredAtGte : from,
    ...(to !== undefined && { occurredAtLte: occurredAtLte !== undefined && occurredAtLte < to ? occurredAtLte : to }),
  }
}

/** `<milliseconds>-<errorId>`: the last error of the page before. */
export function parseErrorCursor(after: string, code: 'invalid_query_params' | 'invalid_field'): ErrorPlace {
  const [, at, errorId] = /^(\d{1,15})-([0-9a-f]{24})$/.exec(after) ?? []
  if (at === undefined || errorId === undefined)
    throw new DomainError(
      code,
      code === 'invalid_field' ? 'after is not one that an answer gave.' : 'The after query param is not one that a nextPageURL gave.',
      'after',
    )
  return { occurredAt: parseTime(at, 'after'), errorId }
}

export const toErrorCursor = ({ occurredAt, errorId }: ErrorPlace): string => `${Date.parse(occurredAt)}-${errorId}`

/** Path of the page after this place, by the same query. */
export function toNextPage(path: string, query: object, next: ErrorPlace): string {
  const filters = Object.entries(query).flatMap(([name, value]) =>
    value !== undefined && name !== 'after' ? [[name, String(value)] as [string, string]] : [],
  )
  return `${path}?${new URLSearchParams([...filters, ['after', toErrorCursor(next)]]).toString()}`
}

export const resolveErrorsOf =
  (owner: StepsOwner) =>
  async (ctx: Context, { params, body }: Input<Ops['resolveErrors']>): Promise<undefined> => {
    await checkExists(ctx, owner, params._id)
    const { envId, userId } = ctx.caller
    await ctx.store.transaction(async (rows) => {
      const count = await rows.flowErrors.resolve(envId, params._id, params._stepId, body.errors, userId, ctx.now().toISOString())
      await recordStepAct(rows, ctx, 'resolve', params, { count }, owner)
    })
    return undefined
  }

export const resolveErrors = resolveErrorsOf('flows')

export const recordStepAct = (
  rows: RowsOf<'audit'>,
  ctx: Context,
  event: AuditedAct['event'],
  { _id, _stepId }: Step,
  told: object,
  owner: StepsOwner = 'flows',
): Promise<void> => recordAct(rows, ctx, { event, collection: owner, _id, details: { _stepId, ...told } })
