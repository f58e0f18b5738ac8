/** Calls of APIs: where these are found, the newest calls of each, and how many there were by the hour. What was asked is sealed before it comes here. */
import type { ApiAddress, ApiCallFilter, ApiCallRow, ApiCalls, ApiHour, NewApiCallRow } from '../../domain/ports/apis/api-calls.ts'
import { maxKeptCalls } from '../../contract/operations/apis/api-calls.ts'
import type { Client } from '../database/pool.ts'

/** Calls of an API in an hour after which it is looked for those that are too many, and how many of these go at once. */
const pruneEvery = 500
const maxPruned = 2000
/** Longer ones are no path that HTTP carries. */
const longestUri = 2000

export const apiCallRows = (db: Client): ApiCalls => ({
  async listAddresses(envId, most) {
    const { rows } = await db.query<ApiAddress>({
      name: 'api-addresses',
      text: `select _id as "apiId", coalesce(doc ->> 'version', 'v1') as version, doc #>> '{builder,request,method}' as method, doc #>> '{builder,request,relativeURI}' as "relativeURI"
             from sluice.documents
             where env_id = $1 and collection = 'apis' and deleted_at is null and doc ->> 'type' = 'builder' and coalesce(doc ->> 'disabled', 'false') <> 'true'
               and length(doc #>> '{builder,request,relativeURI}') <= $3 and doc #>> '{builder,request,method}' is not null
             order by _id limit $2`,
      values: [envId, most, longestUri],
    })
    return rows
  },
  add: (calls) => add(db, calls),
  list: (envId, apiId, filter) => list(db, envId, apiId, filter),
  async find(envId, apiId, callId) {
    const { rows } = await db.query<CallRow & { sealed: string }>(
      `select ${columns}, sealed from sluice.api_calls where env_id = $1 and api_id = $2 and call_id = $3`,
      [envId, apiId, callId],
    )
    return rows[0] && { ...toCall(rows[0]), sealed: rows[0].sealed }
  },
  async listHours(envId, apiId, from, to) {
    const { rows } = await db.query<{ hour: Date; num_calls: string; num_success: string; num_error: string; ms: number }>(
      `select hour, num_calls, num_success, num_error, ms from sluice.api_hours where env_id = $1 and api_id = $2 and hour >= $3 and hour < $4 order by hour`,
      [envId, apiId, from, to],
    )
    return rows.map(({ hour, num_calls, num_success, num_error, ms }): ApiHour => ({
      hour: hour.toISOString(),
      numCalls: Number(num_calls),
      numSuccess: Number(num_success),
      numError: Number(num_error),
      ms: Math.round((ms / Number(num_calls)) * 10) / 10,
    }))
  },
  async purge(before, most) {
    const calls = await db.query(
      `delete from sluice.api_calls where ctid = any(array(select ctid from sluice.api_calls where at < $1 limit $2))`,
      [before, most],
    )
    const hours = await db.query(
      `delete from sluice.api_hours where ctid = any(array(select ctid from sluice.api_hours where hour < $1 limit $2))`,
      [before, most],
    )
    return (calls.rowCount ?? 0) + (hours.rowCount ?? 0)
  },
})

async function add(db: Client, calls: readonly NewApiCallRow[]): Promise<void> {
  if (calls.length === 0) return
  const column = <K extends keyof NewApiCallRow>(field: K): NewApiCallRow[K][] => calls.map((call) => call[field])
  const { rows } = await db.query<{ env_id: string; api_id: string; before: string; now: string }>({
    name: 'api-calls-insert',
    text: `with new as (
             insert into sluice.api_calls (env_id, api_id, call_id, at, method, path, status_code, succeeded, num_error, ms, user_id, sealed)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::int[], $8::boolean[], $9::int[], $10::real[], $11::text[], $12::text[])
             on conflict do nothing returning env_id, api_id, at, succeeded, ms),
           hours as (
             insert into sluice.api_hours as h (env_id, api_id, hour, num_calls, num_success, num_error, ms)
             select env_id, api_id, date_trunc('hour', at), count(*), count(*) filter (where succeeded), count(*) filter (where not succeeded), sum(ms) from new group by 1, 2, 3 order by 1, 2, 3
             on conflict (env_id, api_id, hour) do update set num_calls = h.num_calls + excluded.num_calls, num_success = h.num_success + excluded.num_success,
               num_error = h.num_error + excluded.num_error, ms = h.ms + excluded.ms
             returning env_id, api_id, hour, num_calls)
           select h.env_id, h.api_id, h.num_calls as now, h.num_calls - count(*) as before
           from hours h join new n on n.env_id = h.env_id and n.api_id = h.api_id and date_trunc('hour', n.at) = h.hour group by 1, 2, 3`,
    values: [
      column('envId'),
      column('apiId'),
      column('callId'),
      column('at'),
      column('method'),
      calls.map(({ path }) => path.replaceAll('\0', '\uFFFD').toWellFormed()),
      column('statusCode'),
      column('hasSucceeded'),
      column('numError'),
      column('ms'),
      column('userId'),
      column('sealed'),
    ],
  })
  // Now and then: looking for those that are too many goes over those that are kept.
  for (const { env_id, api_id, before, now } of rows)
    if (Math.floor(Number(before) / pruneEvery) !== Math.floor(Number(now) / pruneEvery)) await prune(db, env_id, api_id)
}

const prune = (db: Client, envId: string, apiId: string) =>
  db.query({
    name: 'api-calls-prune',
    text: `delete from sluice.api_calls where env_id = $1 and api_id = $2 and call_id = any(array(
               select call_id from sluice.api_calls where env_id = $1 and api_id = $2 order by at desc, call_id desc offset $3 limit $4))`,
    values: [envId, apiId, maxKeptCalls, maxPruned],
  })

interface CallRow {
  readonly call_id: string
  readonly at: Date
  readonly method: string
  readonly path: string
  readonly status_code: number
  readonly succeeded: boolean
  readonly num_error: number
  readonly ms: number
  readonly user_id: string
}
const columns = 'call_id, at, method, path, status_code, succeeded, num_error, ms, user_id'

const toCall = ({ call_id, at, method, path, status_code, succeeded, num_error, ms, user_id }: CallRow): ApiCallRow => ({
  callId: call_id,
  at: at.toISOString(),
  method,
  path,
  statusCode: status_code,
  hasSucceeded: succeeded,
  numError: num_error,
  ms,
  userId: user_id,
})

async function list(db: Client, envId: string, apiId: string, filter: ApiCallFilter): Promise<readonly ApiCallRow[]> {
  const { statusCode, hasSucceeded, atGt, atLte, before, limit } = filter
  const { rows } = await db.query<CallRow>(
    `select ${columns} from sluice.api_calls
     where env_id = $1 and api_id = $2 and ($3::int is null or status_code = $3) and ($4::boolean is null or succeeded = $4)
       and ($5::timestamptz is null or at > $5) and ($6::timestamptz is null or at <= $6)
       and ($7::timestamptz is null or (at, call_id) < ($7, $8::text))
     order by at desc, call_id desc limit $9`,
    [
      envId,
      apiId,
      statusCode ?? null,
      hasSucceeded ?? null,
      atGt ?? null,
      atLte ?? null,
      before?.at ?? null,
      before?.callId ?? null,
      limit,
    ],
  )
  return rows.map(toCall)
}
