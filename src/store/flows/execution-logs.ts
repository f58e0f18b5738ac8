/**
 * What stages made of records in runs: sealed before it comes here. Bytes are counted by environment, so that no run has to. It is written to
 * `execution_log_entries`, a partition a day; `execution_logs` holds what was written before there were days.
 */
import type { ExecutionLogs, FoundLogRow, LogFilter, NewLogRow } from '../../domain/ports/recording/execution-logs.ts'
import type { Client } from '../database/pool.ts'
import { toStorable } from '../database/storable-text.ts'
import { addDays, dropDay } from './execution-log-days.ts'

/** Oldest rows that one commit removes where an environment has too much. */
const atOnce = 2000

export const executionLogRows = (db: Client): ExecutionLogs => ({
  async add(envId, flowId, jobId, rows, most) {
    if (rows.length === 0) return
    const { rows: used } = await db.query<{ bytes: number }>({
      name: 'execution-logs-insert',
      text: `with new as (
               insert into sluice.execution_log_entries (env_id, flow_id, job_id, at, step_id, group_id, record_id, trace_key, o_index, stage, status, bytes, sealed)
               select $1, $2, $3, * from unnest($4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[], $10::text[], $11::text[], $12::int[], $13::text[])
               returning bytes)
             insert into sluice.execution_log_usage as u (env_id, bytes) select $1, sum(bytes) from new
             on conflict (env_id) do update set bytes = u.bytes + excluded.bytes returning bytes`,
      values: [envId, flowId, jobId, ...columns(rows)],
    })
    if ((used[0]?.bytes ?? 0) > most) await removeOldest(db, envId)
  },
  async list(envId, flowId, { jobId, from, to }, filter) {
    const values: unknown[] = [envId, flowId, jobId, from, to]
    const where = `env_id = $1 and flow_id = $2 and job_id = $3 and at between $4 and $5 ${conditions(filter, values)}`
    const { rows } = await db.query<Row>(`${selectedFrom(where)} order by _id limit $${values.push(filter.limit)}`, values)
    return rows.map(toFound)
  },
  async search(envId, flowId, { traceKey, atGt, atLte, before, limit }) {
    const values: unknown[] = [envId, flowId, toStorable(traceKey)]
    const where = `env_id = $1 and flow_id = $2 and trace_key is not null and md5(trace_key) = md5($3) and trace_key = $3
      ${timesOf(atGt, atLte, values)} ${before === undefined ? '' : `and _id < $${values.push(before)}`}`
    const { rows } = await db.query<Row>(`${selectedFrom(where)} order by _id desc limit $${values.push(limit)}`, values)
    return rows.map(toFound)
  },
  async readLogging(envId, flowId) {
    const { rows } = await db.query<{ logging: unknown }>({
      name: 'execution-logs-wanted',
      text: `select doc -> 'logging' as logging from sluice.documents where env_id = $1 and collection = 'flows' and _id = $2`,
      values: [envId, flowId],
    })
    return rows[0]?.logging ?? undefined
  },
  async remove(envId, flowId, from, to) {
    const which = `env_id = $1 and flow_id = $2 and at between $3 and $4`
    const values = [envId, flowId, from, to]
    return (await removeFrom(db, 'execution_log_entries', which, values)) + (await removeFrom(db, 'execution_logs', which, values))
  },
  addDays: (from, ahead) => addDays(db, from, ahead),
  async purge(before, most) {
    const { isMore } = await dropDay(db, before)
    const removed = [
      await removeFrom(db, 'execution_log_entries_rest', byAge('execution_log_entries_rest'), [before, most]),
      await removeFrom(db, 'execution_logs', byAge('execution_logs'), [before, most]),
    ]
    return isMore ? most : Math.max(...removed)
  },
})

/** Of a table that is none of several. */
const byAge = (table: string): string => `ctid = any(array(select ctid from sluice.${table} where at < $1 order by at limit $2))`

/** Where entries lie: those of before there were days lie apart. Each is asked by itself, so that days that cannot have any are left out. */
const selectedFrom = (where: string): string => {
  const half = (table: string): string => `
    select _id, job_id, at, step_id, group_id, record_id, trace_key, o_index, stage, status, sealed from sluice.${table} where ${where}`
  return `select * from (${half('execution_log_entries')} union all ${half('execution_logs')}) l`
}

interface Row {
  readonly _id: number
  readonly job_id: string
  readonly at: Date
  readonly step_id: string
  readonly group_id: string
  readonly record_id: string
  readonly trace_key: string | null
  readonly o_index: number | null
  readonly stage: string
  readonly status: 'success' | 'error'
  readonly sealed: string | null
}

const toFound = (row: Row): FoundLogRow => ({
  id: row._id,
  jobId: row.job_id,
  at: row.at.toISOString(),
  stepId: row.step_id,
  groupId: row.group_id,
  recordId: row.record_id,
  stage: row.stage,
  status: row.status,
  ...(row.trace_key !== null && { traceKey: row.trace_key }),
  ...(row.o_index !== null && { oIndex: row.o_index }),
  ...(row.sealed !== null && { sealed: row.sealed }),
})

const columns = (rows: readonly NewLogRow[]): unknown[] => [
  rows.map(({ at }) => at),
  rows.map(({ stepId }) => toStorable(stepId)),
  rows.map(({ groupId }) => groupId),
  rows.map(({ recordId }) => recordId),
  rows.map(({ traceKey }) => (traceKey === undefined ? null : toStorable(traceKey))),
  rows.map(({ oIndex }) => oIndex ?? null),
  rows.map(({ stage }) => toStorable(stage)),
  rows.map(({ status }) => status),
  rows.map(({ sealed }) => 200 + (sealed?.length ?? 0)),
  rows.map(({ sealed }) => sealed ?? null),
]

function conditions({ stepId, traceKey, recordId, groupId, stage, status, atGt, atLte, after }: LogFilter, values: unknown[]): string {
  const equal = { step_id: stepId, trace_key: traceKey, record_id: recordId, group_id: groupId, stage, status }
  return [
    ...Object.entries(equal).map(([column, value]) => (value === undefined ? '' : `and ${column} = $${values.push(value)}`)),
    timesOf(atGt, atLte, values),
    after === undefined ? '' : `and _id > $${values.push(after)}`,
  ].join(' ')
}

const timesOf = (atGt: string | undefined, atLte: string | undefined, values: unknown[]): string =>
  [atGt === undefined ? '' : `and at > $${values.push(atGt)}`, atLte === undefined ? '' : `and at <= $${values.push(atLte)}`].join(' ')

/** Those of before there were days first. Of the others by time: places of rows are places in one day only. */
async function removeOldest(db: Client, envId: string): Promise<void> {
  const older = `ctid = any(array(select ctid from sluice.execution_logs where env_id = $1 order by at limit $2))`
  if ((await removeFrom(db, 'execution_logs', older, [envId, atOnce])) > 0) return
  const { rows } = await db.query<{ ids: string[] | null; until: Date | null }>(
    `select array_agg(_id) as ids, max(at) as until from (select _id, at from sluice.execution_log_entries where env_id = $1 order by at limit $2) oldest`,
    [envId, atOnce],
  )
  const { ids, until } = rows[0] ?? {}
  if (until) await removeFrom(db, 'execution_log_entries', `env_id = $1 and at <= $2 and _id = any($3)`, [envId, until, ids])
}

/** In a statement with rows that are `gone`: their environments have the room again. */
export const freeLogRoom = `freed as (update sluice.execution_log_usage u set bytes = greatest(0, u.bytes - g.bytes)
         from (select env_id, sum(bytes) as bytes from gone group by env_id) g where u.env_id = g.env_id)`

/** With what they took of their environments. */
async function removeFrom(db: Client, table: string, condition: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await db.query<{ removed: number }>(
    `with gone as (delete from sluice.${table} where ${condition} returning env_id, bytes),
       ${freeLogRoom}
     select count(*)::int as removed from gone`,
    [...values],
  )
  return rows[0]?.removed ?? 0
}
