/** Where the layers meet and the program takes its commands. It alone reads process.env. */
import { createRequire } from 'node:module'
import type { Logger } from 'pino'
import { commands } from '../cli/commands.ts'
import { SetupError } from '../domain/errors.ts'
import type { World } from '../domain/context.ts'
import { openEmbedded } from '../store/embedded/open.ts'
import { ensureHomeFolder } from './home-folder.ts'
import { createLogger } from './logger.ts'
import type { Starting } from './open-world.ts'
import { onParentGone } from './watch-parent.ts'
import { boundHeapGrowth, keepNewApart, releaseMemoryWhenIdle } from './memory.ts'
import type { Role, Serving } from './serve.ts'
import { readSettings, type Settings } from '../settings.ts'

/** Longer than the work at hand of a server and a worker may take to end. */
const shutdownMs = 40_000

/** Ctrl-C reaches everything at the terminal, and npm hands its own on: within this, the same signal again is the same one. In milliseconds. */
const echoMs = 1000

const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string }

async function runServer(role: Role, withParent: boolean): Promise<void> {
  boundHeapGrowth()
  keepNewApart()
  const settings = readSettings(process.env)
  const logger = createLogger(settings)
  const starting = await startEmbedded(settings, logger)
  const { serve } = await import('./serve.ts')
  const serving = await serve(settings, role, version, logger, starting)
  // Whoever is told that it is there may end it at once.
  const stop = stopOnSignals(serving, shutdownMs + settings.drainMs)
  if (serving.url) process.stdout.write(`Sluice ${version} answers at ${serving.url} (its API: ${serving.url}/docs)\n`)
  else process.stdout.write(`Sluice ${version} works on the queue\n`)
  if (serving.newToken) process.stdout.write(`The owner's token, shown this once: ${serving.newToken}\n`)
  if (serving.url && serving.passwordLink)
    process.stdout.write(
      `Set the owner's password within a day, by a link that works once: ${toWelcome(serving.url, serving.passwordLink)}\n`,
    )
  releaseMemoryWhenIdle()
  if (withParent) onParentGone(stop)
  void serving.lost.then(fail)
}

/** PostgreSQL starts, or is made, while the rest of the program loads, which takes longer. Settles when there is nothing left to do here but wait. */
async function startEmbedded(settings: Settings, log: Logger): Promise<Starting> {
  if (settings.databaseUrl !== undefined) return {}
  const { promise: waiting, resolve: onWait } = Promise.withResolvers<void>()
  const embedded = openEmbedded(settings.data, { exclusive: true, log, onWait })
  // Whoever opens the world is told of a failure.
  await Promise.race([waiting, embedded.catch(() => undefined)])
  return { embedded }
}

/** The first signal ends in order, a second one at once. Answers what the first one does. */
function stopOnSignals(serving: Serving, mostMs: number): () => void {
  let began: { readonly at: number; readonly by: string | undefined } | undefined
  const stop = (signal?: string): void => {
    if (began) return
    began = { at: performance.now(), by: signal }
    setTimeout(() => fail(new SetupError(`Sluice did not end within ${mostMs / 1000} s.`)), mostMs).unref()
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
  const { open } = await import('./open-world.ts')
  const opened = await open(settings, createLogger({ ...settings, logLevel: 'warn' }), { exclusive: false })
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

const backup = () => import('./backup.ts')
const accounts = () => import('../domain/accounts/accounts.ts')
const signIn = () => import('../domain/accounts/sign-in.ts')
const openIdSignIn = () => import('../domain/accounts/openid-sign-in.ts')
const toWelcome = (url: string, token: string): string => `${url}/welcome#${token}`

/** For where the settings say that the server answers. */
async function makePasswordLink(email: string): Promise<string> {
  const { host, port } = readSettings(process.env)
  const token = await withWorld(async (world) => (await signIn()).makePasswordLink(world, email))
  return toWelcome(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, token)
}

process.on('unhandledRejection', fail)
ensureHomeFolder(process.env)
await commands(
  {
    version,
    serve: runServer,
    addUser: (email) => withWorld(async (world) => (await accounts()).addUser(world, email)),
    users: () => withWorld((world) => world.store.accounts.listUsers()),
    setPassword: (email, password) => withWorld(async (world) => (await signIn()).setPassword(world, email, password)),
    makePasswordLink,
    changeEmail: (email, next) => withWorld(async (world) => (await accounts()).changeEmail(world, email, next)),
    unlinkUser: (email) => withWorld(async (world) => (await openIdSignIn()).unlinkUser(world, email)),
    createToken: (email, name, envId) => withWorld(async (world) => (await accounts()).createToken(world, email, name, envId)),
    backUp: async (file, keyFile, watch) => (await backup()).backUp(readSettings(process.env), version, file, keyFile, watch),
    restore: async (file, keyFile, watch) => (await backup()).restore(readSettings(process.env), file, keyFile, watch),
    checkBackup: async (file, watch) => (await backup()).checkBackup(file, watch),
    diagnose: async () => (await import('./doctor.ts')).diagnose(version, () => readSettings(process.env)),
    async openapi() {
      const [{ openapi }, { operations }, { schemas }] = await Promise.all([
        import('../contract/openapi.ts'),
        import('../contract/operations/index.ts'),
        import('../contract/schemas.ts'),
      ])
      return openapi(operations, schemas, version)
    },
  },
  { env: process.env, stdout: process.stdout, stderr: process.stderr, exit: (code) => void (process.exitCode = code) },
)
  .parseAsync()
  .catch(fail)
