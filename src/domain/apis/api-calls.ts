/** The log of the calls of an API, and how many there were. */
import type { Input, Result } from '../../contract/operation.ts'
import { callsPerPage, maxHours, type apiCalls as operations } from '../../contract/operations/apis/api-calls.ts'
import { checkExists } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { cutPage } from '../paging.ts'
import type { ApiCallRow } from '../ports/apis/api-calls.ts'
import { parseTime } from '../times.ts'
import { placeOfCall } from './call-log.ts'

type Ops = typeof operations

export async function listApiCalls(ctx: Context, { params, query }: Input<Ops['listApiCalls']>): Promise<Result<Ops['listApiCalls']>> {
  await checkExists(ctx, 'apis', params._id)
  const { statusCode, success, time_gt, time_lte, before } = query
  const found = await ctx.store.apiCalls.list(ctx.caller.envId, params._id, {
    limit: callsPerPage + 1,
    ...(statusCode !== undefined && { statusCode }),
    ...(success !== undefined && { hasSucceeded: success === 'true' }),
    ...(time_gt !== undefined && { atGt: parseTime(time_gt, 'time_gt') }),
    ...(time_lte !== undefined && { atLte: parseTime(time_lte, 'time_lte') }),
    ...(before !== undefined && { before: parsePlace(before) }),
  })
  const { records, isLast } = cutPage(found, callsPerPage)
  const last = records.at(-1)
  const filters = Object.entries(query).flatMap(([name, value]) => (name === 'before' ? [] : [[name, String(value)]]))
  const next = new URLSearchParams([...filters, ['before', last ? `${Date.parse(last.at)}-${last.callId}` : '']] as [string, string][])
  return { logs: records.map(toCall), ...(!isLast && { nextPageURL: `/v1/apis/${params._id}/logs?${next.toString()}` }) }
}

/** `<milliseconds>-<key>`: the last call of the page before. */
function parsePlace(before: string): { at: string; callId: string } {
  const [, at, callId] = /^(\d{1,15})-([0-9a-f]{24})$/.exec(before) ?? []
  if (at !== undefined && callId !== undefined) return { at: parseTime(at, 'before'), callId }
  throw new DomainError('invalid_query_params', 'The before query param is not one that a nextPageURL gave.', 'before')
}

const toCall = ({ callId, at, method, path, statusCode, hasSucceeded, numError, ms, userId }: ApiCallRow) => ({
  key: callId,
  time: Date.parse(at),
  utcDateTime: at,
  method,
  path,
  statusCode,
  success: hasSucceeded,
  numError,
  duration: ms,
  _userId: userId,
})

export async function getApiCall(ctx: Context, { params }: Input<Ops['getApiCall']>): Promise<Result<Ops['getApiCall']>> {
  await checkExists(ctx, 'apis', params._id)
  const { envId } = ctx.caller
  const found = await ctx.store.apiCalls.find(envId, params._id, params.key)
  if (!found) throw new DomainError('not_found', 'Call not found. The newest of each API are kept.', 'key')
  const told = JSON.parse(ctx.vault.open(found.sealed, placeOfCall(envId, params._id, params.key))) as Result<Ops['getApiCall']>
  return { ...told, ...toCall(found) }
}

const hourMs = 3_600_000

export async function getApiStats(ctx: Context, { params, query }: Input<Ops['getApiStats']>): Promise<Result<Ops['getApiStats']>> {
  await checkExists(ctx, 'apis', params._id)
  const end = query.endDate === undefined ? ctx.now().getTime() : Date.parse(parseTime(query.endDate, 'endDate'))
  const start = query.startDate === undefined ? end - 24 * hourMs : Date.parse(parseTime(query.startDate, 'startDate'))
  if (start >= end) throw new DomainError('invalid_query_params', 'startDate has to be before endDate.', 'endDate')
  if (end - start > maxHours * hourMs)
    throw new DomainError('invalid_query_params', `At most ${maxHours} hours are counted at once.`, 'startDate')
  const from = new Date(Math.floor(start / hourMs) * hourMs).toISOString()
  const hours = await ctx.store.apiCalls.listHours(ctx.caller.envId, params._id, from, new Date(end).toISOString())
  return { hours: hours.map(({ ms, ...hour }) => ({ ...hour, duration: ms })) }
}
