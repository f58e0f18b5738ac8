/**
 * Two servers and two workers of an older version, under load, are replaced one after the other by those of this one. Nothing that was acknowledged is lost,
 * every run ends, and nobody is answered 5xx, but for 503 with `Retry-After`. `packaging/try-upgrade` runs it.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { openEmbedded } from '../src/store/embedded/open.ts'
import { pagesInFlight } from './cluster/ledger.ts'
import { Load, token } from './cluster/load.ts'

/** How long things are as they are before the next program is replaced. Milliseconds. */
const stayMs = Number(process.env['STAY_SECONDS'] ?? 8) * 1000
/** A start with migrations, an end with runs that are handed over, on a busy machine. Milliseconds. */
const patienceMs = 180_000

const [commit = ''] = process.argv.slice(2)
const root = join(import.meta.dirname, '..')
const base = mkdtempSync(join(tmpdir(), 'sluice-upgrade-'))
const oldTree = join(base, 'old')
const git = (...words: readonly string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`)

/** All that were started, however it ends. */
const started: ChildProcess[] = []

interface Program {
  readonly name: string
  readonly role: 'server' | 'worker'
  readonly port: number
  child: ChildProcess
  version: string
}

const places = [
  { name: 'server1', role: 'server', port: 31_311 },
  { name: 'server2', role: 'server', port: 31_312 },
  { name: 'worker1', role: 'worker', port: 31_313 },
  { name: 'worker2', role: 'worker', port: 31_314 },
] as const
type Place = (typeof places)[number]

let server: Awaited<ReturnType<typeof openEmbedded>> | undefined
const databaseUrl = (): string => {
  if (!server) throw new Error('the database was not started')
  const { host, port, user, password, database: name } = server.config
  return `postgresql://${user}:${encodeURIComponent(password)}@/${name}?host=${encodeURIComponent(host)}&port=${port}`
}

async function start({ name, role, port }: Place, tree: string): Promise<ChildProcess> {
  const file = join(base, `${name}.log`)
  const log = openSync(file, 'a')
  const before = statSync(file).size
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATABASE_URL: databaseUrl(),
    SLUICE_DATA: join(base, name),
    SLUICE_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('hex'),
    SLUICE_TOKEN: token,
    SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight),
    SLUICE_RATE_LIMIT: 'off',
    SLUICE_LOG_LEVEL: 'info',
    PORT: String(port),
  }
  const child = spawn(process.execPath, ['src/main.ts', 'serve', '--role', role], { cwd: tree, env, stdio: ['ignore', log, log] })
  started.push(child)
  const said = (): string => readFileSync(file, 'utf8').slice(before)
  const isReady = async (): Promise<boolean> =>
    role === 'worker'
      ? said().includes('works on the queue')
      : (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3000) })).ok
  for (const end = Date.now() + patienceMs; !(await isReady().catch(() => false)); await pause(100))
    if (child.exitCode !== null || Date.now() > end) throw new Error(`${name} did not start: ${said().slice(-2000)}`)
  return child
}

/** In order, as a supervisor does it. Answers after how many milliseconds it had ended, and with which code. */
async function stop({ child, name }: Program): Promise<string> {
  const began = Date.now()
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}`)
  return `${((Date.now() - began) / 1000).toFixed(1)} s`
}

async function ask(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(databaseUrl())
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

const migrationOf = async (): Promise<unknown> => (await ask('select max(number) as number from sluice.migrations'))[0]?.['number']

async function main(): Promise<readonly string[]> {
  const programs: Program[] = []
  git('worktree', 'add', '--detach', '--quiet', oldTree, commit)
  symlinkSync(join(root, 'node_modules'), join(oldTree, 'node_modules'))
  const [oldVersion, newVersion] = [git('rev-parse', '--short=8', commit), git('rev-parse', '--short=8', 'HEAD')]
  server = await openEmbedded(join(base, 'database'), { exclusive: false })
  for (const place of places) programs.push({ ...place, child: await start(place, oldTree), version: oldVersion })
  say(`two servers and two workers of ${oldVersion}, at migration ${String(await migrationOf())}`)

  // As a proxy does that asks for /readyz: the next one that answers.
  const servers = programs.filter(({ role }) => role === 'server')
  const down = new Set<string>()
  let turn = 0
  const nextApi = (): string => {
    const up = servers.filter(({ name }) => !down.has(name))
    return `http://127.0.0.1:${up[turn++ % up.length]?.port}`
  }
  const load = new Load(nextApi, '127.0.0.1')
  await load.begin()
  await pause(stayMs)
  for (const program of programs) {
    down.add(program.name)
    const ended = await stop(program)
    const began = Date.now()
    program.child = await start(program as Place, root)
    program.version = newVersion
    down.delete(program.name)
    const versions = programs.map(({ version }) => version).join(', ')
    say(
      `${program.name} replaced (ended in ${ended}, ready in ${((Date.now() - began) / 1000).toFixed(1)} s); ${versions}; migration ${String(await migrationOf())}`,
    )
    await pause(stayMs)
  }
  const { writes, events, runs, slowestEvent, twice, wrong } = await load.ledger.compare(ask)
  await load.end()
  const told = `${load.refused} told to come again, ${load.unanswered} not answered`
  say(
    `${writes} writes, ${events} events and ${runs} runs compared, ${twice} sent twice, slowest event ${slowestEvent.toFixed(1)} s; ${told}`,
  )
  say(`the load of this machine: ${loadavg()[0]?.toFixed(1)}`)
  return [...wrong, ...(load.unanswered > 0 ? [`${load.unanswered} requests were not answered`] : [])]
}

let wrong: readonly string[] = ['it was broken off']
try {
  wrong = await main()
} catch (error) {
  console.error(error)
} finally {
  for (const child of started) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  await server?.stop()
  git('worktree', 'remove', '--force', oldTree)
  if (wrong.length === 0) rmSync(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 })
}
for (const sentence of wrong) console.error(sentence)
if (wrong.length > 0) console.error(`The logs are in ${base}.`)
process.exit(wrong.length > 0 ? 1 : 0)
