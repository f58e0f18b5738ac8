/** Where the layers meet and the program takes its commands. It alone reads process.env. */
import { pino } from 'pino'
import manifest from '../../package.json' with { type: 'json' }
import { commands } from '../cli/commands.ts'
import { openapi } from '../contract/openapi.ts'
import { operations } from '../contract/operations/index.ts'
import { schemas } from '../contract/schemas.ts'
import { addUser, createToken } from '../domain/accounts/accounts.ts'
import { SetupError } from '../domain/errors.ts'
import type { World } from '../domain/context.ts'
import { open } from './open.ts'
import { onParentGone } from './parent.ts'
import { serve, type Role, type Serving } from './serve.ts'
import { readSettings } from '../settings.ts'

/** Longer than the work at hand of a server and a worker may take to end. */
const shutdownMs = 40_000

/** Ctrl-C reaches everything at the terminal, and npm hands its own on: within this, the same signal again is the same one. In milliseconds. */
const echoMs = 1000

const { version } = manifest
const createLogger = (level: string) => pino({ level, redact: ['req.headers.authorization'] }, pino.destination(2))

async function runServer(role: Role, withParent: boolean): Promise<void> {
  const settings = readSettings(process.env)
  const logger = createLogger(settings.logLevel)
  const serving = await serve(settings, role, version, logger)
  if (serving.url) process.stdout.write(`Sluice ${version} answers at ${serving.url} (its API: ${serving.url}/docs)\n`)
  else process.stdout.write(`Sluice ${version} works on the queue\n`)
  if (serving.newToken) process.stdout.write(`The owner's token, shown this once: ${serving.newToken}\n`)
  const stop = stopOnSignals(serving)
  if (withParent) onParentGone(stop)
  void serving.lost.then(fail)
}

/** The first signal ends in order, a second one at once. Answers what the first one does. */
function stopOnSignals(serving: Serving): () => void {
  let began: { readonly at: number; readonly by: string | undefined } | undefined
  const stop = (signal?: string): void => {
    if (began) return
    began = { at: performance.now(), by: signal }
    setTimeout(() => fail(new SetupError(`Sluice did not end within ${shutdownMs / 1000} s.`)), shutdownMs).unref()
    serving.close().then(() => process.exit(0), fail)
  }
  const heard = (signal: string): void => {
    const isEcho = began?.by === signal && performance.now() - began.at < echoMs
    if (began && !isEcho) process.exit(1)
    stop(signal)
  }
  process.on('SIGTERM', heard).on('SIGINT', heard)
  return stop
}

/** On the data folder or database of the settings, which may be running. */
async function withWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const settings = readSettings(process.env)
  const opened = await open(settings, createLogger('warn'), { exclusive: false })
  try {
    return await work(opened.world)
  } finally {
    await opened.close()
  }
}

/** A person's mistake is one line; anything else is ours and comes with its stack. */
function fail(error: unknown): never {
  process.stderr.write(error instanceof SetupError ? `${error.message}\n` : `${(error as Error)?.stack ?? String(error)}\n`)
  process.exit(1)
}

process.on('unhandledRejection', fail)
await commands({
  version,
  serve: runServer,
  addUser: (email) => withWorld((world) => addUser(world, email)),
  users: () => withWorld((world) => world.store.accounts.listUsers()),
  createToken: (email, name, envId) => withWorld((world) => createToken(world, email, name, envId)),
  openapi: () => openapi(operations, schemas, version),
})
  .parseAsync()
  .catch(fail)
