/** The server program: opens everything, says when it is ready, and ends in order. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ensureOwner, ownerEmail } from '../domain/accounts/accounts.ts'
import { makePasswordLink } from '../domain/accounts/sign-in.ts'
import { rateLimit } from '../domain/limits/rate-limit.ts'
import { DatabaseOutage } from '../domain/observability/database-outage.ts'
import type { AskReadiness } from '../domain/observability/readiness.ts'
import type { Worker } from '../domain/ports/queue.ts'
import { createLoadTool } from '../engine/graph/call-tool.ts'
import { startWorker } from '../engine/run/worker.ts'
import { buildApp } from '../http/app.ts'
import { createAuthenticate } from '../http/authentication.ts'
import { failuresOfSource } from '../http/failed-request-limit.ts'
import type { Settings, TracingSettings } from '../settings.ts'
import { connect, openDatabase } from '../store/database/pool.ts'
import { queueSessions } from '../store/queue/watch-workers.ts'
import { createQueue } from '../store/queue/queue.ts'
import { ReceivedNotifications } from '../store/webhooks/notifications.ts'
import { refuseAddress } from './listen-failure.ts'
import { openOperatorPorts, startMetrics } from './operator-ports.ts'
import { open, type Opened, type Starting } from './open-world.ts'

export type Role = 'server' | 'worker' | 'both'

export interface Serving {
  /** Where the API answers; undefined for a worker. */
  readonly url: string | undefined
  /** The owner's token, where one was made just now. */
  readonly newToken: string | undefined
  /** What a link ends with by which the owner sets a password, where the owner was made just now. */
  readonly passwordLink: string | undefined
  /** Settles, with the reason, when the database server in the data folder is gone and cannot be brought back. */
  readonly lost: Promise<Error>
  close(): Promise<void>
}

export async function serve(settings: Settings, role: Role, version: string, logger: Logger, starting: Starting = {}): Promise<Serving> {
  const opened = await open(settings, logger, { exclusive: true, ...starting })
  // Until the database is closed there is something to tell of.
  const tracing = settings.tracing && (await startTracing(settings.tracing, version, logger))
  const closeWorld = async (): Promise<void> => {
    await opened.close()
    await tracing?.close()
  }
  const closers: (() => Promise<unknown>)[] = [closeWorld]
  let isEnding = false
  const askReadiness: AskReadiness = async () => ({ ...(await opened.askDatabase()), shutdown: isEnding ? ending : undefined })
  // The last that was opened is closed first: no request without a database, no run without its slots.
  const close = async (): Promise<void> => {
    isEnding = true
    if (role !== 'worker') await pause(settings.drainMs)
    for (const each of closers.splice(0).toReversed()) await each()
  }
  try {
    const { newToken, isNew } = await ensureOwner(opened.world, settings.token)
    const passwordLink = isNew ? await makePasswordLink(opened.world, ownerEmail) : undefined
    const metrics = settings.metricsAddress && (await startMetrics(opened, settings, role !== 'server', version))
    if (metrics) closers.push(async () => metrics.close())
    if (role !== 'server') await work(opened, settings, closers)
    const url = role === 'worker' ? undefined : await listen(opened, settings, { version, logger, askReadiness }, closers)
    // Closed last but the database, so that whoever asks is told why nothing else answers any more.
    closers.splice(1, 0, await openOperatorPorts(settings, { askReadiness, ...(metrics && { metrics }) }))
    return { url, newToken, passwordLink, lost: opened.lost, close }
  } catch (error) {
    for (const each of closers.splice(0).toReversed()) await each()
    throw error
  }
}

/** Loaded where somebody asks for traces: other programs have none of it in memory. */
async function startTracing(settings: TracingSettings, version: string, logger: Logger): Promise<{ close(): Promise<void> }> {
  const { openTracer } = await import('../tracing/open-tracer.ts')
  return openTracer(settings, version, logger)
}

const ending = 'This program is ending: it takes no new work.'

/** Connections that the system keeps for us until we get to them. With Node's 511 a burst of 2,000 clients lost some; Linux keeps no more than 4,096. */
const waitingConnections = 4096

async function listen(
  { world, database }: Opened,
  settings: Settings,
  parts: { readonly version: string; readonly logger: Logger; readonly askReadiness: AskReadiness },
  closers: (() => Promise<unknown>)[],
): Promise<string> {
  const app = await buildApp({
    world,
    authenticate: createAuthenticate(world),
    ...parts,
    strict: settings.strict,
    accessLog: settings.accessLog,
    isReady: database.isThere,
    ...(settings.rateLimit && { countRequest: rateLimit(world.store.rateLimits, settings.rateLimit) }),
    trustProxy: settings.trustProxy,
    failuresOfSource,
  })
  closers.push(() => app.close())
  return app
    .listen({ host: settings.host, port: settings.port, backlog: waitingConnections })
    .catch(refuseAddress(settings, 'PORT', 'HOST'))
}

/** Connections of the queue: two that listen, one for the heartbeat, and a few for tasks that begin and end. */
const queueConnections = 8

/** The queue has connections of its own: requests that take all the others must not make a worker look dead. */
async function work({ world, config, slots, evaluator }: Opened, settings: Settings, closers: (() => Promise<unknown>)[]): Promise<void> {
  const database = await openDatabase(config, { connections: queueConnections, name: `${queueSessions}${world.newId()}` })
  closers.push(database.close)
  const received = new ReceivedNotifications(() => connect(config, 'sluice webhooks'))
  closers.push(() => received.close())
  const outage = new DatabaseOutage(world.log)
  const worker: Worker = await startWorker({
    world,
    outage,
    received,
    queue: createQueue(database.pool, world.log, outage),
    slots,
    evaluator,
    loadTool: createLoadTool(() => world),
    privateNetwork: settings.privateNetwork,
    files: settings.files,
    settleMs: settings.settleMs,
    concurrency: settings.concurrency,
    pagesInFlight: settings.pagesInFlight,
    retryWaits: settings.retryWaits,
    retention: settings.retention,
  })
  closers.push(() => worker.stop())
}
