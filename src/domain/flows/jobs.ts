/** Jobs as callers see them. How they are carried out is the engine's business. */
import type { Input } from '../../contract/operation.ts'
import { jobStatuses, jobTypes, maxJobs, type jobs as operations } from '../../contract/operations/flows/jobs.ts'
import { listVisibleIntegrations } from '../access/access.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { DomainError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { Context } from '../context.ts'
import type { Counts, Job, JobFilter } from '../ports/jobs.ts'
import { parseTime } from '../times.ts'

type Query = Input<(typeof operations)['listJobs']>['query']

const jobNotFound = (): DomainError => new DomainError('not_found', 'Job not found.', '_jobId')

export async function getJob(ctx: Context, { params }: Input<(typeof operations)['getJob']>): Promise<Job> {
  const job = await ctx.store.jobs.find(ctx.caller.envId, params._id)
  if (!job) throw jobNotFound()
  return job
}

export async function cancelJob(ctx: Context, { params }: Input<(typeof operations)['cancelJob']>): Promise<Job> {
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const before = await rows.jobs.find(envId, params._id)
    const job = await rows.jobs.cancel(envId, params._id, ctx.now().toISOString())
    if (!job) throw jobNotFound()
    if (before?.endedAt === undefined)
      await recordAct(rows, ctx, { event: 'cancel', collection: 'flows', _id: job._flowId, details: { _jobId: job._id } })
    return job
  })
}

export async function listJobs(ctx: Context, { query }: Input<(typeof operations)['listJobs']>): Promise<Job[]> {
  const integrationIds = await listVisibleIntegrations(ctx)
  return ctx.store.jobs.list(ctx.caller.envId, { ...toJobFilter(query), ...(integrationIds && { integrationIds }) })
}

const parentTypes = ['flow', 'retry', 'bulk_retry']
const idFields = ['_integrationId', '_flowId', '_exportId', '_importId', '_flowJobId'] as const

function toJobFilter(query: Query): JobFilter {
  const types = query.type_in?.split(',') ?? (query.type === undefined ? parentTypes : [query.type])
  refuseUnknown('type', types, jobTypes)
  const statuses = query.status?.split(',')
  refuseUnknown('status', statuses ?? [], jobStatuses)
  refuseWithoutScope(query, types)
  const ids = Object.fromEntries(
    idFields.flatMap((field) => (query[field] === undefined ? [] : [[field, parseIdParameter(query[field], field)]])),
  )
  return {
    types,
    ids,
    counts: parseCounts(query),
    limit: maxJobs,
    ...(statuses && { statuses }),
    ...(query.retriable !== undefined && { retriable: query.retriable }),
    ...(query._flowId_in !== undefined && { flowIds: query._flowId_in.split(',').map((id) => parseIdParameter(id, '_flowId_in')) }),
    ...(query.createdAt_gte !== undefined && { createdAtGte: parseTime(query.createdAt_gte, 'createdAt_gte') }),
    ...(query.createdAt_lte !== undefined && { createdAtLte: parseTime(query.createdAt_lte, 'createdAt_lte') }),
  }
}

/** The two refusals of integrator.io, word for word. They keep a client from reading the jobs of the whole account by accident. */
function refuseWithoutScope(query: Query, types: readonly string[]): void {
  const resource = query._exportId ?? query._importId ?? query._flowJobId
  if (types.some((type) => parentTypes.includes(type))) {
    if ((query._integrationId ?? query._flowId ?? query._flowId_in ?? resource ?? query.createdAt_gte ?? query.createdAt_lte) !== undefined)
      return
    throw new DomainError(
      'invalid_query',
      'For parent jobs, query parameters must contain either "_integrationId" or "_jobId" or "createdAt"',
    )
  }
  if (resource === undefined && query._flowId === undefined)
    throw new DomainError('invalid_query', 'For child jobs, query parameters must contain either "_flowJobId" or "resourceId"')
}

export function refuseUnknown(parameter: string, values: readonly string[], known: readonly string[]): void {
  const stranger = values.find((value) => !known.includes(value))
  if (stranger !== undefined)
    throw new DomainError(
      'invalid_query_params',
      `The ${parameter} query param does not know ${stranger}: it is one of ${known.join(', ')}.`,
      parameter,
    )
}

export function parseIdParameter(value: string, parameter: string): string {
  if (!isId(value)) throw new DomainError('invalid_query_params', `The ${parameter} query param is not an id.`, parameter)
  return value
}

const comparisons = { '': '=', _gte: '>=', _lte: '<=' } as const
const countFields = ['numError', 'numSuccess', 'numIgnore', 'numExport'] as const satisfies readonly (keyof Counts)[]

const parseCounts = (query: Query): JobFilter['counts'] =>
  countFields.flatMap((field) =>
    Object.entries(comparisons).flatMap(([suffix, than]) => {
      const parameter = `${field}${suffix}`
      const value = (query as Readonly<Record<string, unknown>>)[parameter]
      if (typeof value !== 'number') return []
      // PostgreSQL counts to 2^63; no count comes near either bound.
      if (!Number.isSafeInteger(value))
        throw new DomainError('invalid_query_params', `The ${parameter} query param is too large.`, parameter)
      return [{ field, than, value }]
    }),
  )
