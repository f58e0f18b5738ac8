/**
 * The clock of the schedules, on graphile-worker's cron: whichever worker is first writes one task a minute, and one worker gets it. It has a runner of
 * its own, so that a worker whose hands are full of runs still keeps the time.
 */
import { parseCronItems } from 'graphile-worker'
import type { Log } from '../../domain/context.ts'
import type { OnMinute } from '../../domain/ports/queue.ts'
import type { Duty } from './runner.ts'

const minuteTask = 'minute'
/** Times that a minute is tried; the next one follows soon enough. */
const maxAttempts = 3
/** New tasks are told of at once; polling is for the second try of one. Milliseconds. */
const pollMs = 5000

export const clockDuty = ({ start, makeUpMs }: OnMinute, log: Log): Duty => ({
  concurrency: 1,
  pollMs,
  cron: parseCronItems([
    {
      task: minuteTask,
      match: '* * * * *',
      identifier: minuteTask,
      options: { backfillPeriod: makeUpMs, maxAttempts, queueName: minuteTask },
    },
  ]),
  tasks: () => ({
    async [minuteTask](payload, { job }) {
      try {
        await start(new Date((payload as { _cron: { ts: string } })._cron.ts))
      } catch (error) {
        // The last try must not fail: its task would stay in the queue for ever.
        if (job.attempts < maxAttempts) throw error
        log.error({ err: error }, 'the flows that were due could not be started')
      }
    },
  }),
})
