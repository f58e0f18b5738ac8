/** The jobs table as a worker writes it while it carries a run out. Whose a run is, is told by its epoch: every write names the one it is made under. */
import type { Job, Jobs, NewJob, RunningJob, RunOrder, RunOwnership } from '../../domain/ports/jobs.ts'
import type { Client } from '../database/pool.ts'
import { columns, toJob, type Row } from './job-row.ts'

type RunningJobs = Pick<Jobs, 'claim' | 'addSteps' | 'recordProgress' | 'finish' | 'readOwnership' | 'setNumRetry' | 'findLastSuccess'>

export const runningJobRows = (db: Client): RunningJobs => ({
  claim: (envId, id, at) => claim(db, envId, id, at),
  async addSteps(envId, flowJobId, steps, at) {
    const written = await listStepJobs(db, envId, flowJobId)
    if (written.length > 0 || steps.length === 0) return written
    await insertJobs(db, envId, steps, 'running', { flowJobId, startedAt: at })
    return listStepJobs(db, envId, flowJobId)
  },
  recordProgress: (envId, jobId, epoch, checkpoint, progress, at) => addProgress(db, envId, jobId, epoch, checkpoint, progress, at),
  readOwnership: (envId, jobId, epoch) => readOwnership(db, envId, jobId, epoch),
  async setNumRetry(envId, jobId, epoch, numRetry) {
    await db.query(`update sluice.jobs set num_retry = $4 where env_id = $1 and _id = $2 and epoch = $3 and num_retry is null`, [
      envId,
      jobId,
      epoch,
      numRetry,
    ])
  },

  async finish(envId, jobId, epoch, status, errorMessage, at) {
    const { rowCount } = await db.query(
      `with run as (update sluice.jobs set status = $4, error_message = $5, ended_at = $6, last_modified = $6, checkpoint = null
                    where env_id = $1 and _id = $2 and epoch = $3 and ended_at is null returning _id),
            steps as (update sluice.jobs j set status = $4, ended_at = $6, last_modified = $6 from run
                      where j.env_id = $1 and j._flow_job_id = run._id and j.ended_at is null)
       select 1 from run`,
      [envId, jobId, epoch, status, errorMessage ?? null, at],
    )
    return rowCount === 1
  },

  async findLastSuccess(envId, flowId, exportId) {
    const { rows } = await db.query<{ started_at: Date }>(
      `select started_at from sluice.jobs where env_id = $1 and _flow_id = $2 and _flow_job_id is null and type = 'flow' and status = 'completed' and not run_order ? 'endDate'
         and ($3::text is null or not run_order ? 'exportIds' or run_order -> 'exportIds' ? $3) order by created_at desc limit 1`,
      [envId, flowId, exportId ?? null],
    )
    return rows[0]?.started_at.toISOString()
  },
})

async function listStepJobs(db: Client, envId: string, flowJobId: string): Promise<Job[]> {
  const { rows } = await db.query<Row>(`select ${columns} from sluice.jobs where env_id = $1 and _flow_job_id = $2 order by o_index`, [
    envId,
    flowJobId,
  ])
  return rows.map(toJob)
}

/** Steps are only written while their run goes on, and it cannot be ended in between. */
export async function insertJobs(
  db: Client,
  envId: string,
  jobs: readonly NewJob[],
  status: Job['status'],
  under?: { readonly flowJobId: string; readonly startedAt: string },
): Promise<void> {
  const rows = jobs.map((job) => ({
    _id: job._id,
    type: job.type,
    _flow_id: job._flowId,
    _integration_id: job._integrationId,
    _export_id: job._exportId,
    _import_id: job._importId,
    _flow_job_id: job._flowJobId,
    _user_id: job._userId,
    o_index: job.oIndex,
    created_at: job.createdAt,
    num_retry: job.numRetry,
    run_order: job.order,
  }))
  await db.query({
    name: 'jobs-insert',
    text: `insert into sluice.jobs (env_id, _id, type, status, _flow_id, _integration_id, _export_id, _import_id, _flow_job_id, _user_id, o_index, created_at, last_modified, started_at, num_retry, run_order)
           select $1, r._id, r.type, $2, r._flow_id, r._integration_id, r._export_id, r._import_id, r._flow_job_id, r._user_id, r.o_index, r.created_at, coalesce($3::timestamptz, r.created_at), $3::timestamptz, r.num_retry, r.run_order
           from jsonb_to_recordset($4::jsonb) as r(_id text, type text, _flow_id text, _integration_id text, _export_id text, _import_id text, _flow_job_id text, _user_id text, o_index int, created_at timestamptz, num_retry bigint, run_order jsonb)
           where $5::text is null or exists (select 1 from sluice.jobs run where run.env_id = $1 and run._id = $5 and run.ended_at is null for share)
           on conflict (env_id, _id) do nothing`,
    values: [envId, status, under?.startedAt ?? null, JSON.stringify(rows), under?.flowJobId ?? null],
  })
}

async function claim(db: Client, envId: string, id: string, at: string): Promise<RunningJob | undefined> {
  const { rows } = await db.query<Row & { run_order: RunOrder; checkpoint: unknown; epoch: number }>({
    name: 'job-take',
    text: `update sluice.jobs set status = 'running', epoch = epoch + 1, started_at = coalesce(started_at, $3), last_modified = $3
           where env_id = $1 and ended_at is null and _id = (
             select oldest._id from sluice.jobs asked
             join sluice.jobs oldest on oldest.env_id = asked.env_id and oldest._flow_id = asked._flow_id and oldest.ended_at is null and oldest._flow_job_id is null
             where asked.env_id = $1 and asked._id = $2 order by oldest.created_at, oldest._id limit 1)
           returning ${columns}, run_order, checkpoint, epoch`,
    values: [envId, id, at],
  })
  const row = rows[0]
  return row && { job: toJob(row), order: row.run_order, checkpoint: row.checkpoint ?? undefined, epoch: row.epoch }
}

export async function readOwnership(db: Client, envId: string, jobId: string, epoch: number): Promise<RunOwnership> {
  const { rows } = await db.query<{ standing: RunOwnership }>({
    name: 'job-standing',
    text: `select case when epoch <> $3 then 'lost' when ended_at is null then 'ours' else 'over' end as standing from sluice.jobs where env_id = $1 and _id = $2`,
    values: [envId, jobId, epoch],
  })
  return rows[0]?.standing ?? 'over'
}

/** One statement: a page without errors costs one round trip. A run that was canceled meanwhile still gets the counts of the page it was at. */
async function addProgress(
  db: Client,
  envId: string,
  jobId: string,
  epoch: number,
  checkpoint: unknown,
  progress: Parameters<Jobs['recordProgress']>[4],
  at: string,
): Promise<RunOwnership> {
  const { rows } = await db.query<{ standing: RunOwnership }>({
    name: 'job-progress',
    text: `with page as (
             select * from jsonb_to_recordset($5::jsonb) as p(_id text, retriable boolean, "numExport" bigint, "numSuccess" bigint, "numError" bigint, "numIgnore" bigint, "numPagesGenerated" bigint, "numPagesProcessed" bigint)),
           run as (
             update sluice.jobs j set checkpoint = coalesce($4, j.checkpoint), ${addCounts} from page p
             where j.env_id = $1 and j._id = $2 and p._id = $2 and j.epoch = $3 and (j.ended_at is null or j.status = 'canceled')
             returning case when j.ended_at is null then 'ours' else 'over' end as standing),
           steps as (
             update sluice.jobs j set ${addCounts} from page p, run where j.env_id = $1 and j._id = p._id and p._id <> $2)
           select standing from run`,
    values: [
      envId,
      jobId,
      epoch,
      checkpoint === undefined ? null : JSON.stringify(checkpoint),
      JSON.stringify(progress.map(({ jobId: _id, counts, retriable }) => ({ _id, retriable, ...counts }))),
      at,
    ],
  })
  return rows[0]?.standing ?? 'lost'
}

const addCounts = `last_modified = $6, num_export = j.num_export + p."numExport", num_success = j.num_success + p."numSuccess", num_error = j.num_error + p."numError",
  num_ignore = j.num_ignore + p."numIgnore", num_pages_generated = j.num_pages_generated + p."numPagesGenerated",
  num_pages_processed = j.num_pages_processed + p."numPagesProcessed", retriable = j.retriable or p.retriable`
