/** The server program: opens everything, says when it is ready, and ends in order. */
import type { Logger } from 'pino'
import { ensureOwner } from '../domain/accounts.ts'
import { SetupError } from '../domain/errors.ts'
import { rateLimit } from '../domain/rate-limit.ts'
import type { Worker } from '../domain/ports/queue.ts'
import { startWorker } from '../engine/worker.ts'
import { buildApp } from '../http/app.ts'
import { authenticationIn } from '../http/authentication.ts'
import type { Settings } from '../settings.ts'
import { queueOn } from '../store/queue.ts'
import { open, type Opened } from './open.ts'

export type Role = 'server' | 'worker' | 'both'

export interface Serving {
  /** Where the API answers; undefined for a worker. */
  readonly url: string | undefined
  /** The owner's token, where one was made just now. */
  readonly newToken: string | undefined
  readonly lost: Promise<void>
  close(): Promise<void>
}

export async function serve(settings: Settings, role: Role, version: string, logger: Logger): Promise<Serving> {
  const opened = await open(settings, logger, { exclusive: true })
  const closers: (() => Promise<unknown>)[] = [opened.close]
  // The last that was opened is closed first: no request without a database, no run without its slots.
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).toReversed()) await each()
  }
  try {
    const newToken = await ensureOwner(opened.world, settings.token)
    if (role !== 'server') closers.push(...(await work(opened, settings)))
    const url = role === 'worker' ? undefined : await listen(opened, settings, version, logger, closers)
    return { url, newToken, lost: opened.lost, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function listen(
  { world }: Opened,
  settings: Settings,
  version: string,
  logger: Logger,
  closers: (() => Promise<unknown>)[],
): Promise<string> {
  const app = await buildApp({
    world,
    authenticate: authenticationIn(world),
    logger,
    version,
    strict: settings.strict,
    ...(settings.rateLimit && { countRequest: rateLimit(world.store.rateLimits, settings.rateLimit) }),
    trustProxy: settings.trustProxy,
  })
  closers.push(() => app.close())
  try {
    return await app.listen({ host: settings.host, port: settings.port })
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

async function work({ world, database, slots }: Opened, settings: Settings): Promise<(() => Promise<unknown>)[]> {
  const worker: Worker = await startWorker({
    world,
    queue: queueOn(database.pool, world.log),
    slots,
    privateNetwork: settings.privateNetwork,
    concurrency: settings.concurrency,
  })
  return [() => worker.stop()]
}
