/** Finds runs of flows by what people know of them. */
import type { Input, Result } from '../../../contract/operation.ts'
import { jobStatuses } from '../../../contract/operations/flows/jobs.ts'
import { maxSearchedRuns, runsPerPage, type RunOrderName, type runList as operations } from '../../../contract/operations/flows/run-list.ts'
import { listVisibleIntegrations } from '../../access/access.ts'
import type { Context } from '../../context.ts'
import { DomainError } from '../../errors.ts'
import { cutPage } from '../../paging.ts'
import type { RunPlace, RunSearch } from '../../ports/flows/run-list.ts'
import { parseTime } from '../../times.ts'
import { parseIdParameter, refuseUnknown } from '../jobs.ts'

type Ops = typeof operations
type Query = Input<Ops['listRuns']>['query']

const runTypes = ['flow', 'retry', 'bulk_retry'] as const

export async function listRuns(ctx: Context, { query }: Input<Ops['listRuns']>): Promise<Result<Ops['listRuns']>> {
  const { limit = runsPerPage } = query
  const visible = await listVisibleIntegrations(ctx)
  const search = { ...readSearch(query), limit: limit + 1, ...(visible && { visibleIntegrationIds: visible }) }
  const { records, isLast } = cutPage(await ctx.store.runList.search(ctx.caller.envId, search), limit)
  const runs = records.map(({ run }) => run)
  const last = records.at(-1)
  if (isLast || !last) return { runs }
  const asked = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]))
  const next = new URLSearchParams({ ...Object.fromEntries(asked), after: toPlace({ value: last.value, _id: last.run._id }) })
  return { runs, nextPageURL: `/v1/flows/runs?${next.toString()}` }
}

function readSearch(query: Query): Omit<RunSearch, 'limit'> {
  const { sort = '-createdAt' } = query
  const types = query.type?.split(',') ?? runTypes
  refuseUnknown('type', types, runTypes)
  const statuses = query.status?.split(',')
  refuseUnknown('status', statuses ?? [], jobStatuses)
  const text = query.q?.trim()
  return {
    types,
    order: sort.replace('-', '') as RunOrderName,
    isAscending: !sort.startsWith('-'),
    most: maxSearchedRuns,
    ...(statuses && { statuses }),
    ...(query._flowId !== undefined && { flowId: parseIdParameter(query._flowId, '_flowId') }),
    ...(query._integrationId !== undefined && { integrationId: parseIntegration(query._integrationId) }),
    ...(query.numError_gte !== undefined && { numErrorGte: query.numError_gte }),
    ...(query.numError_lte !== undefined && { numErrorLte: query.numError_lte }),
    ...(query.createdAt_gte !== undefined && { createdAtGte: parseTime(query.createdAt_gte, 'createdAt_gte') }),
    ...(query.createdAt_lte !== undefined && { createdAtLte: parseTime(query.createdAt_lte, 'createdAt_lte') }),
    ...(query.traceKey !== undefined && { traceKey: query.traceKey }),
    ...(text !== undefined && text !== '' && { text }),
    ...(query.after !== undefined && { after: parsePlace(query.after) }),
  }
}

const parseIntegration = (text: string): string => (text === 'none' ? text : parseIdParameter(text.toLowerCase(), '_integrationId'))

/** `<what it is sorted by>-<id>`. */
const toPlace = ({ value, _id }: RunPlace): string => `${value}-${_id}`

function parsePlace(after: string): RunPlace {
  const [, value, _id] = /^(-?\d{1,15})-([0-9a-f]{24})$/.exec(after) ?? []
  if (value === undefined || _id === undefined)
    throw new DomainError('invalid_query_params', 'The after query param is not one that a nextPageURL gave.', 'after')
  return { value: Number(value), _id }
}
