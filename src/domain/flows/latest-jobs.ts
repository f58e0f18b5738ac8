/** What ran last, and what is running: lists of runs for those who watch flows. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxJobs, type jobs as operations } from '../../contract/operations/flows/jobs.ts'
import { listVisibleIntegrations } from '../access/access.ts'
import { checkExists, notFound } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { cutPage } from '../paging.ts'
import type { Job, JobFilter } from '../ports/jobs.ts'

type Ops = typeof operations

const runs = { types: ['flow'], ids: {}, counts: [], limit: maxJobs } as const satisfies JobFilter

export async function listLatestFlowJobs(ctx: Context, { params }: Input<Ops['listLatestFlowJobs']>): Promise<Job[]> {
  const { envId } = ctx.caller
  const flow = await ctx.store.documents.find(envId, 'flows', params._id)
  if (!flow) throw notFound('flows')
  const exportIds = (flow.doc.pageGenerators ?? []).map(({ _exportId }) => _exportId)
  return ctx.store.jobs.listLatestOfFlow(envId, params._id, exportIds, maxJobs)
}

export async function listLatestIntegrationJobs(ctx: Context, { params }: Input<Ops['listLatestIntegrationJobs']>): Promise<Job[]> {
  await checkExists(ctx, 'integrations', params._id)
  return ctx.store.jobs.listLatest(ctx.caller.envId, params._id, maxJobs)
}

export async function listLatestJobs(ctx: Context, { body }: Input<Ops['listLatestJobs']>): Promise<Job[]> {
  return ctx.store.jobs.listLatestOfFlows(ctx.caller.envId, body._flowIds, await listVisibleIntegrations(ctx), maxJobs)
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
