/**
 * graphile-worker as the queue. It tells workers of new tasks at once (LISTEN), keeps one lane a flow, and hands a task that failed out again. Whether
 * its workers are alive, and what became of their tasks if not, is watched over in queue/watch-workers.ts.
 */
import type { JobHelpers } from 'graphile-worker'
import type { Pool } from 'pg'
import type { Log } from '../../domain/context.ts'
import type { DatabaseOutage } from '../../domain/observability/database-outage.ts'
import type { Queue, Task } from '../../domain/ports/queue.ts'
import { forgetFruitful } from './count-attempts.ts'
import { clockDuty } from './schedule-clock.ts'
import { runTask } from '../flows/jobs.ts'
import { watchQueue } from './watch-workers.ts'
import { keepRunner } from './runner.ts'

/** A notification starts a task at once; polling is for tasks whose time comes by itself (later tries, unlocked ones). Milliseconds. */
const pollMs = 1000

export const createQueue = (pool: Pool, log: Log, outage: DatabaseOutage): Queue => ({
  async work(carryOut, concurrency, onMinute) {
    const ids: string[] = []
    const tasks = (leaving: AbortSignal) => ({
      async [runTask](payload: unknown, { job }: JobHelpers) {
        await forgetFruitful(pool, job)
        await carryOut(payload as Task, leaving)
      },
    })
    const runner = await keepRunner(pool, { log, outage }, { concurrency, byAccount: true, pollMs, tasks }, ids)
    const clock = await keepRunner(pool, { log, outage }, clockDuty(onMinute, log), ids)
    const watch = watchQueue(pool, ids, log, outage)
    return {
      async stop() {
        await Promise.all([runner.stop(), clock.stop()])
        await watch.stop()
      },
    }
  },
})
