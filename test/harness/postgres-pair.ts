/** A primary and its standby, two PostgreSQLs of the one that comes along: what the primary acknowledges is on the standby, which can be promoted. */
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { accountFor } from '../../src/store/embedded/account.ts'
import { findBinaries } from '../../src/store/embedded/binaries.ts'
import { launch, run, type RunAs } from '../../src/store/embedded/run-postgres-tool.ts'
import { findFreeAddress } from './free-address.ts'

/** One program to its end, and a server that starts, on a busy machine. Milliseconds. */
const patienceMs = 120_000
const login = { user: 'sluice', password: 'the-password-of-the-pair' } as const
const pairDatabase = 'sluice'

export interface PostgresNode {
  readonly port: number
  /** As DATABASE_URL has it, for this one alone. */
  readonly url: string
  /** What each of its sessions is told. */
  ask(text: string): Promise<Record<string, unknown>[]>
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Ends as a machine does that loses its power. */
  kill(): Promise<void>
}

export interface PostgresPair {
  readonly primary: PostgresNode
  readonly standby: PostgresNode
  /** Of both, the standby first. */
  readonly url: string
  /** Lets the standby take writes. */
  promote(): Promise<void>
}

export async function startPair(): Promise<PostgresPair> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-pair-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }))
  const binaries = findBinaries()
  await chmod(folder, 0o700)
  const data = [join(folder, 'primary'), join(folder, 'standby')] as const
  const as = await accountFor(folder, data[0], binaries)
  await give(as, folder, 0o700)
  const password = join(folder, 'password')
  await writeFile(password, login.password)
  await give(as, password)
  await runTool(as, binaries.initdb, [
    '-D',
    data[0],
    '-U',
    login.user,
    '--pwfile',
    password,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--no-sync',
  ])
  await writeFile(
    join(data[0], 'pg_hba.conf'),
    'host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n',
  )
  // A cluster that was never started is a copy of itself.
  await runTool(as, 'cp', ['-a', data[0], data[1]])
  const ports = [await freePort(), await freePort()] as const
  const common = { listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', wal_keep_size: '512MB' }
  await configure(data[0], { ...common, port: ports[0] })
  const upstream = `host=127.0.0.1 port=${ports[0]} user=${login.user} password=${login.password} application_name=standby`
  await configure(data[1], { ...common, port: ports[1], primary_conninfo: upstream })
  await writeFile(join(data[1], 'standby.signal'), '')
  const start = (index: 0 | 1): Promise<PostgresNode> => startNode(as, binaries.postgres, data[index], ports[index])
  const primary = await start(0)
  await primary.ask(`create database ${pairDatabase}`)
  const standby = await start(1)
  await until(async () => (await standby.ask(`select from pg_database where datname = '${pairDatabase}'`)).length === 1)
  // From here on an answered write is on both.
  await until(async () => (await primary.ask('select from pg_stat_replication where state = $$streaming$$')).length === 1)
  await primary.ask(`alter system set synchronous_standby_names = 'standby'`)
  await primary.ask('select pg_reload_conf()')
  await until(async () => (await primary.ask('select from pg_stat_replication where sync_state = $$sync$$')).length === 1)
  return {
    primary,
    standby,
    url: urlOf([ports[1], ports[0]]),
    promote: async () => void (await standby.ask('select pg_promote()')),
  }
}

const urlOf = (ports: readonly number[]): string =>
  `postgresql://${login.user}:${login.password}@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${pairDatabase}?target_session_attrs=read-write`

async function startNode(as: RunAs, postgres: string, data: string, port: number): Promise<PostgresNode> {
  const server = launch(as, postgres, ['-D', data], { stdio: process.env['TEST_LOG'] ? 'inherit' : 'ignore' })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const ask = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ host: '127.0.0.1', port, ...login, database: 'postgres' })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  const node: PostgresNode = {
    port,
    url: urlOf([port]),
    ask,
    signal: (signal) => signalAll(server, signal),
    async kill() {
      // Sessions of a server that is killed live on until they notice.
      signalAll(server, 'SIGKILL')
      await ended
    },
  }
  onTestFinished(() => node.kill())
  await until(
    () => ask('select').then(() => true),
    () => server.exitCode !== null,
  )
  return node
}

/** The server first, so that it begins no session that is not met. */
function signalAll(server: ChildProcess, signal: NodeJS.Signals): void {
  const pid = server.pid as number
  server.kill(signal)
  for (const session of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (parentOf(session) !== pid) continue
    try {
      process.kill(Number(session), signal)
    } catch {
      // It has ended meanwhile.
    }
  }
}

function parentOf(pid: string): number | undefined {
  try {
    // The name before it may hold spaces and brackets.
    return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

async function runTool(as: RunAs, file: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(as, file, args, patienceMs)
  if (code !== 0) throw new Error(output)
}

async function give({ owner }: RunAs, path: string, mode?: number): Promise<void> {
  if (mode !== undefined) await chmod(path, mode)
  if (owner) await chown(path, owner.uid, owner.gid)
}

async function configure(data: string, settings: Readonly<Record<string, string | number>>): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`)
  await writeFile(join(data, 'postgresql.conf'), lines.join(''))
}

const freePort = async (): Promise<number> => Number((await findFreeAddress()).split(':')[1])

async function until(check: () => Promise<boolean>, isVain: () => boolean = () => false): Promise<void> {
  for (const end = performance.now() + patienceMs; ;) {
    const failure = await check().then(
      (done) => (done ? undefined : new Error('The servers did not come to follow each other.')),
      (error: Error) => error,
    )
    if (!failure) return
    if (isVain() || performance.now() > end) throw failure
    await pause(50)
  }
}
