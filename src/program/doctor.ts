/** Looks at everything that an installation needs, and says what is wrong with it and what to do. It changes nothing and tells no secret. */
import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { SetupError } from '../domain/errors.ts'
import { keyId } from '../domain/vault.ts'
import { createHttpClient } from '../engine/outgoing/client.ts'
import type { HttpAnswer } from '../engine/outgoing/message.ts'
import { findOsIsolation, describeOsIsolation } from '../sandbox/os-isolation.ts'
import { openSandbox } from '../sandbox/open.ts'
import type { Address, Settings } from '../settings.ts'
import type { DatabaseConfig } from '../store/database/database-hosts.ts'
import { inspectDatabase, type DatabaseFacts } from '../store/database/inspect.ts'
import { createCountsReader } from '../store/database/installation-counts.ts'
import { knownKey } from '../store/database/key-names.ts'
import { readMigrations } from '../store/database/migrate.ts'
import { openDatabase, type Database } from '../store/database/pool.ts'
import { openEmbedded } from '../store/embedded/open.ts'
import { queueSessions } from '../store/queue/watch-workers.ts'
import { readKey } from './encryption-key.ts'

export interface Check {
  readonly name: string
  /** With a warning all works, and may soon not. */
  readonly status: 'ok' | 'warning' | 'error'
  readonly message: string
  /** What to do. */
  readonly advice?: string
}

export interface Diagnosis {
  /** That of the worst check. */
  readonly status: Check['status']
  readonly checks: readonly Check[]
}

/** A disk with less is nearly full: PostgreSQL stops on a full one. Bytes. */
const lowDisk = 2 * 1024 ** 3
const leastDisk = 200 * 1024 ** 2
/** Clocks further apart make schedules, sessions and tokens wrong. Milliseconds. */
const wrongClockMs = 2_000
const badClockMs = 60_000
/** Connections that a server, its queue and its listeners take at the most. */
const neededConnections = 35
/** Somebody waits for the answer. Milliseconds. */
const answerMs = 5_000

const ok = (name: string, message: string): Check => ({ name, status: 'ok', message })
const warning = (name: string, message: string, advice: string): Check => ({ name, status: 'warning', message, advice })
const error = (name: string, message: string, advice: string): Check => ({ name, status: 'error', message, advice })

const gigabytes = (bytes: number): string =>
  bytes < 1024 ** 3 ? `${Math.round(bytes / 1024 ** 2)} MB` : `${(bytes / 1024 ** 3).toFixed(1)} GB`

/** `readSettings` throws where they are wrong. */
export async function diagnose(version: string, readSettings: () => Settings): Promise<Diagnosis> {
  const checks: Check[] = [ok('version', `Sluice ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}.`)]
  let settings: Settings | undefined
  try {
    settings = readSettings()
    checks.push(ok('settings', 'Every setting can be read.'))
  } catch (failure) {
    if (!(failure instanceof SetupError)) throw failure
    checks.push(error('settings', failure.message, 'Set it right in the environment of the program: sluice --help lists all settings.'))
  }
  if (settings) {
    checks.push(...(await checkDisk(settings)), ...(await checkDatabase(settings)), await checkServer(settings), checkAddresses(settings))
    checks.push(checkMail(settings), await checkOpenId(settings))
  }
  checks.push(...(await checkSandbox()))
  const status = (['error', 'warning'] as const).find((each) => checks.some((check) => check.status === each)) ?? 'ok'
  return { status, checks }
}

async function checkDisk({ data, databaseUrl, encryptionKeys }: Settings): Promise<Check[]> {
  if (databaseUrl !== undefined && encryptionKeys) return []
  let folder = data
  while (!(await isThere(folder)) && folder !== dirname(folder)) folder = dirname(folder)
  const isMade = folder === data
  if (
    !(await access(folder, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ))
  )
    return [
      error(
        'data folder',
        `${folder} cannot be written by this user.`,
        'Give the folder to the user that the program runs as, or name another one with SLUICE_DATA.',
      ),
    ]
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const message = `${data}${isMade ? '' : ' (made by the first start)'} has ${gigabytes(free)} of disk left.`
  const advice = 'Free some disk, or move the data folder to a larger one: sluice backup and sluice restore do that.'
  if (free < leastDisk) return [error('data folder', message, advice)]
  return [free < lowDisk ? warning('data folder', message, advice) : ok('data folder', message)]
}

async function checkDatabase(settings: Settings): Promise<Check[]> {
  const { databaseUrl, data } = settings
  if (databaseUrl === undefined && !(await isThere(join(data, 'postgres', 'PG_VERSION'))))
    return [ok('database', `There is none in ${data} yet: the first sluice serve makes it.`)]
  let close = async (): Promise<void> => {}
  try {
    let config: DatabaseConfig
    if (databaseUrl === undefined) {
      const embedded = await openEmbedded(data, { exclusive: false })
      close = () => embedded.stop()
      config = embedded.config
    } else config = databaseUrl
    const database = await openDatabase(config, { connections: 1, name: 'sluice doctor', statementTimeoutMs: answerMs, onlyReads: true })
    const stop = close
    close = async () => {
      await database.close()
      await stop()
    }
    return await checkOpened(settings, database)
  } catch (failure) {
    if (!(failure instanceof SetupError)) throw failure
    const advice =
      databaseUrl === undefined
        ? 'See postgres.log in the data folder.'
        : 'Check DATABASE_URL, and that PostgreSQL runs and lets this machine in.'
    return [error('database', failure.message, advice)]
  } finally {
    await close()
  }
}

async function checkOpened(settings: Settings, database: Database): Promise<Check[]> {
  const facts = await inspectDatabase(database.pool, queueSessions)
  const counts = facts.migration === undefined ? undefined : await createCountsReader(database.pool)()
  const known = facts.migration === undefined ? undefined : await knownKey(database.pool)
  return [
    checkState(facts, settings.databaseUrl === undefined),
    checkMigrations(facts.migration, (await readMigrations()).length),
    checkConnections(facts),
    checkClock(facts),
    await checkKey(settings, known),
    ...(counts ? [checkWorkers(facts.workers, counts), checkOffline(counts.connectionsOffline, counts.openErrors)] : []),
  ]
}

function checkState({ version, bytes, isStandby, isReadOnly }: DatabaseFacts, isEmbedded: boolean): Check {
  const message = `PostgreSQL ${version}${isEmbedded ? ' in the data folder' : ''}, ${gigabytes(bytes)}.`
  if (isStandby)
    return error(
      'database',
      `${message} It is a standby, which takes no writes.`,
      'Let DATABASE_URL name the primary, or all hosts with target_session_attrs=read-write.',
    )
  if (isReadOnly)
    return error(
      'database',
      `${message} It takes no writes (default_transaction_read_only).`,
      'Switch that off for the user or the database.',
    )
  return ok('database', message)
}

function checkMigrations(newest: number | undefined, own: number): Check {
  if (newest === undefined)
    return ok('migrations', `No Sluice has been started on this database yet: the first start brings it to migration ${own}.`)
  if (newest > own)
    return error(
      'migrations',
      `The database is at migration ${newest}, and this Sluice ends at ${own}.`,
      'Start the newer Sluice that was here, or one that is newer still.',
    )
  if (newest < own)
    return warning(
      'migrations',
      `The database is at migration ${newest}, and this Sluice has ${own}.`,
      'The next start of sluice serve brings it up to date. Back up before.',
    )
  return ok('migrations', `All ${own} are there.`)
}

function checkConnections({ connections, used }: DatabaseFacts): Check {
  const message = `${used} of ${connections} connections to PostgreSQL are open.`
  const advice = `A server with a worker takes up to ${neededConnections}: raise max_connections, or end what holds others.`
  return connections - used < neededConnections
    ? warning('connections to the database', message, advice)
    : ok('connections to the database', message)
}

function checkClock({ clockMs, clockErrorMs }: DatabaseFacts): Check {
  const apart = Math.abs(clockMs)
  const advice = 'Let NTP set the clocks of both machines: schedules, sessions and tokens go by them.'
  if (apart <= wrongClockMs + clockErrorMs) return ok('clock', 'That of this machine and that of the database agree.')
  const message = `The clock of the database is ${(apart / 1000).toFixed(1)} s ${clockMs > 0 ? 'ahead of' : 'behind'} that of this machine.`
  return apart > badClockMs ? error('clock', message, advice) : warning('clock', message, advice)
}

async function checkKey({ encryptionKeys, data }: Settings, known: string | undefined): Promise<Check> {
  const name = 'encryption key'
  const file = join(data, 'encryption-key')
  const [own, failure] = await readKey(data).then(
    (key) => [key, undefined] as const,
    (thrown: unknown) => [undefined, thrown] as const,
  )
  if (!encryptionKeys && failure) {
    if (failure instanceof SetupError) return error(name, failure.message, 'Bring the file back from your backup.')
    return error(name, `${file} cannot be read by this user.`, 'Give it to the user that the program runs as, with mode 0600.')
  }
  const keys = encryptionKeys ?? (own ? [own] : [])
  const where = encryptionKeys ? 'SLUICE_ENCRYPTION_KEY' : file
  if (keys.length === 0)
    return known === undefined
      ? ok(name, `There is none yet: the first start makes it in ${data}.`)
      : error(name, `The secrets are sealed with the key ${known}, which is not here.`, `Bring back ${file}, or set SLUICE_ENCRYPTION_KEY.`)
  if (known !== undefined && !keys.some((key) => keyId(key) === known))
    return error(
      name,
      `The secrets are sealed with the key ${known}, and ${where} holds another one.`,
      'Bring back the key that was there: no server starts without it.',
    )
  const mode = encryptionKeys || process.platform === 'win32' ? 0 : (await stat(file)).mode & 0o077
  if (mode !== 0) return warning(name, `Others can read ${file}.`, `chmod 600 ${file}`)
  return ok(name, `${keyId(keys[0] as Buffer)}, of ${where}. Keep it apart from your backups.`)
}

function checkWorkers(
  workers: number,
  { runsWaiting, runsRunning }: { readonly runsWaiting: number; readonly runsRunning: number },
): Check {
  const message = `${workers === 0 ? 'None works' : `${workers} ${workers === 1 ? 'works' : 'work'}`} on the queue: ${runsWaiting} ${runsWaiting === 1 ? 'run waits' : 'runs wait'}, ${runsRunning} ${runsRunning === 1 ? 'is' : 'are'} under way.`
  if (workers > 0) return ok('workers', message)
  return warning('workers', message, 'No flow runs before one is started: sluice serve, or sluice serve --role worker.')
}

function checkOffline(offline: number, openErrors: number): Check {
  const name = 'connections to applications'
  const errors = openErrors === 1 ? '1 error is open' : `${openErrors} errors are open`
  if (offline === 0) return ok(name, `None is offline; ${errors}.`)
  return warning(
    name,
    `${offline} ${offline === 1 ? 'is' : 'are'} offline, and their flows wait; ${errors}.`,
    'Test them on the page Connections of the console: each says why.',
  )
}

/** Whether something answers where the settings say that the server does. */
async function checkServer({ host, port }: Settings): Promise<Check> {
  const name = 'server'
  const at = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const url = `http://${at.includes(':') ? `[${at}]` : at}:${port}`
  const answer = await get(`${url}/readyz`)
  if (!answer) return ok(name, `None answers at ${url}.`)
  const body = readJson(answer.body.toString())
  if (answer.statusCode === 200 && body?.status === 'ok') return ok(name, `It answers at ${url}, and is ready.`)
  if (body?.status === 'unavailable')
    return error(
      name,
      `It answers at ${url}, and is not ready: ${(Array.isArray(body.errors) ? body.errors : []).map(({ message }) => message).join(' ')}`,
      'See to what it names, and to its log.',
    )
  return warning(name, `Another program answers at ${url}.`, 'Set PORT to a free one, or end the other program.')
}

function checkAddresses({ healthAddress, metricsAddress }: Settings): Check {
  const tell = (address: Address | undefined, name: string): string =>
    address ? `at ${address.host}:${address.port}` : `nowhere (${name})`
  return ok(
    'probes and metrics',
    `Probes answer ${tell(healthAddress, 'SLUICE_HEALTH_ADDRESS')}, metrics ${tell(metricsAddress, 'SLUICE_METRICS_ADDRESS')}.`,
  )
}

function checkMail({ mail }: Settings): Check {
  if (!mail) return ok('mail', 'Not set (SLUICE_SMTP_URL): users are told of nothing by mail.')
  return ok('mail', `Mails go through ${mail.host}:${mail.port}. "Send a test" in the profile of a user says whether they arrive.`)
}

async function checkOpenId({ openId }: Settings): Promise<Check> {
  const name = 'OpenID Connect'
  if (!openId) return ok(name, 'Not set: users sign in with a password or a token.')
  const url = `${openId.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await get(url)
  if (answer?.statusCode === 200) return ok(name, `${openId.issuer} answers.`)
  const reason = answer ? `answers ${answer.statusCode}` : 'does not answer'
  return error(name, `${openId.issuer} ${reason}: nobody can sign in there.`, 'Check SLUICE_OIDC_ISSUER, and that this machine reaches it.')
}

interface Readiness {
  readonly status?: string
  readonly errors?: readonly { readonly message: string }[]
}

function readJson(text: string): Readiness | undefined {
  try {
    return JSON.parse(text) as Readiness
  } catch {
    return undefined
  }
}

/** What is named by the one who runs the server may lie in a private network. Undefined where nothing answers. */
async function get(url: string): Promise<HttpAnswer | undefined> {
  const client = createHttpClient({ privateNetwork: 'allow' })
  try {
    const result = await client.send(
      { method: 'GET', url, headers: {}, timeout: answerMs, staysPut: true },
      AbortSignal.timeout(2 * answerMs),
    )
    return result.kind === 'answer' ? result : undefined
  } finally {
    await client.close()
  }
}

/** Which layers isolate scripts, and whether one runs within them. */
async function checkSandbox(): Promise<Check[]> {
  const { active, missing } = describeOsIsolation(findOsIsolation())
  const isolation =
    missing.length === 0
      ? ok('sandbox', `Scripts are isolated in every way: ${active.join(', ')}.`)
      : warning(
          'sandbox',
          `Scripts run with ${active.join(', ')}; without ${missing.join(', ')}.`,
          'Run on Linux with util-linux, as root or where users may make namespaces (kernel.unprivileged_userns_clone, in containers the capability SYS_ADMIN).',
        )
  const sandbox = openSandbox(pino({ level: 'silent' }))
  try {
    const script = { name: 'doctor', content: 'function add(options) { return options.a + options.b }' }
    const sum = await sandbox.call(
      { accountId: 'doctor', envId: 'doctor', script: { _id: 'doctor', ...script }, function: 'add' },
      { a: 1, b: 2 },
    )
    if (sum === 3) return [isolation, ok('scripts', 'A script runs.')]
    return [
      isolation,
      error('scripts', 'A script does not give what it should.', 'Install Sluice anew: its package isolated-vm is of another machine.'),
    ]
  } catch {
    return [
      isolation,
      error('scripts', 'No script can run.', 'Install Sluice anew for this machine: its package isolated-vm does not load.'),
    ]
  } finally {
    sandbox.close()
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
