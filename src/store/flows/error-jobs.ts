/** What is done to all errors that fit a filter, as rows. A step of a job locks its row: what it does and how far the job is are one commit. */
import type { ErrorJob, ErrorJobOrder, ErrorJobPosition, ErrorJobs } from '../../domain/ports/flows/error-jobs.ts'
import type { Client } from '../database/pool.ts'

const columns = `_id, action, status, integration_id, flow_id, step_id, asked, num_total, num_done, job_ids, error_message, user_id, created_at,
  last_modified, ended_at`

export const errorJobRows = (db: Client): ErrorJobs => ({
  async add(envId, job) {
    await db.query(
      `insert into sluice.error_jobs (env_id, _id, action, integration_id, flow_id, step_id, asked, user_id, created_at, last_modified)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
      [
        envId,
        job._id,
        job.action,
        job.integrationId ?? null,
        job.flowId ?? null,
        job.stepId ?? null,
        JSON.stringify(job.order),
        job.userId,
        job.createdAt,
      ],
    )
  },
  find: (envId, id) => find(db, envId, id),
  async list(envId, { flowId, integrationId, visibleIntegrationIds }, limit) {
    const { rows } = await db.query<Row>(
      `select ${columns} from sluice.error_jobs
       where env_id = $1 and ($2::text is null or flow_id = $2) and ($3::text is null or integration_id = $3)
         and ($4::text[] is null or coalesce(integration_id, 'none') = any($4))
       order by created_at desc, _id desc limit $5`,
      [envId, flowId ?? null, integrationId ?? null, visibleIntegrationIds ?? null, limit],
    )
    return rows.map(toErrorJob)
  },
  async countOpen(envId) {
    const { rows } = await db.query<{ n: number }>(`select count(*) as n from sluice.error_jobs where env_id = $1 and ended_at is null`, [
      envId,
    ])
    return rows[0]?.n ?? 0
  },
  async countDownloads(envId) {
    const text = `select count(*) as n from sluice.error_jobs where env_id = $1 and action = 'download'`
    const { rows } = await db.query<{ n: number }>(text, [envId])
    return rows[0]?.n ?? 0
  },
  async cancel(envId, id, at) {
    await db.query(
      `update sluice.error_jobs set status = 'canceled', ended_at = $3, last_modified = $3 where env_id = $1 and _id = $2 and ended_at is null`,
      [envId, id, at],
    )
    return find(db, envId, id)
  },
  ...carryingRows(db),
})

/** As workers carry them out. */
const carryingRows = (db: Client): Pick<ErrorJobs, 'takeNext' | 'moveOn' | 'end' | 'purge'> => ({
  async takeNext() {
    const { rows } = await db.query<Row & { env_id: string; position: ErrorJobPosition | null }>({
      name: 'error-job-take',
      text: `select env_id, position, ${columns} from sluice.error_jobs where ended_at is null order by last_modified limit 1 for update skip locked`,
    })
    const [row] = rows
    return row && { envId: row.env_id, job: toErrorJob(row), ...(row.position && { position: row.position }) }
  },
  async moveOn(envId, id, { numTotal, done, jobIds = [], errorMessage, position }, at) {
    await db.query({
      name: 'error-job-move-on',
      text: `update sluice.error_jobs set status = 'running', num_total = coalesce($3, num_total), num_done = num_done + $4, job_ids = job_ids || $5::text[],
               error_message = coalesce(error_message, $6), position = coalesce($7::jsonb, position), last_modified = $8
             where env_id = $1 and _id = $2 and ended_at is null`,
      values: [envId, id, numTotal ?? null, done, jobIds, errorMessage ?? null, position ? JSON.stringify(position) : null, at],
    })
  },
  async end(envId, id, status, errorMessage, at) {
    await db.query(
      `update sluice.error_jobs set status = $3, error_message = coalesce($4, error_message), ended_at = $5, last_modified = $5
       where env_id = $1 and _id = $2 and ended_at is null`,
      [envId, id, status, errorMessage ?? null, at],
    )
  },
  async purge(before, limit) {
    await db.query(
      `delete from sluice.error_jobs j using (
         select env_id, _id from sluice.error_jobs where ended_at is not null and ended_at < $1 order by ended_at limit $2) gone
       where j.env_id = gone.env_id and j._id = gone._id`,
      [before, limit],
    )
  },
})

async function find(db: Client, envId: string, id: string): Promise<ErrorJob | undefined> {
  const { rows } = await db.query<Row>(`select ${columns} from sluice.error_jobs where env_id = $1 and _id = $2`, [envId, id])
  return rows[0] && toErrorJob(rows[0])
}

interface Row {
  _id: string
  action: ErrorJob['action']
  status: ErrorJob['status']
  integration_id: string | null
  flow_id: string | null
  step_id: string | null
  asked: ErrorJobOrder
  num_total: number | null
  num_done: number
  job_ids: string[]
  error_message: string | null
  user_id: string
  created_at: Date
  last_modified: Date
  ended_at: Date | null
}

const toErrorJob = (row: Row): ErrorJob => ({
  _id: row._id,
  action: row.action,
  status: row.status,
  ...(row.integration_id !== null && { integrationId: row.integration_id }),
  ...(row.flow_id !== null && { flowId: row.flow_id }),
  ...(row.step_id !== null && { stepId: row.step_id }),
  order: row.asked,
  ...(row.num_total !== null && { numTotal: row.num_total }),
  numDone: row.num_done,
  jobIds: row.job_ids,
  ...(row.error_message !== null && { errorMessage: row.error_message }),
  userId: row.user_id,
  createdAt: row.created_at.toISOString(),
  lastModified: row.last_modified.toISOString(),
  ...(row.ended_at && { endedAt: row.ended_at.toISOString() }),
})
