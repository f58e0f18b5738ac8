/** What became of runs: their errors, diagnostics, and how flows have done over a time. */
import type { Input, Result } from '../../../contract/operation.ts'
import { maxJobs } from '../../../contract/operations/flows/jobs.ts'
import {
  flowsPerPage,
  maxGroups,
  maxJobErrors,
  maxHourlyDays,
  maxStatsDays,
  usualStatsDays,
  type StatsUnit,
  type runReports as operations,
} from '../../../contract/operations/flows/run-reports.ts'
import { listVisibleIntegrations } from '../../access/access.ts'
import { checkExists } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import * as jobs from '../jobs.ts'
import type { Context } from '../../context.ts'
import { cutPage } from '../../paging.ts'
import type { ErrorOfRun } from '../../ports/flow-errors.ts'
import type { StatsFilter } from '../../ports/flows/run-stats.ts'
import type { Job } from '../../ports/jobs.ts'
import { beginningOf, coverSpan, nextOf } from './stats-spans.ts'
import { parseTime } from '../../times.ts'

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
  const { skip = 0, limit = flowsPerPage, sort = 'lastExecutedAt' } = query
  const { from, to } = parseSpan(ctx, body)
  const found = await ctx.store.runStats.sumByFlow(ctx.caller.envId, {
    ...(await readStatsFilter(ctx, body)),
    spans: coverSpan(from, to),
    order: sort,
    skip,
    limit: limit + 1,
  })
  const { records, isLast } = cutPage(found, limit)
  if (isLast) return { stats: [...records] }
  const next = new URLSearchParams({
    ...(query.sort !== undefined && { sort: query.sort }),
    ...(query.limit !== undefined && { limit: String(query.limit) }),
    skip: String(skip + limit),
  })
  return { stats: [...records], nextPageURL: `/v1/flows/runs/stats?${next.toString()}` }
}

export async function listRunTimeSeries(
  ctx: Context,
  { body = {} }: Input<Ops['listRunTimeSeries']>,
): Promise<Result<Ops['listRunTimeSeries']>> {
  const { from, to } = parseSpan(ctx, body)
  const interval = body.interval ?? usualInterval(to - from)
  if (interval === 'hour' && to - from > maxHourlyDays * dayMs)
    throw new DomainError(
      'invalid_field',
      `By the hour runs span ${maxHourlyDays} days at the most: ask for a shorter time, or by the day.`,
      'interval',
    )
  const begin = beginningOf(interval, from)
  const end = nextOf(interval, beginningOf(interval, to - 1))
  const span = { unit: interval, from: new Date(begin).toISOString(), to: new Date(end).toISOString() }
  const found = await ctx.store.runStats.sumByTime(ctx.caller.envId, await readStatsFilter(ctx, body), span)
  const byTime = new Map(found.series.map((point) => [point.at, point]))
  const times = listTimes(interval, begin, end)
  return { interval, series: times.map((at) => byTime.get(at) ?? { at, ...noRuns }), total: found.total ?? noRuns }
}

const usualInterval = (ms: number): StatsUnit => (ms <= 3 * dayMs ? 'hour' : ms <= 100 * dayMs ? 'day' : 'month')

function listTimes(unit: StatsUnit, begin: number, end: number): readonly string[] {
  const times: string[] = []
  for (let at = begin; at < end; at = nextOf(unit, at)) times.push(new Date(at).toISOString())
  return times
}

const noRuns = { numRuns: 0, numSuccess: 0, numError: 0, numIgnore: 0, numPages: 0, avgRuntime: 0, avgWait: 0 }

export async function getFlowStats(ctx: Context, { params }: Input<Ops['getFlowStats']>): Promise<Result<Ops['getFlowStats']>> {
  await checkExists(ctx, 'flows', params._id)
  const { from, to } = parseSpan(ctx, {})
  const [found] = await ctx.store.runStats.sumByFlow(ctx.caller.envId, {
    spans: coverSpan(from, to),
    statuses: ended,
    flowIds: [params._id],
    order: 'lastExecutedAt',
    skip: 0,
    limit: 1,
  })
  if (!found) return noRuns
  const { _flowId, flowName: _name, _integrationId, numOpenError: _open, ...stats } = found
  return stats
}

type Filters = Pick<NonNullable<Input<Ops['listFlowRunStats']>['body']>, 'status' | '_flowIds' | '_integrationIds'>

async function readStatsFilter(ctx: Context, { status, _flowIds, _integrationIds }: Filters): Promise<StatsFilter> {
  const visible = await listVisibleIntegrations(ctx)
  return {
    statuses: status?.length ? status : ended,
    ...(_flowIds?.length && { flowIds: _flowIds }),
    ...(_integrationIds?.length && { integrationIds: _integrationIds }),
    ...(visible && { visibleIntegrationIds: visible }),
  }
}

type Times = Pick<NonNullable<Input<Ops['listFlowRunStats']>['body']>, 'createdOnAndAfter' | 'time_gt' | 'time_lte'>
const dayMs = 24 * 3600 * 1000

/** From, inclusively, and to, exclusively. A run is asked for in a whole millisecond, so what is after one is from the next one on. */
function parseSpan(ctx: Context, { createdOnAndAfter, time_gt, time_lte }: Times): { from: number; to: number } {
  const last = time_lte === undefined ? ctx.now().getTime() : Date.parse(parseTimeField(time_lte, 'time_lte'))
  const asked = [
    ...(createdOnAndAfter === undefined ? [] : [Date.parse(parseTimeField(createdOnAndAfter, 'createdOnAndAfter'))]),
    ...(time_gt === undefined ? [] : [Date.parse(parseTimeField(time_gt, 'time_gt')) + 1]),
  ]
  if (asked.length === 0) return { from: last - usualStatsDays * dayMs, to: last + 1 }
  const earliest = last - maxStatsDays * dayMs
  const from = Math.max(...asked, earliest)
  if (Math.max(...asked) < earliest)
    ctx.warn?.(`Statistics span ${maxStatsDays} days at the most: these are of runs from ${new Date(from).toISOString()} on.`)
  return { from, to: last + 1 }
}

function parseTimeField(value: string | number, field: string): string {
  try {
    return parseTime(String(value), field)
  } catch {
    throw new DomainError('invalid_field', `${field} is no time: ISO 8601, a date, or milliseconds since 1970.`, field)
  }
}
