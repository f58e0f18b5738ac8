/** The server program: opens everything, says when it is ready, and ends in order. */
import type { Logger } from 'pino'
import { ensureOwner, ownerEmail } from '../domain/accounts/accounts.ts'
import { makePasswordLink } from '../domain/accounts/sign-in.ts'
import { SetupError } from '../domain/errors.ts'
import { rateLimit } from '../domain/limits/rate-limit.ts'
import type { Worker } from '../domain/ports/queue.ts'
import { createLoadTool } from '../engine/graph/call-tool.ts'
import { startWorker } from '../engine/run/worker.ts'
import { buildApp } from '../http/app.ts'
import { createAuthenticate } from '../http/authentication.ts'
import { failuresOfSource } from '../http/failed-request-limit.ts'
import type { Settings } from '../settings.ts'
import { connect, openDatabase } from '../store/database/pool.ts'
import { queueSessions } from '../store/queue/watch-workers.ts'
import { createQueue } from '../store/queue/queue.ts'
import { ReceivedNotifications } from '../store/webhooks/notifications.ts'
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
  const closers: (() => Promise<unknown>)[] = [opened.close]
  // The last that was opened is closed first: no request without a database, no run without its slots.
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).toReversed()) await each()
  }
  try {
    const { newToken, isNew } = await ensureOwner(opened.world, settings.token)
    const passwordLink = isNew ? await makePasswordLink(opened.world, ownerEmail) : undefined
    if (role !== 'server') await work(opened, settings, closers)
    const url = role === 'worker' ? undefined : await listen(opened, settings, version, logger, closers)
    return { url, newToken, passwordLink, lost: opened.lost, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Connections that the system keeps for us until we get to them. With Node's 511 a burst of 2,000 clients lost some; Linux keeps no more than 4,096. */
const waitingConnections = 4096

async function listen(
  { world, database }: Opened,
  settings: Settings,
  version: string,
  logger: Logger,
  closers: (() => Promise<unknown>)[],
): Promise<string> {
  const app = await buildApp({
    world,
    authenticate: createAuthenticate(world),
    logger,
    version,
    strict: settings.strict,
    isReady: database.isThere,
    ...(settings.rateLimit && { countRequest: rateLimit(world.store.rateLimits, settings.rateLimit) }),
    trustProxy: settings.trustProxy,
    failuresOfSource,
  })
  closers.push(() => app.close())
  try {
    return await app.listen({ host: settings.host, port: settings.port, backlog: waitingConnections })
  } catch (error) {
    throw unreachable(error as NodeJS.ErrnoException, settings)
  }
}

function unreachable(error: NodeJS.ErrnoException, { host, port }: Settings): Error {
  if (error.code === 'EADDRINUSE') return new SetupError(`Port ${port} on ${host} is in use by another program: set PORT to a free one.`)
  if (error.code === 'EACCES') return new SetupError(`This user may not listen on port ${port}: set PORT to 1024 or above.`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
    return new SetupError(`HOST "${host}" is not an address of this machine.`)
  return error
}

/** Connections of the queue: two that listen, one for the heartbeat, and a few for tasks that begin and end. */
const queueConnections = 8

/** The queue has connections of its own: requests that take all the others must not make a worker look dead. */
async function work({ world, config, slots, evaluator }: Opened, settings: Settings, closers: (() => Promise<unknown>)[]): Promise<void> {
  const database = await openDatabase(config, { connections: queueConnections, name: `${queueSessions}${world.newId()}` })
  closers.push(database.close)
  const received = new ReceivedNotifications(() => connect(config, 'sluice webhooks'))
  closers.push(() => received.close())
  const worker: Worker = await startWorker({
    world,
    received,
    queue: createQueue(database.pool, world.log),
    slots,
    evaluator,
    loadTool: createLoadTool(() => world),
    privateNetwork: settings.privateNetwork,
    files: settings.files,
    concurrency: settings.concurrency,
    pagesInFlight: settings.pagesInFlight,
    retryWaits: settings.retryWaits,
    logRetentionDays: settings.logRetentionDays,
  })
  closers.push(() => worker.stop())
}
