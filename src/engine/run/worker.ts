/** A worker: takes runs from the queue and carries them out, several at once. */
import { pruneHistory } from '../../domain/lifecycle/snapshots/prune.ts'
import type { World } from '../../domain/context.ts'
import { StoreUnavailable } from '../../domain/errors.ts'
import type { DatabaseOutage } from '../../domain/observability/database-outage.ts'
import { measure } from '../../domain/observability/measurements.ts'
import type { Queue, Worker } from '../../domain/ports/queue.ts'
import { enforceRetention } from '../../domain/retention/enforce-retention.ts'
import { defaultDays, type RetentionDays } from '../../domain/retention/kinds.ts'
import { makeLogDays } from '../../domain/retention/make-log-days.ts'
import { giveBackSessions, purgeAuthorizations } from '../../domain/on-request/authorizations.ts'
import { purgeConnectionDebug } from '../../domain/on-request/connection-debug.ts'
import { purgeEndedTokens } from '../../domain/accounts/access-tokens.ts'
import { purgeUserSessions } from '../../domain/accounts/user-sessions.ts'
import { emptyBin } from '../../domain/documents/recycle-bin.ts'
import { undoAbandoned } from '../../domain/app-code/undo.ts'
import { pingOffline } from '../../domain/on-request/offline-connections.ts'
import { carryOutErrorJobs, purgeErrorJobs } from '../../domain/flows/carry-out-error-jobs.ts'
import { gatherNotices } from '../../domain/notifications/gather-notices.ts'
import { noteEndingLicenses } from '../../domain/notifications/note-ending-licenses.ts'
import { sendMessages } from '../../domain/notifications/send-messages.ts'
import { startDueRetries } from '../../domain/flows/automatic-retries.ts'
import { makeUpMs, startScheduledRuns } from '../../domain/flows/schedules/scheduled-runs.ts'
import type { ReceivedSignal } from '../../domain/ports/flows/webhooks.ts'
import { purgeBlobs } from '../../domain/flows/blobs.ts'
import { startWaitingWebhooks } from '../../domain/webhooks/start-runs.ts'
import { adaptors, type AdaptorPorts } from '../adaptors/index.ts'
import type { Evaluator } from '../evaluation/evaluator.ts'
import { createHttpClient } from '../outgoing/client.ts'
import type { ConnectionSlots } from '../around/slots.ts'
import { holdAbandonedFiles } from './gathered-files.ts'
import { runJob } from './run.ts'

interface Parts {
  readonly world: World
  readonly outage: DatabaseOutage
  readonly queue: Queue
  readonly slots: ConnectionSlots
  /** Of what webhooks receive. */
  readonly received: ReceivedSignal
  readonly evaluator: Evaluator
  readonly loadTool: NonNullable<AdaptorPorts['loadTool']>
  readonly privateNetwork: 'allow' | 'refuse'
  /** Folder whose files flows may use. */
  readonly files: string | undefined
  /** How long a file has to be as it is before a run takes it; any is taken where it is absent. Milliseconds. */
  readonly settleMs?: number
  /** Runs of one account at once. */
  readonly concurrency: number
  /** Pages of one run that are in the flow at once. */
  readonly pagesInFlight: number
  /** Before each time that a record is sent again by itself. Milliseconds. */
  readonly retryWaits: readonly number[]
  /** How long what runs leave behind is kept. */
  readonly retention?: RetentionDays
  /** For tests. */
  readonly patience?: Pick<AdaptorPorts, 'requestMs' | 'firstWait'>
}

interface Watched extends World {
  readonly outage: DatabaseOutage
}

/** How often servers that died in the middle of a function of an app, retries that are due, and connections to ask again are looked for, in milliseconds. Small indexes answer. */
const lookMs = 5000

/** Somebody waits for these, and a small index answers. Milliseconds. */
const errorJobsMs = 500

export async function startWorker({
  world,
  outage,
  queue,
  slots,
  received,
  evaluator,
  loadTool,
  privateNetwork,
  files,
  settleMs = 0,
  concurrency,
  pagesInFlight,
  retryWaits,
  retention = defaultDays,
  patience,
}: Parts): Promise<Worker> {
  const client = createHttpClient({ privateNetwork })
  const webhooks = { events: world.store.webhookEvents, signal: received }
  const made = adaptors({
    send: client.send,
    slots,
    evaluator,
    loadTool,
    privateNetwork,
    received: webhooks,
    ...(files !== undefined && { files }),
    settleMs,
    kept: () => world.store,
    uploads: () => world.store,
    ...patience,
  })
  const watched: Watched = { ...world, outage }
  const engine = { world, adaptors: made, evaluator, pagesInFlight, retryWaits }
  await keepLogDays(watched)
  const worker = await queue.work(
    counted((task, stopping) => runJob(engine, task, stopping)),
    concurrency,
    {
      start: (minute) => atMinute(watched, minute, retention),
      makeUpMs,
    },
  )
  const stopLooking = lookRepeatedly(watched, retryWaits)
  return {
    async stop() {
      await stopLooking()
      await worker.stop()
      await client.close()
    },
  }
}

/** What comes due by itself, and what others left behind. Answers how to end it. */
function lookRepeatedly(world: Watched, retryWaits: readonly number[]): () => Promise<void> {
  const ending = new AbortController()
  const stopping = [
    repeatedly(Math.min(lookMs, world.messengers.gatherMs), () =>
      sendNotifications(world, ending.signal).catch(logFailure(world, 'users could not be told of what happened')),
    ),
    repeatedly(lookMs, () => undoAbandoned(world).catch(logFailure(world, 'what a function of an app did could not be undone'))),
    repeatedly(lookMs, () => startWaitingWebhooks(world).catch(logFailure(world, 'runs of what webhooks received could not be started'))),
    repeatedly(Math.min(lookMs, ...retryWaits), () =>
      startDueRetries(world).catch(logFailure(world, 'the retries that were due could not be started')),
    ),
    repeatedly(errorJobsMs, () => carryOutErrorJobs(world).catch(logFailure(world, 'what is done to all errors that fit could not go on'))),
    repeatedly(lookMs, () => holdAbandonedFiles(world).catch(logFailure(world, 'files that runs left behind could not be told'))),
    repeatedly(lookMs, () => purgeBlobs(world).catch(logFailure(world, 'what files held could not be removed'))),
    repeatedly(Math.min(lookMs, world.pingAfterMs), () =>
      pingOffline(world).catch(logFailure(world, 'connections that are offline could not be asked again')),
    ),
  ]
  return async () => {
    ending.abort()
    await Promise.all(stopping.map((stop) => stop()))
  }
}

type CarryOut = Parameters<Queue['work']>[0]

const counted =
  (carryOut: CarryOut): CarryOut =>
  async (task, stopping) => {
    measure('runsUnderWay', { by: 1 })
    try {
      await carryOut(task, stopping)
    } finally {
      measure('runsUnderWay', { by: -1 })
    }
  }

const keepLogDays = (world: Watched): Promise<void> =>
  makeLogDays(world).catch(logFailure(world, 'there is no room yet for the execution logs of the next days'))

/** Two small indexes answer that there is nothing to tell. */
async function sendNotifications(world: Watched, signal: AbortSignal): Promise<void> {
  await gatherNotices(world).catch(logFailure(world, 'what users are to be told could not be gathered'))
  await sendMessages(world, signal)
}

async function atMinute(world: Watched, minute: Parameters<typeof startScheduledRuns>[1], retention: RetentionDays): Promise<void> {
  await startScheduledRuns(world, minute)
  await emptyBin(world).catch(logFailure(world, 'the recycle bin could not be emptied'))
  await noteEndingLicenses(world).catch(logFailure(world, 'licences that end could not be noted'))
  await pruneHistory(world).catch(logFailure(world, 'the history could not be pruned'))
  await keepLogDays(world)
  await enforceRetention(world, retention).catch(logFailure(world, 'what is older than it is kept could not be removed'))
  await purgeErrorJobs(world).catch(logFailure(world, 'what was done to all errors that fit could not be removed'))
  await purgeConnectionDebug(world).catch(logFailure(world, 'debug logs of connections could not be removed'))
  await giveBackSessions(world).catch(logFailure(world, 'what deleted connections obtained could not be given back'))
  await purgeAuthorizations(world).catch(logFailure(world, 'sign-ins that nobody finished could not be removed'))
  await Promise.all([purgeUserSessions(world), purgeEndedTokens(world)]).catch(logFailure(world, 'what is over could not be removed'))
}

/** The next time follows soon enough; that the database is away meanwhile is no fault of what was to be done. */
const logFailure =
  ({ log, outage }: Watched, message: string) =>
  (error: unknown): void => {
    if (error instanceof StoreUnavailable) outage.note(error, message)
    else log.error({ err: error }, message)
  }

/** Now, and then again and again, never twice at once. Whoever stops it waits for what is under way. */
function repeatedly(ms: number, work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined
  const once = (): void => {
    underWay ??= work().finally(() => {
      underWay = undefined
    })
  }
  once()
  const timer = setInterval(once, ms)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await underWay
  }
}
