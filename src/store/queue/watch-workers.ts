/**
 * The watch over the workers of the queue.
 *
 * graphile-worker itself waits 4 hours before it gives up on a worker. Here each worker writes a heartbeat every 2 s; tasks locked by one whose last
 * heartbeat was seen 6 s ago are unlocked by whichever worker looks next, so a dead worker's run goes on within 10 s. A worker that was only slow can do no
 * harm: its run has a new epoch by then, and every write of the old one is refused.
 *
 * What must never happen is looked for too, more seldom, and mended: a run that no task carries, a task that is spent, a lane that nobody holds.
 */
import type { Pool } from 'pg'
import type { Log } from '../../domain/context.ts'
import { StoreUnavailable } from '../../domain/errors.ts'
import type { Client } from '../database/pool.ts'
import { laneName } from '../../domain/flows/run-flow.ts'
import { addTask, runTask } from '../flows/jobs.ts'
import { heartbeat, type DatabaseOutage } from '../../domain/observability/database-outage.ts'
import { toStoreError } from '../database/store-errors.ts'
import { type Sign, createSilenceCheck } from './silent-workers.ts'

const heartbeatMs = 2000
/** How often the others are looked at. Milliseconds. */
const lookMs = 1000
/** Three heartbeats missed, and up to one more look: 7 s at the most. */
const deadAfterMs = 6000
/** So much of what the database's clock says of others is believed at first sight: who lives beats once more before the rest is over. Milliseconds. */
const believedMs = 3000
/** How the sessions of the queue are called, with a name of the program after it: one that works has some open at all times. */
export const queueSessions = 'sluice queue '
/** What somebody else may be about to do is left alone for this long. A step of the database's clock can only make that shorter or longer. Milliseconds. */
const settledMs = 6000
/** Every so many heartbeats the queue is compared with the runs: 20 s. */
const beatsToRepair = 10
/** Longest a task waits for its next try. graphile-worker alone would make it six hours, for a database that may be back in a minute. Seconds. */
const maxWait = 30

/** `ids` are the names under which this program holds tasks; they change while it runs. */
export function watchQueue(pool: Pool, ids: readonly string[], log: Log, outage: DatabaseOutage): { stop(): Promise<void> } {
  let beats = 0
  let named: readonly string[] = []
  let beating: Promise<void> | undefined
  const beat = async (): Promise<void> => {
    await pool.query(
      // Not waiting for a standby, which may be away for seconds: workers would look dead. A beat that a failover loses is followed by the next.
      `with alone as materialized (select set_config('synchronous_commit', 'local', true))
       insert into sluice.workers (worker_id, seen_at) select id, now() from unnest($1::text[]) id, alone on conflict (worker_id) do update set seen_at = now()`,
      [ids],
    )
    named = [...ids]
    await freeLanes(pool)
    if (beats++ % beatsToRepair === 0) await repairQueue(pool, log)
    outage.noteAnswer()
  }
  const tick = (): void => {
    beating ??= beat()
      .catch((error: unknown) => {
        const failure = toStoreError(error)
        if (failure instanceof StoreUnavailable) outage.note(failure, heartbeat)
        else log.warn({ err: error }, 'heartbeat failed')
      })
      .finally(() => (beating = undefined))
  }
  const isSilent = createSilenceCheck(deadAfterMs)
  let looking: Promise<void> | undefined
  const look = (): void => {
    looking ??= freeDeadWorkers(pool, ids, isSilent, log)
      // The heartbeat says that the database is away.
      .catch(() => undefined)
      .finally(() => (looking = undefined))
  }
  tick()
  look()
  const timer = setInterval(tick, heartbeatMs)
  const lookout = setInterval(look, lookMs)
  return {
    async stop() {
      clearInterval(timer)
      clearInterval(lookout)
      await Promise.all([beating, looking])
      await pool.query(`delete from sluice.workers where worker_id = any($1)`, [named])
    },
  }
}

/**
 * Workers that hold tasks and do not beat. One that has just begun is as old as its task until its first heartbeat. Where no other program is at the queue,
 * nobody can be wronged: a worker that is alone and is started again need not wait to see the silence of the one before. Its own tasks no program frees,
 * however late its heartbeats are: it would hand them to itself, and the two who carry out one task under the same name would end it for each other.
 */
async function freeDeadWorkers(pool: Pool, own: readonly string[], isSilent: (all: readonly Sign[]) => string[], log: Log): Promise<void> {
  const { rows } = await pool.query<{ id: string; mark: string; age: number; alone: boolean }>(
    `select j.locked_by as id, coalesce(w.seen_at::text, 'never') as mark, extract(epoch from now() - coalesce(w.seen_at, min(j.locked_at)))::float8 * 1000 as age,
       not exists (select from pg_stat_activity s where s.datname = current_database() and s.application_name like '${queueSessions}%' and s.application_name <> current_setting('application_name')) as alone
     from graphile_worker._private_jobs j left join sluice.workers w on w.worker_id = j.locked_by where j.locked_by is not null and j.locked_by <> all($1) group by j.locked_by, w.seen_at`,
    [own],
  )
  const dead = isSilent(rows.map(({ id, mark, age, alone }) => ({ id, mark, ageMs: alone ? age : Math.min(age, believedMs) })))
  if (dead.length === 0) return
  await pool.query(`with gone as (delete from sluice.workers where worker_id = any($1)) select graphile_worker.force_unlock_workers($1)`, [
    dead,
  ])
  log.warn({ workers: dead }, 'workers died; their runs go on elsewhere')
}

/**
 * A worker that was thought dead and ends its task after all deletes the row under the one who has it now; that one then finds no row to unlock the
 * lane by, and the flow would never run again.
 */
async function freeLanes(pool: Pool): Promise<void> {
  await pool.query(
    `update graphile_worker._private_job_queues lane set locked_by = null, locked_at = null
     where lane.locked_at < now() - make_interval(secs => $1 / 1000.0)
       and not exists (select 1 from graphile_worker._private_jobs task where task.job_queue_id = lane.id and task.locked_at is not null)`,
    [settledMs],
  )
}

async function repairQueue(pool: Pool, log: Log): Promise<void> {
  await pool.query(`delete from sluice.workers where seen_at < now() - interval '1 hour'`)
  await pool.query(
    `update graphile_worker._private_jobs set run_at = now() where is_available and run_at > now() + make_interval(secs => $1)
       and task_id = (select id from graphile_worker._private_tasks where identifier = $2)`,
    [maxWait, runTask],
  )
  const spent = await endSpent(pool)
  if (spent > 0) log.error({ runs: spent }, 'runs were given up: no worker came to their end')
  const runs = await requeueRuns(pool, settledMs)
  if (runs.length > 0) log.warn({ runs }, 'runs had fallen out of the queue and are in it again')
}

/** Puts runs of such an age that no task carries into the queue, the oldest first, up to 1000. Answers their ids. */
export async function requeueRuns(db: Client, ageMs: number): Promise<readonly string[]> {
  const { rows } = await db.query<{ env_id: string; _id: string; _flow_id: string }>(
    `select env_id, _id, _flow_id from sluice.jobs run where ended_at is null and _flow_job_id is null and created_at < now() - make_interval(secs => $1 / 1000.0)
       and not exists (select 1 from graphile_worker._private_jobs task where task.payload ->> 'jobId' = run._id)
     order by created_at, _id limit 1000`,
    [ageMs],
  )
  for (const run of rows) await addTask(db, run.env_id, run._id, laneName(run._flow_id))
  return rows.map(({ _id }) => _id)
}

/** Runs whose task was handed out as often as it may be: each time, its worker died or lost the database. They fail, instead of waiting for ever. */
async function endSpent(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `with spent as (
       delete from graphile_worker._private_jobs where locked_at is null and attempts >= max_attempts
         and task_id = (select id from graphile_worker._private_tasks where identifier = $1)
       returning payload ->> 'envId' as env_id, payload ->> 'jobId' as job_id, attempts)
     update sluice.jobs j set status = 'failed', ended_at = now(), last_modified = now(), checkpoint = null,
       error_message = 'The run was taken up ' || spent.attempts || ' times, and each time its worker died or lost the database.'
     from spent where j.env_id = spent.env_id and (j._id = spent.job_id or j._flow_job_id = spent.job_id) and j.ended_at is null`,
    [runTask],
  )
  return rowCount ?? 0
}
