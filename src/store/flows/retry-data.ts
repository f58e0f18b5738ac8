/** Records that failed, as they came to their step: what a retry sends again. */
import { parseExact } from '../../domain/limits/exact-number.ts'
import type { ErrorFilter, RetryData } from '../../domain/ports/flow-errors.ts'
import type { Retryable, RetryCursor, RetryDataRows, RetryFilter } from '../../domain/ports/flows/retries.ts'
import { maxRetryData } from '../../contract/operations/flows/flow-errors.ts'
import type { Client } from '../database/pool.ts'

/** Retry data that are removed by one commit beyond as many as it has written: their oldest, where a step has more than are kept. */
const maxPruned = 1000

/** Of a step, in tables of either. */
const step = 'env_id = $1 and flow_id = $2 and step_id = $3'

export const retryDataRows = (db: Client): RetryDataRows => ({
  async listRetryable(envId, flowId, stepId, keys) {
    const { rows } = await db.query<RetryableRow>({
      name: 'retry-data-of-keys',
      text: `select r.retry_data_key, e.error_id, r.data::text as data, r.stage, r.trace_key, r.place::text as place, e.num_retries
             from sluice.retry_data r
             join sluice.flow_errors e on e.env_id = r.env_id and e.flow_id = r.flow_id and e.step_id = r.step_id and e.retry_data_key = r.retry_data_key and e.resolved_at is null
             where r.env_id = $1 and r.flow_id = $2 and r.step_id = $3 and r.retry_data_key = any($4) order by r.seq, e.occurred_at, e.error_id`,
      values: [envId, flowId, stepId, keys],
    })
    return rows.map(toRetryable)
  },
  async filterRetryable(envId, flowId, stepId, keys) {
    const { rows } = await db.query<{ key: string }>(
      `select r.retry_data_key as key from sluice.retry_data r where r.env_id = $1 and r.flow_id = $2 and r.step_id = $3 and r.retry_data_key = any($4)
         and ${hasError('')}`,
      [envId, flowId, stepId, keys],
    )
    return new Set(rows.map(({ key }) => key))
  },
  async findKeys(envId, flowId, stepId, errorIds) {
    const { rows } = await db.query<{ error_id: string; retry_data_key: string }>(
      `select error_id, retry_data_key from sluice.flow_errors
       join sluice.retry_data using (env_id, flow_id, step_id, retry_data_key)
       where ${step} and error_id = any($4) and resolved_at is null`,
      [envId, flowId, stepId, errorIds],
    )
    return new Map(rows.map((row) => [row.error_id, row.retry_data_key]))
  },
  listFitting: (envId, flowId, stepId, filter, after, limit) => listFitting(db, [envId, flowId, stepId], filter, after, limit),
  countFitting: (envId, flowId, stepId, filter, after, limit) => countFitting(db, [envId, flowId, stepId], filter, after, limit),
  find: (...key) => find(db, key, ''),
  lock: (...key) => find(db, key, 'for update'),
  async replace(envId, flowId, stepId, key, { data, stage, traceKey }) {
    const { rowCount } = await db.query(
      `update sluice.retry_data set data = $5, stage = coalesce($6, stage), trace_key = coalesce($7, trace_key) where ${step} and retry_data_key = $4`,
      [envId, flowId, stepId, key, JSON.stringify(data), stage ?? null, traceKey ?? null],
    )
    if (rowCount !== 1) return false
    await db.query(
      `update sluice.flow_errors set retry_at = null where ${step} and retry_data_key = $4 and resolved_at is null and retry_at is not null`,
      [envId, flowId, stepId, key],
    )
    return true
  },
})

async function find(
  db: Client,
  [envId, flowId, stepId, key]: Parameters<RetryDataRows['find']>,
  lock: '' | 'for update',
): Promise<RetryData | undefined> {
  const { rows } = await db.query<RetryRow>(
    `select data::text as data, stage, trace_key from sluice.retry_data where ${step} and retry_data_key = $4 ${lock}`,
    [envId, flowId, stepId, key],
  )
  return rows[0] && toRetryData(rows[0])
}

async function listFitting(
  db: Client,
  of: readonly string[],
  filter: RetryFilter,
  after: RetryCursor | undefined,
  limit: number,
): Promise<readonly RetryCursor[]> {
  const values: unknown[] = [...of, after?.seq ?? -1, after?.key ?? '', limit]
  const { rows } = await db.query<RetryCursor>(
    `select r.seq, r.retry_data_key as key from sluice.retry_data r
     where r.env_id = $1 and r.flow_id = $2 and r.step_id = $3 and (r.seq, r.retry_data_key) > ($4, $5) and ${fits(filter, values)}
     order by r.seq, r.retry_data_key limit $6`,
    values,
  )
  return rows
}

async function countFitting(
  db: Client,
  of: readonly string[],
  filter: RetryFilter,
  after: RetryCursor | undefined,
  limit: number,
): ReturnType<RetryDataRows['countFitting']> {
  const values: unknown[] = [...of, after?.seq ?? -1, after?.key ?? '', limit]
  const { rows } = await db.query<{ fitting: number; seq: number | null; key: string | null }>(
    `with r as materialized (
       select env_id, flow_id, step_id, seq, retry_data_key from sluice.retry_data
       where ${step} and (seq, retry_data_key) > ($4, $5) order by seq, retry_data_key limit $6)
     select (select count(*) from r where ${fits(filter, values)}) as fitting, last.seq, last.retry_data_key as key
     from (select 1) one left join (select seq, retry_data_key from r order by seq desc, retry_data_key desc limit 1) last on true`,
    values,
  )
  const { fitting = 0, seq, key } = rows[0] ?? {}
  return { fitting, ...(seq != null && key != null && { last: { seq, key } }) }
}

/** An open error of the retry data `r` for which more holds. */
const hasError = (more: string): string =>
  `exists (select from sluice.flow_errors e where e.env_id = r.env_id and e.flow_id = r.flow_id and e.step_id = r.step_id
     and e.retry_data_key = r.retry_data_key and e.resolved_at is null${more})`

function fits({ dueBy, exceptJobId, ...filter }: RetryFilter, values: unknown[]): string {
  const bind = (value: unknown): string => `$${values.push(value)}`
  const conditions = [
    ...toConditions(filter, bind),
    ...(dueBy ? [`e.retry_at <= ${bind(dueBy)}`] : []),
    ...(exceptJobId ? [`e.flow_job_id <> ${bind(exceptJobId)}`] : []),
  ]
  return hasError(conditions.map((condition) => ` and ${condition}`).join(''))
}

/** What errors `e` have to be. */
export const toConditions = (filter: ErrorFilter, bind: (value: unknown) => string): string[] => [
  ...(filter.occurredAtGte ? [`e.occurred_at >= ${bind(filter.occurredAtGte)}`] : []),
  ...(filter.occurredAtLte ? [`e.occurred_at <= ${bind(filter.occurredAtLte)}`] : []),
  ...(filter.source ? [`e.source = ${bind(filter.source)}`] : []),
  ...(filter.classifications ? [toOneOf('e.classification', filter.classifications, bind)] : []),
  ...(filter.flowJobId ? [`e.flow_job_id = ${bind(filter.flowJobId)}`] : []),
  ...(filter.code ? [`e.code = ${bind(filter.code)}`] : []),
  ...(filter.message ? [`e.message ilike ${bind(`%${filter.message.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)}`] : []),
  ...(filter.traceKey ? [byTraceKey(bind(filter.traceKey))] : []),
  ...(filter.assignedTo === null ? ['e.assigned_to is null'] : filter.assignedTo ? [`e.assigned_to = ${bind(filter.assignedTo)}`] : []),
  ...(filter.tagId ? [`e.tag_ids <> '{}' and ${bind(filter.tagId)} = any(e.tag_ids)`] : []),
  ...(filter.errorId ? [`e.error_id = ${bind(filter.errorId)}`] : []),
  ...(filter.resolvedAtGte ? [`e.resolved_at >= ${bind(filter.resolvedAtGte)}`] : []),
  ...(filter.resolvedAtLte ? [`e.resolved_at <= ${bind(filter.resolvedAtLte)}`] : []),
]

/** Of one, the index gives the errors in their order; of several it cannot. */
const toOneOf = (column: string, values: readonly string[], bind: (value: unknown) => string): string =>
  values.length === 1 ? `${column} = ${bind(values[0])}` : `${column} = any(${bind(values)})`

/** As it is indexed: by its digest. */
const byTraceKey = (value: string): string =>
  `e.trace_key is not null and md5(e.trace_key) = md5(${value}::text) and e.trace_key = ${value}`

/** Removes the oldest retry data of a step beyond those that are kept: a bounded number of them. */
export async function pruneRetryData(
  db: Client,
  envId: string,
  flowId: string,
  stepId: string,
  newest: number,
  written: number,
): Promise<void> {
  await db.query({
    name: 'retry-data-prune',
    text: `delete from sluice.retry_data where ${step} and retry_data_key = any(array(
             select retry_data_key from sluice.retry_data where ${step} and seq <= $4 order by seq, retry_data_key limit $5))`,
    values: [envId, flowId, stepId, newest - maxRetryData, written + maxPruned],
  })
}

interface RetryRow {
  data: string
  stage: string | null
  trace_key: string | null
}
type RetryableRow = RetryRow & { retry_data_key: string; error_id: string; place: string | null; num_retries: number }

const toRetryable = (row: RetryableRow): Retryable => ({
  ...toRetryData(row),
  ...(row.place !== null && { place: JSON.parse(row.place) as object }),
  retryDataKey: row.retry_data_key,
  errorId: row.error_id,
  bytes: Buffer.byteLength(row.data),
  numRetries: row.num_retries,
})

const toRetryData = (row: RetryRow): RetryData => ({
  data: parseExact(row.data) as RetryData['data'],
  ...(row.stage && { stage: row.stage }),
  ...(row.trace_key && { traceKey: row.trace_key }),
})
