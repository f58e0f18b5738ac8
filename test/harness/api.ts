/** The whole server on a socket and a database of its own, with two accounts, for tests that speak HTTP. */

import { pino } from 'pino'
import { afterAll, beforeAll } from 'vitest'
import { addUser, ensureOwner } from '../../src/domain/accounts/accounts.ts'
import { idMaker } from '../../src/domain/ids.ts'
import type { World } from '../../src/domain/context.ts'
import type { MailSettings } from '../../src/domain/ports/notifications/messengers.ts'
import type { OpenIdSettings } from '../../src/domain/ports/sessions/openid-provider.ts'
import type { Bucket } from '../../src/domain/ports/rate-limits.ts'
import { rateLimit } from '../../src/domain/limits/rate-limit.ts'
import type { RetentionDays } from '../../src/domain/retention/kinds.ts'
import { openVault } from '../../src/domain/vault.ts'
import { loggerOptions } from '../../src/program/logger.ts'
import { openCode } from '../../src/program/open-outside.ts'
import type { ConnectionSlots } from '../../src/engine/around/slots.ts'
import type { Evaluator } from '../../src/engine/evaluation/evaluator.ts'
import { createLoadTool } from '../../src/engine/graph/call-tool.ts'
import { DatabaseOutage } from '../../src/domain/observability/database-outage.ts'
import { startWorker } from '../../src/engine/run/worker.ts'
import { buildApp } from '../../src/http/app.ts'
import { createAuthenticate } from '../../src/http/authentication.ts'
import { ChangeNotifications } from '../../src/store/changes/change-signals.ts'
import { connectionSlots } from '../../src/store/slots/connection-slots.ts'
import { ReceivedNotifications } from '../../src/store/webhooks/notifications.ts'
import { createStateQuery } from '../../src/store/database/ask-state.ts'
import { readMigrations } from '../../src/store/database/migrate.ts'
import { connect, openDatabase, type Database } from '../../src/store/database/pool.ts'
import { createQueue } from '../../src/store/queue/queue.ts'
import { createStores } from '../../src/store/store.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body parsed; undefined where there is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  readonly body: any
}

export interface Api {
  readonly url: string
  readonly config: DatabaseConfig
  readonly database: Database
  readonly world: World
  /** As the owner, or with the token in `headers`. A string body goes out as it is, bytes as an archive. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** As another user, with an account of their own. */
  stranger(method: string, path: string, body?: unknown): Promise<Answer>
  /** The worker ends in order, and another one begins. */
  restartWorker(): Promise<void>
  /** The server ends in order, and another one begins at the same address once `meanwhile` is over. */
  restartServer(meanwhile: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

const keepForEver: RetentionDays = {
  runs: undefined,
  errors: undefined,
  retryData: undefined,
  requests: undefined,
  scriptLogs: undefined,
  logs: undefined,
  audit: undefined,
}

export const ownerToken = 'owner-token-for-tests'
/** Tokens and marks of tests that stand in no line of any log: a test whose server writes one fails. */
const secrets = [ownerToken, 'sk-planted-sk', 'a-sealed-secret', 'a-record-of-somebody']

export async function startApi({
  worker = false,
  strict = false,
  privateNetwork = 'allow' as 'allow' | 'refuse',
  /** Folder whose files flows may use. */
  files = undefined as string | undefined,
  bucket = undefined as Bucket | undefined,
  pagesInFlight = 100,
  /** Before each time that a record is sent again by itself, in milliseconds. */
  retryWaits = [60_000, 300_000, 1_800_000] as readonly number[],
  /** Milliseconds that a request of a flow may take, and before its first retry. */
  patience = {} as { readonly requestMs?: number; readonly firstWait?: number },
  /** How long a call of an API may take; as ever where it is absent. Milliseconds. */
  callMs = undefined as number | undefined,
  /** Before a connection that went offline is asked whether it is back. */
  pingAfterMs = 3_600_000,
  /** Where the console is built, or would be. */
  consoleFolder = undefined as string | undefined,
  /** Believe `X-Forwarded-*` headers. */
  trustProxy = false,
  /** Where users sign in with OpenID Connect. */
  openId = undefined as OpenIdSettings | undefined,
  /** The server that mails go through, and the address of the console in them. */
  mail = undefined as MailSettings | undefined,
  publicURL = undefined as string | undefined,
  /** How long what happens is gathered before users are told. Milliseconds. */
  gatherMs = 900_000,
  /** A line of the log for each request. */
  accessLog = false,
  /** Gets every line of the log. */
  log = undefined as ((line: string) => void) | undefined,
  /** A database that another server has filled already, and that stays: there is no stranger then. */
  on = undefined as TestDatabase | undefined,
} = {}): Promise<Api> {
  const testDatabase = on ?? (await createTestDatabase())
  const database = await openDatabase(testDatabase.config)
  const leaks: string[] = []
  const logger = pino(loggerOptions('info'), {
    write(line) {
      if (secrets.some((secret) => line.includes(secret))) leaks.push(line)
      if (process.env['TEST_LOG']) process.stderr.write(line)
      log?.(line)
    },
  })
  const slots = connectionSlots(
    () => connect(testDatabase.config, 'sluice slots'),
    async (text) => (await database.pool.query(text)).rows,
  )
  const listen = () => new ChangeNotifications(() => connect(testDatabase.config, 'sluice changes'))
  const changes = listen()
  const restarted: ChangeNotifications[] = []
  const {
    close: closeCode,
    evaluator,
    ...code
  } = openCode(
    logger,
    {
      privateNetwork,
      files,
      gatherMs,
      callMs,
      ...(openId && { openId }),
      ...(mail && { mail }),
      ...(publicURL !== undefined && { publicURL }),
    },
    slots,
    () => world,
  )
  const world: World = {
    ...code,
    ...createStores(database),
    changes,
    vault: openVault([Buffer.alloc(32, 7)]),
    log: logger,
    now: () => new Date(),
    newId: idMaker(),
    pingAfterMs,
  }
  await ensureOwner(world, ownerToken)
  const other = on ? { token: '' } : await addUser(world, 'stranger@example.com')
  const askDatabase = createStateQuery(database.pool, (await readMigrations()).length)
  const build = async (of: World) =>
    buildApp({
      world: of,
      authenticate: createAuthenticate(world),
      logger,
      version: '0.0.0',
      strict,
      isReady: database.isThere,
      askReadiness: async () => ({ ...(await askDatabase()), shutdown: undefined }),
      trustProxy,
      accessLog,
      ...(consoleFolder !== undefined && { consoleFolder }),
      ...(bucket && { countRequest: rateLimit(world.store.rateLimits, bucket) }),
    })
  let app = await build(world)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const received = new ReceivedNotifications(() => connect(testDatabase.config, 'sluice webhooks'))
  const startOne = () =>
    startTestWorker(world, database, slots, received, evaluator, { privateNetwork, files, pagesInFlight, retryWaits, patience })
  let stopWorker = worker ? await startOne() : async () => {}
  const call = caller(url)
  return {
    url,
    world,
    database,
    config: testDatabase.config,
    call: (method, path, body, headers = {}) => call(method, path, body, { authorization: `Bearer ${ownerToken}`, ...headers }),
    stranger: (method, path, body) => call(method, path, body, { authorization: `Bearer ${other.token}` }),
    async restartWorker() {
      await stopWorker()
      stopWorker = await startOne()
    },
    async restartServer(meanwhile) {
      await app.close()
      await meanwhile()
      // A server that has ended follows no changes any more: the next one has its own ear.
      restarted.push(listen())
      app = await build({ ...world, changes: restarted.at(-1) ?? changes })
      await app.listen({ host: '127.0.0.1', port: Number(new URL(url).port) })
    },
    async close() {
      await stopWorker()
      await app.close()
      await closeCode()
      for (const each of [changes, ...restarted]) await each.close()
      await slots.close()
      await received.close()
      await database.close()
      if (!on) await testDatabase.drop()
      if (leaks.length > 0) throw new Error(`the log holds a secret or a record: ${leaks.join('')}`)
    },
  }
}

/** One server for all tests of a file: there before the first, gone after the last. */
export function apiForFile(options: Parameters<typeof startApi>[0] = {}): Api {
  const api = {} as Api
  beforeAll(async () => void Object.assign(api, await startApi(options)))
  afterAll(() => api.close())
  return api
}

async function startTestWorker(
  world: World,
  database: Database,
  slots: ConnectionSlots,
  received: ReceivedNotifications,
  evaluator: Evaluator,
  reach: {
    readonly privateNetwork: 'allow' | 'refuse'
    readonly files: string | undefined
    readonly pagesInFlight: number
    readonly retryWaits: readonly number[]
    readonly patience: { readonly requestMs?: number; readonly firstWait?: number }
  },
): Promise<() => Promise<void>> {
  const outage = new DatabaseOutage(world.log)
  const worker = await startWorker({
    world,
    outage,
    queue: createQueue(database.pool, world.log, outage),
    slots,
    received,
    evaluator,
    loadTool: createLoadTool(() => world),
    ...reach,
    concurrency: 4,
    // Runs of tests lie in the past.
    retention: keepForEver,
  })
  return () => worker.stop()
}

/** Of a stream of events, which has no end, its beginning. */
export async function readText(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text()
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return Buffer.from(value ?? []).toString()
}

const caller =
  (url: string) =>
  async (method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> => {
    const isArchive = body instanceof Uint8Array
    const sent = body === undefined ? {} : { body: typeof body === 'string' || isArchive ? (body as string) : JSON.stringify(body) }
    const response = await fetch(url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': isArchive ? 'application/zip' : 'application/json' }), ...headers },
      ...sent,
      redirect: 'manual',
    })
    const text = await readText(response)
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : undefined }
  }
