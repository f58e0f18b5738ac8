/** What became of runs: their errors, diagnostics, and how flows have done over a time. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxJobs } from '../../contract/operations/flows/jobs.ts'
import {
  flowsPerPage,
  maxGroups,
  maxJobErrors,
  maxStatsDays,
  type runReports as operations,
} from '../../contract/operations/flows/run-reports.ts'
import { listVisibleIntegrations } from '../access/access.ts'
import { checkExists } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import * as jobs from './jobs.ts'
import type { Context } from '../context.ts'
import { cutPage } from '../paging.ts'
import type { ErrorOfRun } from '../ports/flow-errors.ts'
import type { Job } from '../ports/jobs.ts'
import { parseTime } from '../times.ts'

type Ops = typeof operations
type JobError = Result<Ops['listJobErrors']>[number]
type Group = Result<Ops['getJobDiagnostics']>['errors'][number]

export async function listJobErrors(ctx: Context, { params }: Input<Ops['listJobErrors']>): Promise<JobError[]> {
  const job = await jobs.getJob(ctx, { params, query: undefined, body: undefined })
  return readErrors(ctx, job, await listStepJobs(ctx, job))
}

export async function listErrorsOfJob(ctx: Context, input: Input<Ops['listErrorsOfJob']>): Promise<Result<Ops['listErrorsOfJob']>> {
  const errors = await listJobErrors(ctx, input)
  return {
    errors: errors.map(({ _id, createdAt, _retryId, ...error }) => ({
      errorId: _id,
      occurredAt: createdAt,
      ...error,
      ...(_retryId !== undefined && { retryDataKey: _retryId }),
    })),
  }
}

export async function getJobDiagnostics(
  ctx: Context,
  { params }: Input<Ops['getJobDiagnostics']>,
): Promise<Result<Ops['getJobDiagnostics']>> {
  const job = await jobs.getJob(ctx, { params, query: undefined, body: undefined })
  const steps = await listStepJobs(ctx, job)
  return { job, steps, errors: groupErrors(await readErrors(ctx, job, steps)) }
}

async function listStepJobs(ctx: Context, { _id, _flowJobId }: Job): Promise<Job[]> {
  if (_flowJobId !== undefined) return []
  const filter = { types: ['export', 'import'], ids: { _flowJobId: _id }, counts: [], limit: maxJobs }
  return (await ctx.store.jobs.list(ctx.caller.envId, filter)).toSorted((a, b) => (a.oIndex ?? 0) - (b.oIndex ?? 0))
}

/** Clocks of servers that share a database differ by less. Milliseconds. */
const clockSkewMs = 60_000

/** A run, or a retry, is what errors name; the job of a step finds its own by the step. */
async function readErrors(ctx: Context, job: Job, steps: readonly Job[]): Promise<JobError[]> {
  const ofStep = new Map(
    [job, ...steps].flatMap((each) => (readStepId(each) === undefined ? [] : [[readStepId(each) as string, each._id]])),
  )
  const at = (time: string, by: number): string => new Date(Date.parse(time) + by).toISOString()
  const found = await ctx.store.flowErrors.listByRun(ctx.caller.envId, job._flowId, {
    runId: job._flowJobId ?? job._id,
    stepIds: [...ofStep.keys()],
    from: at(job.createdAt, -clockSkewMs),
    to: at(job.endedAt ?? ctx.now().toISOString(), clockSkewMs),
    limit: maxJobErrors,
  })
  return found.map((error) => toJobError(error, ofStep.get(error.stepId) ?? job._id))
}

const readStepId = ({ _exportId, _importId }: Job): string | undefined => _importId ?? _exportId

const toJobError = (
  { errorId, occurredAt, code, source, message, traceKey, retryDataKey, resolved }: ErrorOfRun,
  _jobId: string,
): JobError => ({
  _id: errorId,
  _jobId,
  createdAt: occurredAt,
  code,
  source,
  message,
  resolved,
  ...(traceKey !== undefined && { traceKey }),
  ...(retryDataKey !== undefined && { _retryId: retryDataKey }),
})

/** Of errors that come newest first. */
function groupErrors(errors: readonly JobError[]): Group[] {
  const groups = Map.groupBy(errors, ({ _jobId, source, code }) => JSON.stringify([_jobId, source, code]))
  return [...groups.values()]
    .flatMap(([newest, ...more]): Group[] => {
      if (!newest) return []
      const { _jobId, source, code, message, createdAt } = newest
      return [{ _jobId, source, code, message, numError: more.length + 1, lastErrorAt: createdAt }]
    })
    .toSorted((a, b) => b.numError - a.numError)
    .slice(0, maxGroups)
}

const filters: ReadonlySet<string> = new Set([
  '_flowIds',
  '_integrationIds',
  'status',
  'createdOnAndAfter',
  'time_gt',
  'time_lte',
  'sandbox',
])

const ended = ['completed', 'failed', 'canceled'] as const

export async function listFlowRunStats(
  ctx: Context,
  { query, body = {} }: Input<Ops['listFlowRunStats']>,
): Promise<Result<Ops['listFlowRunStats']>> {
  const unknown = Object.keys(body).find((name) => !filters.has(name))
  if (unknown !== undefined) throw new DomainError('invalid_field', `${unknown} is no filter: ${[...filters].join(', ')} are.`, unknown)
  const { skip = 0 } = query
  const visible = await listVisibleIntegrations(ctx)
  const found = await ctx.store.jobs.readStats(ctx.caller.envId, {
    ...parseSpan(ctx, body),
    statuses: body.status?.length ? body.status : ended,
    ...(body._flowIds?.length && { flowIds: body._flowIds }),
    ...(body._integrationIds?.length && { integrationIds: body._integrationIds }),
    ...(visible && { visibleIntegrationIds: visible }),
    skip,
    limit: flowsPerPage + 1,
  })
  const { records, isLast } = cutPage(found, flowsPerPage)
  return { stats: [...records], ...(!isLast && { nextPageURL: `/v1/flows/runs/stats?skip=${skip + flowsPerPage}` }) }
}

export async function getFlowStats(ctx: Context, { params }: Input<Ops['getFlowStats']>): Promise<Result<Ops['getFlowStats']>> {
  await checkExists(ctx, 'flows', params._id)
  const filter = { ...parseSpan(ctx, {}), statuses: ended, flowIds: [params._id], skip: 0, limit: 1 }
  const [found] = await ctx.store.jobs.readStats(ctx.caller.envId, filter)
  if (!found) return { numRuns: 0, numSuccess: 0, numError: 0, numIgnore: 0, numPages: 0, avgRuntime: 0 }
  const { _flowId, _integrationId, numOpenError: _now, ...stats } = found
  return stats
}

type Times = Pick<NonNullable<Input<Ops['listFlowRunStats']>['body']>, 'createdOnAndAfter' | 'time_gt' | 'time_lte'>
const dayMs = 24 * 3600 * 1000

/** From, inclusively, and to. A run is asked for in a whole millisecond, so what is after one is from the next one on. */
function parseSpan(ctx: Context, { createdOnAndAfter, time_gt, time_lte }: Times): { from: string; to: string } {
  const to = time_lte === undefined ? ctx.now().getTime() : Date.parse(parseTimeField(time_lte, 'time_lte'))
  const asked = [
    ...(createdOnAndAfter === undefined ? [] : [Date.parse(parseTimeField(createdOnAndAfter, 'createdOnAndAfter'))]),
    ...(time_gt === undefined ? [] : [Date.parse(parseTimeField(time_gt, 'time_gt')) + 1]),
  ]
  const earliest = to - maxStatsDays * dayMs
  const from = new Date(Math.max(...asked, earliest)).toISOString()
  if (asked.length > 0 && Math.max(...asked) < earliest)
    ctx.warn?.(`Statistics span ${maxStatsDays} days at the most: these are of runs from ${from} on.`)
  return { from, to: new Date(to).toISOString() }
}

function parseTimeField(value: string | number, field: string): string {
  try {
    return parseTime(String(value), field)
  } catch {
    throw new DomainError('invalid_field', `${field} is no time: ISO 8601, a date, or milliseconds since 1970.`, field)
  }
}
