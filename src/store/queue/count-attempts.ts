/** How often a task has been handed out in vain: a run that came further since the last time has that time not counted, however often its workers die. */
import type { Pool } from 'pg'

interface Attempt {
  readonly id: string
  readonly attempts: number
}

/**
 * Where a task is handed out again, asks how far the runs of its flow have come, and notes it in the task. Waits between attempts begin anew with the
 * count, so a long run does not wait half a minute after each of many deaths.
 */
export async function forgetFruitful(pool: Pool, { id, attempts }: Attempt): Promise<void> {
  if (attempts < 2) return
  await pool.query(
    `with reached as (
       select coalesce(md5(string_agg(run._id || run.checkpoint::text, ' ' order by run._id)), '') as mark
       from graphile_worker._private_jobs task
       join sluice.jobs asked on asked.env_id = task.payload ->> 'envId' and asked._id = task.payload ->> 'jobId'
       join sluice.jobs run on run.env_id = asked.env_id and run._flow_id = asked._flow_id and run.ended_at is null and run._flow_job_id is null
         and run.checkpoint is not null
       where task.id = $1)
     update graphile_worker._private_jobs task set attempts = 1, payload = (task.payload::jsonb || jsonb_build_object('reached', reached.mark))::json
     from reached where task.id = $1 and coalesce(task.payload ->> 'reached', '') <> reached.mark`,
    [id],
  )
}
