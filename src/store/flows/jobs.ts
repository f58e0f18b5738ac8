/** The jobs table. The states of a run are told in engine/README.md; what workers write is in flows/running-jobs.ts. */
import type { Counts, Job, JobFilter, Jobs } from '../../domain/ports/jobs.ts'
import { measure } from '../../domain/observability/measurements.ts'
import type { Client } from '../database/pool.ts'
import { columns, toJob, type Row } from './job-row.ts'
import { mergedJobs, toStatusConditions } from './merged-jobs.ts'
import { toFlag } from '../queue/run-seats.ts'
import { insertJobs, runningJobRows, readOwnership } from './running-jobs.ts'

/** The task of graphile-worker that carries runs out. */
export const runTask = 'run'

/** Times that the queue hands one task out. A run goes on where it was, so they cost little; one that kills every worker ends after the last. */
const maxAttempts = 25

export const jobRows = (db: Client): Jobs => ({
  async enqueue(envId, job, lane) {
    await insertJobs(db, envId, [job], 'queued')
    await addTask(db, envId, job._id, lane)
  },
  async requeue(envId, jobId, epoch, lane) {
    if ((await readOwnership(db, envId, jobId, epoch)) === 'ours') await addTask(db, envId, jobId, lane)
  },

  async find(envId, id) {
    const { rows } = await db.query<Row>({
      name: 'job-find',
      text: `select ${columns} from sluice.jobs where env_id = $1 and _id = $2`,
      values: [envId, id],
    })
    return rows[0] && toJob(rows[0])
  },
  list: (envId, filter) => list(db, envId, filter),
  listLatest: (...values) => listLatest(db, 'jobs-latest', latest, values),
  listLatestOfFlows: (envId, flowIds, integrationIds, limit) =>
    listLatest(db, 'jobs-latest-of-flows', latestOfFlows, [envId, flowIds, limit, integrationIds ?? null]),
  listLatestOfFlow: (envId, flowId, exportIds, limit) =>
    listLatest(db, 'jobs-latest-of-flow', latestOfFlow, [envId, flowId, limit, exportIds]),

  async cancel(envId, id, at) {
    await end(db, envId, '_id = any($2)', [id], at)
    await end(db, envId, '_flow_job_id = any($2)', [id], at)
    const { rows } = await db.query<Row>(`select ${columns} from sluice.jobs where env_id = $1 and _id = $2`, [envId, id])
    return rows[0] && toJob(rows[0])
  },
  async addCanceled(envId, job, reason) {
    await insertJobs(db, envId, [job], 'canceled')
    await db.query(`update sluice.jobs set ended_at = created_at, error_message = $3 where env_id = $1 and _id = $2`, [
      envId,
      job._id,
      reason,
    ])
  },
  async cancelFlows(envId, flowIds, at) {
    const runIds = await end(db, envId, '_flow_id = any($2) and _flow_job_id is null', flowIds, at)
    await end(db, envId, '_flow_job_id = any($2)', runIds, at)
  },
  async isWaiting(envId, flowId, exportIds) {
    const { rowCount } = await db.query(
      `select 1 from sluice.jobs where env_id = $1 and _flow_id = $2 and ended_at is null and _flow_job_id is null and type = 'flow' and status = 'queued'
         and run_order -> 'exportIds' is not distinct from $3::jsonb and not run_order ?| array['startDate', 'endDate'] limit 1`,
      [envId, flowId, exportIds ? JSON.stringify(exportIds) : null],
    )
    return rowCount === 1
  },

  ...runningJobRows(db),
})

/** Runs first and their steps after them, in two statements: the second one sees the steps that a worker wrote while the first one waited for it. */
async function end(db: Client, envId: string, which: string, ids: readonly string[], at: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ _id: string; is_run: boolean; ms: number | null }>(
    `update sluice.jobs set status = 'canceled', ended_at = $3, last_modified = $3 where env_id = $1 and ${which} and ended_at is null
     returning _id, _flow_job_id is null as is_run, (extract(epoch from ended_at - started_at) * 1000)::float8 as ms`,
    [envId, ids, at],
  )
  for (const { is_run, ms } of rows) if (is_run) measure('runEnded', { status: 'canceled', ...(ms !== null && { ms }) })
  return rows.map(({ _id }) => _id)
}

/** Runs of its account that a task is put behind at the most: counting them costs 0.2 ms. */
const maxTurns = 500

/**
 * In the transaction that writes the job: a run is queued if and only if it is written. Its notification goes out with the commit. Its priority is how many
 * runs of its account have not ended, so accounts take turns: the first of each, then the second of each. One account's thousand are no thousand before
 * another one's first.
 */
export async function addTask(db: Client, envId: string, jobId: string, lane: string): Promise<void> {
  await db.query({
    name: 'jobs-queue',
    text: `
      with account as (
        select coalesce((select env_id from sluice.documents where collection = 'environments' and _id = $2::text), $2::text) as id),
      turn as (
        select count(*) as turn from (
          select from sluice.jobs where ended_at is null and _flow_job_id is null and env_id = any(array(
            select id from account union select _id from sluice.documents, account where env_id = account.id and collection = 'environments'))
          limit $6) open)
      select graphile_worker.add_job($1, json_build_object('envId', $2::text, 'jobId', $3::text, 'accountId', account.id),
        queue_name => $4, max_attempts => $5, priority => turn::int, flags => array['${toFlag('')}' || account.id])
      from account, turn`,
    values: [runTask, envId, jobId, lane, maxAttempts, maxTurns],
  })
}

const countColumns: { readonly [C in keyof Counts]: string } = {
  numExport: 'num_export',
  numSuccess: 'num_success',
  numError: 'num_error',
  numIgnore: 'num_ignore',
  numPagesGenerated: 'num_pages_generated',
  numPagesProcessed: 'num_pages_processed',
}
const idColumns: Readonly<Record<string, string>> = {
  _integrationId: '_integration_id',
  _flowId: '_flow_id',
  _exportId: '_export_id',
  _importId: '_import_id',
  _flowJobId: '_flow_job_id',
}

/** Begins at the flows, each of which has its newest run at hand in an index: its cost does not grow with how often they ran. */
const latestWhere = (condition: string): string => `
  with flows as materialized (
    select _id from sluice.documents where env_id = $1 and collection = 'flows' and ${condition} and deleted_at is null)
  select ${columns} from sluice.jobs where env_id = $1 and _id in (
    select newest._id from flows f cross join lateral (
      select _id from sluice.jobs where env_id = $1 and _flow_id = f._id and type = 'flow' order by created_at desc, _id desc limit 1) newest
    union
    select going._id from flows f
      join sluice.jobs going on going.env_id = $1 and going._flow_id = f._id and going.type = 'flow' and going.ended_at is null and going._flow_job_id is null)
  order by created_at desc, _id desc limit $3`

const latest = latestWhere(`doc ->> '_integrationId' = $2`)
const latestOfFlows = latestWhere(`_id = any($2::text[]) and ($4::text[] is null or doc ->> '_integrationId' = any($4::text[]))`)

/** Of a page generator by the job of its step, which a retry has, too. */
const latestOfFlow = `
  select ${columns} from sluice.jobs where env_id = $1 and _id in (
    (select _id from sluice.jobs where env_id = $1 and _flow_id = $2 and type = 'flow' order by created_at desc, _id desc limit 1)
    union
    select newest._id from unnest($4::text[]) e (id) cross join lateral (
      select run._id from sluice.jobs step join sluice.jobs run on run.env_id = $1 and run._id = step._flow_job_id and run.type = 'flow'
      where step.env_id = $1 and step._flow_id = $2 and step.type = 'export' and step._export_id = e.id
      order by step.created_at desc, step._id desc limit 1) newest
    union
    select _id from sluice.jobs where env_id = $1 and _flow_id = $2 and type = 'flow' and ended_at is null and _flow_job_id is null)
  order by created_at desc, _id desc limit $3`

async function listLatest(db: Client, name: string, text: string, values: readonly unknown[]): Promise<Job[]> {
  const { rows } = await db.query<Row>({ name, text, values: [...values] })
  return rows.map(toJob)
}

/** By the index where it can be. */
function ofIntegrations(ids: readonly string[], bind: (value: unknown) => string): string {
  const named = `_integration_id = any(${bind(ids)})`
  return ids.includes('none') ? `(${named} or _integration_id is null)` : named
}

const isRun: ReadonlySet<string> = new Set(['flow', 'retry', 'bulk_retry'])

/** Column names come from the two tables above, values only as parameters. */
async function list(db: Client, envId: string, filter: JobFilter): Promise<Job[]> {
  const values: unknown[] = [envId, filter.types, filter.limit]
  const bind = (value: unknown): string => `$${values.push(value)}`
  const from = mergedJobs(filter.statuses && toStatusConditions(filter.statuses, bind))
  const conditions = [
    ...Object.entries(filter.ids).map(([field, id]) => `${idColumns[field]} = ${bind(id)}`),
    ...filter.counts.map(({ field, than, value }) => `${countColumns[field]} ${than} ${bind(value)}`),
    ...(filter.types.every((type) => isRun.has(type)) ? ['_flow_job_id is null'] : []),
    ...(filter.integrationIds ? [ofIntegrations(filter.integrationIds, bind)] : []),
    ...(filter.isOpen ? ['ended_at is null and _flow_job_id is null'] : []),
    ...(filter.flowIds ? [`_flow_id = any(${bind(filter.flowIds)})`] : []),
    ...(filter.retriable === undefined ? [] : [`retriable = ${bind(filter.retriable)}`]),
    ...(filter.createdAtGte ? [`created_at >= ${bind(filter.createdAtGte)}`] : []),
    ...(filter.createdAtLte ? [`created_at <= ${bind(filter.createdAtLte)}`] : []),
  ].map((condition) => ` and ${condition}`)
  const { rows } = await db.query<Row>(
    `select ${columns} from ${from} where env_id = $1 and type = any($2) ${conditions.join('')} order by created_at desc, _id desc offset ${bind(filter.skip ?? 0)} limit $3`,
    values,
  )
  return rows.map(toJob)
}
