/** What ran last, and what is running: lists of runs for those who watch flows. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxJobs, type jobs as operations } from '../../contract/operations/flows/jobs.ts'
import { listVisibleIntegrations } from '../access/access.ts'
import { checkExists } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { cutPage } from '../paging.ts'
import type { Job, JobFilter } from '../ports/jobs.ts'

type Ops = typeof operations

const runs = { types: ['flow'], ids: {}, counts: [], limit: maxJobs } as const satisfies JobFilter
const hasEnded = ({ endedAt }: Job): boolean => endedAt !== undefined

export async function listLatestFlowJobs(ctx: Context, { params }: Input<Ops['listLatestFlowJobs']>): Promise<Job[]> {
  await checkExists(ctx, 'flows', params._id)
  const { envId } = ctx.caller
  const found = await ctx.store.jobs.list(envId, { ...runs, ids: { _flowId: params._id } })
  const steps = await ctx.store.jobs.list(envId, { ...runs, types: ['export'], ids: { _flowId: params._id } })
  const latest = new Set(newestOfEach(steps, ({ _exportId }) => _exportId).map(({ _flowJobId }) => _flowJobId))
  return found.filter((job, place) => place === 0 || !hasEnded(job) || latest.has(job._id))
}

export async function listLatestIntegrationJobs(ctx: Context, { params }: Input<Ops['listLatestIntegrationJobs']>): Promise<Job[]> {
  await checkExists(ctx, 'integrations', params._id)
  return ctx.store.jobs.listLatest(ctx.caller.envId, params._id, maxJobs)
}

/** Of jobs that come newest first. */
const newestOfEach = (jobs: readonly Job[], of: (job: Job) => string | undefined): Job[] => {
  const seen = new Set<string | undefined>()
  return jobs.filter((job) => !seen.has(of(job)) && seen.add(of(job)))
}

const parents = ['flow', 'retry', 'bulk_retry']
const unended = ['queued', 'running', 'retrying']
const filters: ReadonlySet<string> = new Set(['_integrationId', '_integrationIds', '_flowId', '_flowIds', 'status', 'sandbox'])

export async function listCurrentJobs(
  ctx: Context,
  { query, body = {} }: Input<Ops['listCurrentJobs']>,
): Promise<Result<Ops['listCurrentJobs']> | undefined> {
  const unknown = Object.keys(body).find((name) => !filters.has(name))
  if (unknown !== undefined) throw new DomainError('invalid_field', `${unknown} is no filter: ${[...filters].join(', ')} are.`, unknown)
  const { skip = 0 } = query
  const { _flowId, _flowIds, _integrationId, _integrationIds, status } = body
  const flowIds = mergeFilters(_flowIds, _flowId)
  const integrationIds = intersectVisible(await listVisibleIntegrations(ctx), mergeFilters(_integrationIds, _integrationId))
  const found = await ctx.store.jobs.list(ctx.caller.envId, {
    ...runs,
    types: parents,
    statuses: status?.length ? status : unended,
    isOpen: true,
    ...(flowIds && { flowIds }),
    ...(integrationIds && { integrationIds }),
    skip,
    limit: maxJobs + 1,
  })
  const { records, isLast } = cutPage(found, maxJobs)
  if (records.length === 0) return undefined
  return { jobs: [...records], ...(!isLast && { nextPageURL: `/v1/jobs/current?skip=${skip + maxJobs}` }) }
}

/** Both ways of naming them; an empty list names none, and filters nothing. */
function mergeFilters(several: readonly string[] | undefined, one: string | undefined): readonly string[] | undefined {
  const all = [...(several ?? []), ...(one === undefined ? [] : [one])]
  return all.length > 0 ? all : undefined
}

const intersectVisible = (visible: readonly string[] | undefined, asked: readonly string[] | undefined): readonly string[] | undefined =>
  visible && asked ? asked.filter((id) => visible.includes(id)) : (asked ?? visible)
