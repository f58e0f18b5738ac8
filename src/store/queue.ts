/**
 * graphile-worker as the queue, and the watch over its workers.
 *
 * graphile-worker itself waits 4 hours before it gives up on a worker. Here each worker writes a heartbeat every 2 s; tasks locked by one whose last
 * heartbeat is 6 s old are unlocked by whichever worker looks next, so a dead worker's run goes on within 10 s. A worker that was only slow can do no
 * harm: its run has a new epoch by then, and every write of the old one is refused.
 */
import { EventEmitter } from 'node:events'
import { Logger, run, type WorkerEvents } from 'graphile-worker'
import type { Pool } from 'pg'
import type { Log } from '../domain/ports.ts'
import type { Queue, Task } from '../domain/ports/queue.ts'
import { runTask } from './jobs.ts'

const heartbeatMs = 2000
/** Three heartbeats missed, and up to one more until somebody looks: 8 s at the most. */
const deadAfterMs = 6000
/** A notification starts a task at once; polling is for tasks whose time comes by itself (later tries, unlocked ones). */
const pollMs = 1000
/** How long the tasks at hand have to end when a worker stops: a page and its requests, hardly ever more. */
const graceMs = 25_000

export const queueOn = (pool: Pool, log: Log): Queue => ({
  async work(carryOut, concurrency) {
    const stopping = new AbortController()
    const events = new EventEmitter() as unknown as WorkerEvents
    const ids: string[] = []
    events.on('pool:create', ({ workerPool }) => ids.push((workerPool as { id: string }).id))
    const runner = await run({
      pgPool: pool,
      events,
      concurrency,
      pollInterval: pollMs,
      noHandleSignals: true,
      gracefulShutdownAbortTimeout: graceMs,
      logger: new Logger(() => (level, message) => (level === 'error' ? log.warn({ queue: true }, message) : undefined)),
      taskList: { [runTask]: (payload) => carryOut(payload as Task, stopping.signal) },
    })
    const beat = keepAlive(pool, ids, log)
    return {
      async stop() {
        stopping.abort()
        await runner.stop()
        clearInterval(beat)
        await pool.query(`delete from sluice.workers where worker_id = any($1)`, [ids])
      },
    }
  },
})

function keepAlive(pool: Pool, ids: readonly string[], log: Log): NodeJS.Timeout {
  let isBusy = false
  const beat = async (): Promise<void> => {
    if (isBusy) return
    isBusy = true
    try {
      await pool.query(
        `insert into sluice.workers (worker_id, seen_at) select id, now() from unnest($1::text[]) id on conflict (worker_id) do update set seen_at = now()`,
        [ids],
      )
      const freed = await freeDeadWorkers(pool)
      if (freed.length > 0) log.warn({ workers: freed }, 'workers died; their runs go on elsewhere')
    } catch (error) {
      log.warn({ err: error }, 'heartbeat failed')
    } finally {
      isBusy = false
    }
  }
  void beat()
  return setInterval(() => void beat(), heartbeatMs)
}

/** Workers that hold tasks and have not been seen for too long. One that has just begun is spared until its first heartbeat is due. */
async function freeDeadWorkers(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ locked_by: string }>(
    `with dead as (
       select distinct j.locked_by from graphile_worker._private_jobs j
       left join sluice.workers w on w.worker_id = j.locked_by and w.seen_at > now() - make_interval(secs => $1 / 1000.0)
       where j.locked_by is not null and w.worker_id is null and j.locked_at < now() - make_interval(secs => $1 / 1000.0)),
     gone as (delete from sluice.workers where worker_id in (select locked_by from dead))
     select dead.locked_by, graphile_worker.force_unlock_workers(array[dead.locked_by]) from dead`,
    [deadAfterMs],
  )
  return rows.map((row) => row.locked_by)
}
