/**
 * A runner of graphile-worker that is there until it is stopped. One ends by itself when it cannot write that a task is done: the database was away at
 * that moment. Its other tasks are told to leave then, and another runner takes its place, under a name of its own: what the old one had locked is
 * freed as if it were dead.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Logger, run, type ParsedCronItem, type Runner, type TaskList, type WorkerEvents, type WorkerPool } from 'graphile-worker'
import type { Pool } from 'pg'
import type { Log } from '../../domain/context.ts'
import { StoreUnavailable } from '../../domain/errors.ts'
import type { DatabaseOutage } from '../../domain/observability/database-outage.ts'
import { toStoreError } from '../database/store-errors.ts'
import { lendConnections } from './lend-connections.ts'
import { RunSeats, seatsForOthers } from './run-seats.ts'

/** How long the tasks at hand have to end when a worker stops: a page and its requests, hardly ever more. Milliseconds. */
const graceMs = 25_000
/** Before a runner that has ended by itself is replaced. Milliseconds. */
const restartMs = 1000
/** When a runner looks whether a lane came free after a task that is done: a commit takes a millisecond or two, on a busy machine longer. Milliseconds. */
const lookAgainMs = [5, 25, 125]

export interface Duty {
  readonly concurrency: number
  /** `concurrency` is of one account, and there are places for others besides. */
  readonly byAccount?: boolean
  readonly pollMs: number
  readonly cron?: ParsedCronItem[]
  /** `leaving` tells the tasks at hand to end soon. */
  tasks(leaving: AbortSignal): TaskList
}

export interface Told {
  readonly log: Log
  readonly outage: DatabaseOutage
}

type Tell = (error: unknown, message: string, fields?: object) => void

/** `ids` is where its names are noted while it works under them. */
export async function keepRunner(pool: Pool, { log, outage }: Told, duty: Duty, ids: string[]): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController()
  const own: string[] = []
  const note = (id: string): void => {
    own.push(id)
    ids.push(id)
  }
  const tell: Tell = (error, message, fields = { err: error }) => {
    const failure = toStoreError(error)
    if (failure instanceof StoreUnavailable) outage.note(failure, message)
    else log.warn(fields, message)
  }
  let runner = await startRunner(pool, tell, duty, note)
  const kept = (async () => {
    for (;;) {
      await runner.promise.catch((error: unknown) => tell(error, 'the queue lost its runner'))
      for (const id of own.splice(0)) ids.splice(ids.indexOf(id), 1)
      while (!stopping.signal.aborted) {
        await pause(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        const next = stopping.signal.aborted ? undefined : await startRunner(pool, tell, duty, note).catch(() => undefined)
        if (next) {
          runner = next
          // Stopped while it was starting: nobody else knows of it yet.
          if (stopping.signal.aborted) await runner.stop().catch(() => undefined)
          break
        }
      }
      if (stopping.signal.aborted) return
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await runner.stop().catch(() => undefined)
      await kept
    },
  }
}

/**
 * graphile-worker frees the lane of a task without waiting for that, and its worker has looked for the next task by then: a run that waits behind another
 * one of its flow would wait for the next poll as well (950 ms, in one run of ten that followed each other). Each look is one statement.
 */
function lookAgain(workers: WorkerPool): void {
  for (const ms of lookAgainMs) {
    setTimeout(() => {
      try {
        workers.nudge(1)
      } catch {
        // It has ended meanwhile.
      }
    }, ms).unref()
  }
}

async function startRunner(pool: Pool, tell: Tell, duty: Duty, note: (id: string) => void): Promise<Runner> {
  const leaving = new AbortController()
  const events = new EventEmitter() as unknown as WorkerEvents
  const places = duty.byAccount ? new RunSeats(duty.concurrency) : undefined
  places?.watch(events)
  events.on('pool:create', ({ workerPool }) => {
    note((workerPool as { id: string }).id)
    events.on('job:complete', () => lookAgain(workerPool))
  })
  events.on('pool:gracefulShutdown', () => leaving.abort())
  return run({
    pgPool: lendConnections(pool),
    events,
    concurrency: duty.concurrency + (places ? seatsForOthers : 0),
    ...(places && { forbiddenFlags: () => places.full() }),
    pollInterval: duty.pollMs,
    parsedCronItems: duty.cron ?? [],
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: graceMs,
    // Not to gather anything: without a batch, a task whose end cannot be written is an unhandled rejection.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    logger: new Logger(() => (level, message, meta) => {
      if (level === 'error') tell(meta?.['error'] ?? new Error(message), message, { queue: true })
    }),
    taskList: places ? leavingPlaces(duty.tasks(leaving.signal), places) : duty.tasks(leaving.signal),
  })
}

const leavingPlaces = (tasks: TaskList, places: RunSeats): TaskList =>
  Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [
      name,
      async (payload, helpers) => {
        try {
          return await task?.(payload, helpers)
        } finally {
          places.leave(payload)
        }
      },
    ]),
  )
