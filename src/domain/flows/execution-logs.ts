/** What stages made of the records of runs: kept where the flow says so, read by run, step, record and time, and gone after its time. */
import type { Input, Result } from '../../contract/operation.ts'
import { logsPerPage, maxLogBytes, type executionLogs as operations } from '../../contract/operations/flows/execution-logs.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { checkExists } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import { cutPage } from '../paging.ts'
import { parseTime } from '../times.ts'
import type { Context, World } from '../context.ts'
import type { LogFilter, LogRow, NewLogRow, TimeOfRun } from '../ports/recording/execution-logs.ts'

type Ops = typeof operations
type Query = Input<Ops['listExecutionLogs']>['query']
type Entry = Result<Ops['listExecutionLogs']>['logs'][number]

/** What was recorded of one stage, before it is sealed. */
export interface LogEntry extends LogRow {
  readonly data?: object
}

/** Opens for its run alone. */
const place = (envId: string, jobId: string): string => `${envId}/executionLog/${jobId}`

export async function addLogEntries(
  { store, vault }: Pick<World, 'store' | 'vault'>,
  envId: string,
  { flowId, jobId }: { readonly flowId: string; readonly jobId: string },
  entries: readonly LogEntry[],
): Promise<void> {
  const rows = entries.map(({ data, ...row }): NewLogRow => ({
    ...row,
    ...(data && { sealed: vault.seal(JSON.stringify(data), place(envId, jobId)) }),
  }))
  await store.executionLogs.add(envId, flowId, jobId, rows, maxLogBytes)
}

/** Clocks of servers that share a database differ by less. Milliseconds. */
const clockSkewMs = 60_000
/** A run that is canceled ends at once, and the pages that are under way then within this. Milliseconds. */
const pagesMs = 24 * 3_600_000

/** The run has to be one of the flow. */
async function findRun(ctx: Context, { _id, _jobId }: { readonly _id: string; readonly _jobId: string }): Promise<TimeOfRun> {
  await checkExists(ctx, 'flows', _id)
  const job = await ctx.store.jobs.find(ctx.caller.envId, _jobId)
  if (job?._flowId !== _id) throw new DomainError('not_found', 'Job not found.', '_jobId')
  const at = (time: string, by: number): string => new Date(Date.parse(time) + by).toISOString()
  return { jobId: _jobId, from: at(job.createdAt, -clockSkewMs), to: at(job.endedAt ?? ctx.now().toISOString(), pagesMs) }
}

const toEntry = ({ at, stepId, groupId, recordId, stage, status, traceKey, oIndex }: LogRow): Entry => ({
  time: at,
  _expOrImpId: stepId,
  groupId,
  recordId,
  stage,
  status,
  ...(traceKey !== undefined && { traceKey }),
  ...(oIndex !== undefined && { oIndex }),
})

export async function listExecutionLogs(
  ctx: Context,
  { params, query }: Input<Ops['listExecutionLogs']>,
): Promise<Result<Ops['listExecutionLogs']>> {
  const run = await findRun(ctx, params)
  const found = await ctx.store.executionLogs.list(ctx.caller.envId, params._id, run, toFilter(query))
  const { records, isLast } = cutPage(found, logsPerPage)
  return {
    logs: records.map(toEntry),
    ...(!isLast && { nextPageURL: `/v1/flows/${params._id}/jobs/${params._jobId}/logs?${nextPage(query, 'after', records.at(-1)?.id)}` }),
  }
}

export async function searchExecutionLogs(
  ctx: Context,
  { params, query }: Input<Ops['searchExecutionLogs']>,
): Promise<Result<Ops['searchExecutionLogs']>> {
  await checkExists(ctx, 'flows', params._id)
  const { traceKey, time_gt, time_lte, before } = query
  const found = await ctx.store.executionLogs.search(ctx.caller.envId, params._id, {
    traceKey,
    ...(time_gt !== undefined && { atGt: parseTime(time_gt, 'time_gt') }),
    ...(time_lte !== undefined && { atLte: parseTime(time_lte, 'time_lte') }),
    ...(before !== undefined && { before }),
    limit: logsPerPage + 1,
  })
  const { records, isLast } = cutPage(found, logsPerPage)
  return {
    logs: records.map((row) => ({ _jobId: row.jobId, ...toEntry(row) })),
    ...(!isLast && { nextPageURL: `/v1/flows/${params._id}/logs?${nextPage(query, 'before', records.at(-1)?.id)}` }),
  }
}

/** The same filters, and where the next page begins. */
function nextPage(query: object, position: string, last = 0): string {
  const filters = Object.entries(query).flatMap(([name, value]) => (name === position ? [] : [[name, String(value)]]))
  return new URLSearchParams([...filters, [position, String(last)]] as [string, string][]).toString()
}

const toFilter = ({ _expOrImpId, traceKey, stage, status, time_gt, time_lte, after }: Query): LogFilter => ({
  limit: logsPerPage + 1,
  ...(_expOrImpId !== undefined && { stepId: _expOrImpId }),
  ...(traceKey !== undefined && { traceKey }),
  ...(stage !== undefined && { stage }),
  ...(status !== undefined && { status }),
  ...(time_gt !== undefined && { atGt: parseTime(time_gt, 'time_gt') }),
  ...(time_lte !== undefined && { atLte: parseTime(time_lte, 'time_lte') }),
  ...(after !== undefined && { after }),
})

/** Of one record; a page of them is more than any flow has stages. */
const mostOfRecord = 1000

export async function queryExecutionLogs(
  ctx: Context,
  { params, body }: Input<Ops['queryExecutionLogs']>,
): Promise<Result<Ops['queryExecutionLogs']>> {
  const run = await findRun(ctx, params)
  const { _expOrImpId: stepId, groupId, recordId, traceKey } = body
  const filter = traceKey === undefined ? { stepId, groupId, recordId } : { traceKey }
  const found = await ctx.store.executionLogs.list(ctx.caller.envId, params._id, run, { ...filter, limit: mostOfRecord })
  return { logs: found.map(toEntry) }
}

export async function queryExecutionLogData(
  ctx: Context,
  { params, body }: Input<Ops['queryExecutionLogData']>,
): Promise<Result<Ops['queryExecutionLogData']>> {
  const run = await findRun(ctx, params)
  const { envId } = ctx.caller
  const { _expOrImpId: stepId, groupId, recordId, stage } = body
  const filter = { stepId, groupId, recordId, stage, limit: mostOfRecord }
  const found = await ctx.store.executionLogs.list(envId, params._id, run, filter)
  const opened = (sealed: string | undefined): object =>
    sealed === undefined ? {} : (JSON.parse(ctx.vault.open(sealed, place(envId, params._jobId))) as object)
  return { data: found.map((row) => ({ ...toEntry(row), ...opened(row.sealed) })) }
}

export async function deleteExecutionLogs(ctx: Context, { params, query }: Input<Ops['deleteExecutionLogs']>): Promise<undefined> {
  await checkExists(ctx, 'flows', params._id)
  const [from, to] = [parseTime(query.startedAt, 'startedAt'), parseTime(query.endAt, 'endAt')]
  if (from >= to) throw new DomainError('invalid_query_params', 'startedAt has to be before endAt.', 'endAt')
  await ctx.store.transaction(async (rows) => {
    const count = await rows.executionLogs.remove(ctx.caller.envId, params._id, from, to)
    await recordAct(rows, ctx, { event: 'delete', collection: 'flows', _id: params._id, details: { logs: count, from, to } })
  })
  return undefined
}
