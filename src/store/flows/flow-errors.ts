/** Errors of steps and the records behind them. The counts of open errors are written with the errors. */
import type { Classification } from '../../contract/operations/flows/flow-errors.ts'
import type {
  ErrorFilter,
  ErrorOfRun,
  ErrorOfStep,
  ErrorScope,
  FlowError,
  FlowErrors,
  NewFlowError,
  OpenCount,
  RunOfErrors,
  StepKey,
} from '../../domain/ports/flow-errors.ts'
import type { Client } from '../database/pool.ts'
import { toStorable } from '../database/storable-text.ts'
import { cutRows, readPage, toPageQuery, type CutRow } from './error-pages.ts'
import { pruneRetryData, toConditions } from './retry-data.ts'
import { maxRetryData } from '../../contract/operations/flows/flow-errors.ts'

export const flowErrorRows = (db: Client): FlowErrors => ({
  add: (envId, flowId, errors) => add(db, envId, flowId, errors),
  listByRun: (envId, flowId, run) => ofRun(db, envId, flowId, run),

  async countByFlow(envId, integrationId) {
    const { rows } = await db.query<CountRow>({
      name: 'errors-by-flow',
      text: `select d._id as id, coalesce(sum(o.num_error), 0)::bigint as num_error, max(o.last_error_at) filter (where o.num_error > 0) as last_error_at
             from sluice.documents d left join sluice.open_errors o on o.env_id = d.env_id and o.flow_id = d._id
             where d.env_id = $1 and d.collection = 'flows' and d.doc ->> '_integrationId' = $2 and d.deleted_at is null
             group by d._id order by d._id`,
      values: [envId, integrationId],
    })
    return rows.map(toOpenCount)
  },
  async countByStep(envId, flowId) {
    const { rows } = await db.query<CountRow>(
      `select step_id as id, num_error, last_error_at from sluice.open_errors where env_id = $1 and flow_id = $2 order by step_id`,
      [envId, flowId],
    )
    return rows.map(toOpenCount)
  },

  async listPage(envId, steps, state, page) {
    const of = { steps, isResolved: state === 'resolved', page }
    const { rows, next } = await readPage<ErrorRow & StepRow & CutRow>(db, envId, of, pageColumns)
    return { errors: rows.map(toErrorOfStep), ...(next && { next }) }
  },
  async findMatching(envId, step, filter, after, looks) {
    const page = { ...filter, limit: looks, ...(after && { after }) }
    const { text, values } = toPageQuery(envId, { steps: [step], isResolved: false, page, looks }, 'e.error_id, e.occurred_at')
    const { rows, next } = cutRows((await db.query<CutRow>(text, values)).rows, looks)
    return { errorIds: rows.flatMap(({ error_id }) => error_id ?? []), ...(next && { next }) }
  },
  countOpen: (envId, flowId, stepId, filter) => countOpen(db, [envId, flowId, stepId], filter),
  listSteps: (envId, scope, state, after, limit) => listSteps(db, envId, scope, state, after, limit),
  resolve: (envId, flowId, stepId, errorIds, by, at) => resolve(db, envId, flowId, stepId, errorIds, by, at),
  resolveByTraceKeys: (envId, flowId, stepId, traceKeys, by, at) => resolveByTraceKeys(db, envId, flowId, stepId, traceKeys, by, at),
})

async function add(db: Client, envId: string, flowId: string, errors: readonly NewFlowError[]): Promise<void> {
  if (errors.length === 0) return
  const kept = [...new Map(errors.map((error) => [error.retryDataKey, error])).values()].filter(
    ({ retry, retryDataKey }) => retry && retryDataKey,
  )
  const column = <K extends keyof FlowError | 'stepId'>(field: K): (NewFlowError[K] | null)[] => errors.map((error) => error[field] ?? null)
  const { rows } = await db.query<{ step_id: string; retry_seq: number }>({
    name: 'errors-insert',
    text: insertErrors,
    values: [
      envId,
      flowId,
      column('stepId'),
      column('errorId'),
      column('occurredAt'),
      column('source'),
      column('code'),
      errors.map((error) => toStorable(error.message)),
      errors.map((error) => (error.traceKey === undefined ? null : toStorable(error.traceKey))),
      column('retryDataKey'),
      column('_flowJobId'),
      column('oIndex'),
      column('classification'),
      kept.map((error) => error.stepId),
      kept.map((error) => error.retryDataKey),
      kept.map((error) => JSON.stringify(error.retry?.data)),
      kept.map((error) => error.retry?.stage ?? null),
      kept.map((error) => (error.retry?.traceKey === undefined ? null : toStorable(error.retry.traceKey))),
      kept.map((error) => (error.retry?.place === undefined ? null : JSON.stringify(error.retry.place))),
      errors.map(({ exportDataURI }) => (exportDataURI === undefined ? null : toStorable(exportDataURI))),
      errors.map(({ importDataURI }) => (importDataURI === undefined ? null : toStorable(importDataURI))),
      column('retryAt'),
      errors.map(({ numRetries }) => numRetries ?? 0),
      column('reqAndResKey'),
    ],
  })
  for (const { step_id, retry_seq } of rows)
    if (retry_seq > maxRetryData) await pruneRetryData(db, envId, flowId, step_id, retry_seq, kept.length)
}

/** Errors, their counts, the next time that one of a step is retried, and their retry data, numbered by step. */
const insertErrors = `
  with new as (
    insert into sluice.flow_errors (env_id, flow_id, step_id, error_id, occurred_at, source, code, message, trace_key, retry_data_key, flow_job_id, o_index, classification, export_data_uri, import_data_uri, retry_at, num_retries, req_and_res_key)
    select $1, $2, * from unnest($3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int[], $13::text[], $20::text[], $21::text[], $22::timestamptz[], $23::int[], $24::text[])
    returning step_id, occurred_at, retry_at),
  kept as (
    select * from unnest($14::text[], $15::text[], $16::json[], $17::text[], $18::text[], $19::json[]) with ordinality
      as k (step_id, retry_data_key, data, stage, trace_key, place, n)),
  counted as (
    insert into sluice.open_errors as o (env_id, flow_id, step_id, num_error, last_error_at, retry_seq)
    select $1, $2, step_id, count(*), max(occurred_at), (select count(*) from unnest($14::text[]) k (step_id) where k.step_id = new.step_id) from new group by step_id
    on conflict (env_id, flow_id, step_id) do update set num_error = o.num_error + excluded.num_error,
      last_error_at = greatest(o.last_error_at, excluded.last_error_at), retry_seq = o.retry_seq + excluded.retry_seq
    returning step_id, retry_seq),
  due as (
    insert into sluice.due_retries as d (env_id, flow_id, step_id, due_at)
    select $1, $2, step_id, min(retry_at) from new where retry_at is not null group by step_id
    on conflict (env_id, flow_id, step_id) do update set due_at = least(d.due_at, excluded.due_at)),
  stored as (
    insert into sluice.retry_data (env_id, flow_id, step_id, retry_data_key, data, stage, trace_key, place, seq)
    select $1, $2, k.step_id, k.retry_data_key, k.data, k.stage, k.trace_key, k.place,
      c.retry_seq + 1 - row_number() over (partition by k.step_id order by k.n desc)
    from kept k join counted c using (step_id) on conflict do nothing)
  select step_id, retry_seq from counted`

/** By way of the counts of open errors, of which every step has one that has ever had an error. */
async function listSteps(
  db: Client,
  envId: string,
  scope: ErrorScope,
  state: 'open' | 'any',
  after: StepKey | undefined,
  limit: number,
): Promise<StepKey[]> {
  const [ofScope, id] =
    'flowId' in scope
      ? (['o.flow_id = $2', scope.flowId] as const)
      : ([
          `o.flow_id in (select _id from sluice.documents where env_id = $1 and collection = 'flows' and doc ->> '_integrationId' = $2 and deleted_at is null)`,
          scope.integrationId,
        ] as const)
  const stepId = 'flowId' in scope ? scope.stepId : undefined
  const { rows } = await db.query<StepRow>(
    `select o.flow_id, o.step_id from sluice.open_errors o
     where o.env_id = $1 and ${ofScope} and ($3::text is null or o.step_id = $3) and ($4 or o.num_error > 0) and (o.flow_id, o.step_id) > ($5, $6)
     order by o.flow_id, o.step_id limit $7`,
    [envId, id, stepId ?? null, state === 'any', after?.flowId ?? '', after?.stepId ?? '', limit],
  )
  return rows.map(({ flow_id, step_id }) => ({ flowId: flow_id, stepId: step_id }))
}

async function countOpen(db: Client, of: readonly string[], filter: ErrorFilter): Promise<number> {
  const values: unknown[] = [...of]
  const conditions = toConditions(filter, (value) => `$${values.push(value)}`).map((condition) => ` and ${condition}`)
  const { rows } = await db.query<{ n: number }>(
    `select count(*) as n from sluice.flow_errors e where e.env_id = $1 and e.flow_id = $2 and e.step_id = $3 and e.resolved_at is null${conditions.join('')}`,
    values,
  )
  return rows[0]?.n ?? 0
}

/** Of `sluice.flow_errors`, or of rows of it. A key that leads nowhere any more, of retry data or of a request, is not told. */
const columns = `error_id, occurred_at, source, code, message, trace_key, flow_job_id, o_index, classification, export_data_uri, import_data_uri, resolved_at, resolved_by, tag_ids,
  num_retries, case when retry_at > now() and resolved_at is null then retry_at end as retry_at,
  (select r.retry_data_key from sluice.retry_data r where r.env_id = e.env_id and r.flow_id = e.flow_id and r.step_id = e.step_id and r.retry_data_key = e.retry_data_key) as retry_data_key,
  (select q.key from sluice.recorded_requests q where q.env_id = e.env_id and q.flow_id = e.flow_id and q.step_id = e.step_id and q.key = e.req_and_res_key) as req_and_res_key`

const pageColumns = `e.flow_id, e.step_id, ${columns},
  (select jsonb_build_object('_userId', u._id, 'email', u.email, 'name', u.name) from sluice.users u where u._id = assigned_to) as assignee`

/** In two halves, since open and resolved errors have an index each, by step and time. */
async function ofRun(db: Client, envId: string, flowId: string, { runId, stepIds, from, to, limit }: RunOfErrors): Promise<ErrorOfRun[]> {
  const half = (state: string): string => `
    (select e.* from unnest($3::text[]) s(id) cross join lateral (
       select * from sluice.flow_errors
       where env_id = $1 and flow_id = $2 and step_id = s.id and ${state} and occurred_at between $5 and $6 and flow_job_id = $4
       order by occurred_at desc, error_id desc limit $7) e)`
  const { rows } = await db.query<ErrorRow & { step_id: string }>({
    name: 'errors-of-run',
    text: `select step_id, ${columns},
             null::jsonb as assignee
           from (${half('resolved_at is null')} union all ${half('resolved_at is not null')}) e
           order by occurred_at desc, error_id desc limit $7`,
    values: [envId, flowId, stepIds, runId, from, to, limit],
  })
  return rows.map((row) => ({ ...toFlowError(row), stepId: row.step_id, resolved: row.resolved_at !== null }))
}

/** The count row is locked first, so that two who resolve the same errors count them once and the newest open one is read after both. */
async function resolve(
  db: Client,
  envId: string,
  flowId: string,
  stepId: string,
  errorIds: readonly string[],
  by: string,
  at: string,
): Promise<number> {
  const key = [envId, flowId, stepId]
  await db.query(`select 1 from sluice.open_errors where env_id = $1 and flow_id = $2 and step_id = $3 for update`, key)
  const { rowCount } = await db.query(
    `update sluice.flow_errors set resolved_at = $5, resolved_by = $6 where env_id = $1 and flow_id = $2 and step_id = $3 and error_id = any($4) and resolved_at is null`,
    [...key, errorIds, at, by],
  )
  if (!rowCount) return 0
  await db.query(
    `update sluice.open_errors set num_error = num_error - $4,
       last_error_at = (select max(occurred_at) from sluice.flow_errors where env_id = $1 and flow_id = $2 and step_id = $3 and resolved_at is null)
     where env_id = $1 and flow_id = $2 and step_id = $3`,
    [...key, rowCount],
  )
  return rowCount
}

async function resolveByTraceKeys(
  db: Client,
  envId: string,
  flowId: string,
  stepId: string,
  traceKeys: readonly string[],
  by: string,
  at: string,
): Promise<void> {
  const { rows } = await db.query<{ error_id: string }>({
    name: 'errors-by-trace-key',
    text: `select error_id from sluice.flow_errors
           where env_id = $1 and flow_id = $2 and step_id = $3 and resolved_at is null and trace_key is not null
             and md5(trace_key) = any(array(select md5(key) from unnest($4::text[]) key)) and trace_key = any($4)`,
    values: [envId, flowId, stepId, traceKeys.map(toStorable)],
  })
  const errorIds = rows.map((row) => row.error_id)
  if (errorIds.length > 0) await resolve(db, envId, flowId, stepId, errorIds, by, at)
}

interface CountRow {
  id: string
  num_error: number
  last_error_at: Date | null
}
const toOpenCount = (row: CountRow): OpenCount => ({
  id: row.id,
  numError: row.num_error,
  ...(row.num_error > 0 && row.last_error_at && { lastErrorAt: row.last_error_at.toISOString() }),
})

interface ErrorRow {
  error_id: string
  occurred_at: Date
  source: string
  code: string
  message: string
  trace_key: string | null
  retry_data_key: string | null
  req_and_res_key: string | null
  retry_at: Date | null
  num_retries: number
  flow_job_id: string
  o_index: number | null
  classification: Classification | null
  export_data_uri: string | null
  import_data_uri: string | null
  resolved_at: Date | null
  resolved_by: string | null
  tag_ids: string[]
  assignee: FlowError['assignedTo'] | null
}
interface StepRow {
  flow_id: string
  step_id: string
}
const toErrorOfStep = (row: ErrorRow & StepRow): ErrorOfStep => ({
  ...toFlowError(row),
  flowId: row.flow_id,
  stepId: row.step_id,
  ...(row.resolved_at && { resolvedAt: row.resolved_at.toISOString(), resolvedBy: row.resolved_by ?? '' }),
})

const toFlowError = (row: ErrorRow): FlowError => ({
  errorId: row.error_id,
  occurredAt: row.occurred_at.toISOString(),
  source: row.source,
  code: row.code,
  message: row.message,
  ...(row.trace_key && { traceKey: row.trace_key }),
  ...(row.retry_data_key && { retryDataKey: row.retry_data_key }),
  ...(row.req_and_res_key && { reqAndResKey: row.req_and_res_key }),
  ...(row.num_retries > 0 && { numRetries: row.num_retries }),
  ...(row.retry_at && { retryAt: row.retry_at.toISOString() }),
  _flowJobId: row.flow_job_id,
  ...(row.o_index !== null && { oIndex: row.o_index }),
  ...(row.classification && { classification: row.classification, classifiedBy: 'autopilot' as const }),
  ...(row.export_data_uri && { exportDataURI: row.export_data_uri }),
  ...(row.import_data_uri && { importDataURI: row.import_data_uri }),
  ...(row.assignee && { assignedTo: row.assignee }),
  ...(row.tag_ids.length > 0 && { tagIds: row.tag_ids }),
})
