/**
 * Three machines with PostgreSQL under Patroni and etcd, two servers, three workers and a proxy, as network namespaces of this machine: each is killed in turn
 * under load, and the primary is cut off. After each fault what was acknowledged is compared with what is there. `packaging/try-cluster` runs it.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  areEtcdsWell,
  askNode,
  askRoles,
  createDatabase,
  databaseMachines,
  databaseUrl,
  startDatabases,
  switchOver,
} from './cluster/database.ts'
import { pagesInFlight, type Comparison } from './cluster/ledger.ts'
import { Load, token, type Moments } from './cluster/load.ts'
import { connectMachines, cut, disconnectMachines, machines, mend, Service, type Machine } from './cluster/machines.ts'

const rounds = Number(process.env['ROUNDS'] ?? 1)
const way = process.env['DATABASE'] === 'proxy' ? 'proxy' : 'hosts'
/** Rounds that have not begun by then are left out. Seconds. */
const seconds = Number(process.env['SECONDS'] ?? 100_000)
/** Rounds of earlier calls count: what was broken off is gone on with. */
const results = process.env['RESULTS'] ?? join(tmpdir(), 'sluice-cluster-rounds.json')
/** What the programs said in rounds in which something was wrong. */
const failures = results.replace(/(?:\.json)?$/, '-failures')
/** A cluster that does not come back is built anew, and its round counts as failed. */
const mostClusters = 5
/** Until something comes to be, such as a machine that has rejoined the others. Milliseconds. */
const patienceMs = 240_000
/** Each fault has this long to show. Milliseconds. */
const showsMs = 12_000
/** So long everything has to get through again before a fault is over. Milliseconds. */
const steadyMs = 4000

let base = ''
const began = performance.now()

/** Seconds in which nothing got through, and what was compared. */
interface Round {
  readonly fault: string
  readonly way: string
  readonly at: string
  readonly writes: number
  readonly events: number
  readonly records: number
  readonly load: number
  readonly compared: Comparison
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(250))
    if (await Promise.resolve(isSo()).catch(() => false)) return
  throw new Error(`Waited in vain until ${what}.`)
}

function startSluice(machine: Machine, role: 'server' | 'worker'): Service {
  const env = {
    DATABASE_URL: databaseUrl(way),
    SLUICE_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('hex'),
    SLUICE_TOKEN: token,
    SLUICE_DATA: join(base, machine),
    SLUICE_PAGES_IN_FLIGHT: String(pagesInFlight),
    SLUICE_LOG_LEVEL: 'info',
    HOST: machines[machine],
    PORT: '3000',
  }
  return new Service({
    machine,
    file: process.execPath,
    args: ['src/main.ts', 'serve', '--role', role],
    env,
    log: join(base, `${machine}.log`),
  })
}

const isReady = async (machine: Machine): Promise<boolean> =>
  (await fetch(`http://${machines[machine]}:3000/readyz`, { signal: AbortSignal.timeout(3000) })).ok

const any = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T

async function build() {
  base = mkdtempSync(join(tmpdir(), 'sluice-cluster-'))
  chmodSync(base, 0o755)
  connectMachines()
  const databases = startDatabases(base)
  await until('there is a primary with its standbys', async () => (await askRoles()).isWhole)
  await createDatabase((await askRoles()).primary ?? 'db1')
  const proxy = join(import.meta.dirname, 'cluster/haproxy.cfg')
  const lb = new Service({ machine: 'lb', file: 'haproxy', args: ['-db', '-f', proxy], log: join(base, 'lb.log') })
  // The first migrates.
  const first = startSluice('server1', 'server')
  await until('the first server is ready', () => isReady('server1'))
  const servers = [first, startSluice('server2', 'server')]
  const workers = (['worker1', 'worker2', 'worker3'] as const).map((machine) => startSluice(machine, 'worker'))
  await until('the second server is ready', () => isReady('server2'))
  const load = new Load(() => `http://${machines.lb}:8080`)
  await until('the proxy has a server', async () => (await load.call('GET', 'scripts')).status < 300)
  await load.begin()
  return { databases, lb, servers, workers, load }
}

type Cluster = Awaited<ReturnType<typeof build>>

async function roles() {
  const { primary, synchronous } = await askRoles()
  if (!primary || !synchronous) throw new Error('There is no primary with a standby.')
  return { primary, synchronous }
}

/** Each answers how its machine is brought back. */
const faults: Readonly<Record<string, (cluster: Cluster) => Promise<() => void>>> = {
  async 'primary killed'({ databases }) {
    const { primary } = await roles()
    databases.killNode(primary)
    return () => databases.patroni[primary].release()
  },
  async 'synchronous standby killed'({ databases }) {
    const { synchronous } = await roles()
    databases.killNode(synchronous)
    return () => databases.patroni[synchronous].release()
  },
  async 'etcd node killed'({ databases }) {
    const { primary } = await roles()
    // That of the primary, whose Patroni has to turn to another one.
    databases.etcd[primary].hold()
    return () => databases.etcd[primary].release()
  },
  async 'server killed'({ servers }) {
    any(servers).kill()
    return () => {}
  },
  async 'worker killed'({ workers }) {
    any(workers).kill()
    return () => {}
  },
  async 'network of the primary cut'() {
    const { primary } = await roles()
    cut(primary)
    return () => void mend(primary)
  },
  async switchover() {
    await switchOver((await roles()).primary)
    return () => {}
  },
  async 'PostgreSQL of the primary killed, Patroni not'({ databases }) {
    databases.killServer((await roles()).primary)
    return () => {}
  },
}

/** Longest time between two moments from `since` on, in seconds; the last one is still open. */
function longestGap(moments: Moments, since: number): number {
  const later = [since, ...moments.filter((at) => at > since), performance.now()]
  return Math.max(...later.map((at, index) => at - (later[index - 1] ?? at))) / 1000
}

/** Between two runs of a flow nothing gets through for a moment. Milliseconds. */
const mostSilenceMs = { writes: 2000, events: 2000, arrivals: 4000, first: 4000, second: 4000 } as const
type Kind = keyof typeof mostSilenceMs
const kinds = Object.keys(mostSilenceMs) as Kind[]

const silenceOf = (load: Load, kind: Kind): number => performance.now() - (load.moments[kind].at(-1) ?? began)

/** Everything, for a while. */
async function untilSteady(load: Load): Promise<void> {
  let since = performance.now()
  const isSteady = (): boolean => {
    if (kinds.some((kind) => silenceOf(load, kind) > mostSilenceMs[kind])) since = performance.now()
    return performance.now() - since > steadyMs
  }
  await until('everything gets through', isSteady).catch(async (error: unknown) => {
    for (const kind of kinds) console.error(`${kind}: nothing for ${Math.round(silenceOf(load, kind) / 1000)} s`)
    const { primary } = await askRoles()
    const runs = `select job._id, job.status, job.epoch, job.num_success, task.attempts, task.locked_by, task.locked_at, task.run_at, task.last_error, now()
      from sluice.jobs job left join graphile_worker._private_jobs task on task.payload ->> 'jobId' = job._id where ended_at is null and _flow_job_id is null`
    const sessions = `select client_addr::text, application_name, state, wait_event, now() - state_change as since, left(query, 60) as query, count(lock.*)::int as locks
      from pg_stat_activity session left join pg_locks lock on lock.pid = session.pid and lock.locktype = 'advisory' where usename = 'sluice'
      group by session.pid, 1, 2, 3, 4, 5, 6 having state <> 'idle' or count(lock.*) > 0 or application_name = 'sluice slots'`
    for (const text of primary ? [runs, sessions] : []) console.error(await askNode(primary as 'db1', 'sluice', text).catch(String))
    throw error
  })
}

async function play(fault: string, cluster: Cluster): Promise<Round> {
  const { load } = cluster
  await untilSteady(load)
  await pause(Math.random() * 2000)
  const [since, at] = [performance.now(), new Date().toISOString()]
  const bringBack = await (faults[fault] as (typeof faults)[string])(cluster)
  await pause(showsMs)
  await untilSteady(load)
  const [writes, events, arrivals, first, second] = kinds.map((kind) => longestGap(load.moments[kind], since)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  bringBack()
  await untilWhole()
  const compared = await load.ledger.compare(askPrimary)
  return { fault, way, at, writes, events, records: Math.max(arrivals, first, second), load: loadavg()[0] ?? 0, compared }
}

/** Tried again: Patroni may still be restarting one. */
async function askPrimary(text: string): Promise<readonly Record<string, unknown>[]> {
  let rows: readonly Record<string, unknown>[] = []
  await until('the primary answers', async () => {
    rows = await askNode((await roles()).primary, 'sluice', text)
    return true
  })
  return rows
}

/** For a while: a primary of before is started more than once until it follows the new one. */
async function untilWhole(): Promise<void> {
  let since = performance.now()
  let atStandbys = 0
  await until('the cluster is whole again', async () => {
    const looks = [askRoles().then(({ isWhole }) => isWhole), areEtcdsWell(), isReady('server1'), isReady('server2')]
    const isWhole = (await Promise.all(looks).catch(() => [false])).every(Boolean)
    if (isWhole) atStandbys = await countAtStandbys().catch(() => Number.POSITIVE_INFINITY)
    if (!isWhole || atStandbys > 0) since = performance.now()
    return performance.now() - since > steadyMs
  }).catch((error: unknown) => {
    if (atStandbys > 0) console.error(`${atStandbys} sessions are at a standby.`)
    throw error
  })
}

/** Sessions with a standby, but for those that ask which host is the primary. */
async function countAtStandbys(): Promise<number> {
  const { primary } = await roles()
  const text = `select count(*)::int as n from pg_stat_activity where usename = 'sluice' and application_name <> 'sluice primary'`
  const counts = databaseMachines
    .filter((name) => name !== primary)
    .map(async (machine) => Number((await askNode(machine, 'sluice', text))[0]?.['n']))
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)

function tell(rounds: readonly Round[]): void {
  console.log(
    '\n| what happens | rounds | writes | events taken | records of flows | slowest event | compared: writes, events, runs | sent twice | wrong |',
  )
  console.log(`|${' --- |'.repeat(9)}`)
  for (const [key, group] of Map.groupBy(rounds, nameOf)) {
    const seconds = [
      (each: Round) => each.writes,
      (each: Round) => each.events,
      (each: Round) => each.records,
      (each: Round) => each.compared.slowestEvent,
    ]
    const cells = seconds.map((of) => `${median(group.map(of)).toFixed(1)} (${Math.max(...group.map(of)).toFixed(1)})`)
    const counts = (['writes', 'events', 'runs'] as const).map((kind) =>
      sum(group.map(({ compared }) => compared[kind])).toLocaleString('en'),
    )
    const [twice, wrong] = [
      sum(group.map(({ compared }) => compared.twice)),
      group.filter(({ compared }) => compared.wrong.length > 0).length,
    ]
    console.log(`| ${key} | ${group.length} | ${cells.join(' | ')} | ${counts.join(', ')} | ${twice} | ${wrong} |`)
  }
  console.log(
    `\nThe load of this machine: ${median(rounds.map(({ load }) => load)).toFixed(1)} (${Math.max(...rounds.map(({ load }) => load)).toFixed(1)}).`,
  )
}

const nameOf = (round: Pick<Round, 'fault' | 'way'>): string => `${round.fault}${round.way === 'proxy' ? ' (HAProxy)' : ''}`

const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`)

/** Keeps what all programs said, beside what was wrong. */
function keepLogs(fault: string, at: string, wrong: readonly string[]): void {
  const folder = join(failures, `${at.replaceAll(/[:.]/g, '-')} ${fault}`)
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(base).filter((each) => each.endsWith('.log'))) copyFileSync(join(base, name), join(folder, name))
  writeFileSync(join(folder, 'wrong.txt'), `${wrong.join('\n')}\n`)
  for (const sentence of wrong.slice(0, 10)) say(`  ${sentence}`)
  say(`  ${wrong.length > 10 ? `and ${wrong.length - 10} more; ` : ''}all of it, with the logs, in ${folder}`)
}

const chosen = process.env['FAULTS']
  ? Object.keys(faults).filter((name) => process.env['FAULTS']?.split(',').some((word) => name.startsWith(word)))
  : Object.keys(faults)
const played: Round[] = existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as Round[]) : []

/** The one that was played least often; undefined where each has had its rounds, or the time is over. */
function findNext(): string | undefined {
  if ((performance.now() - began) / 1000 > seconds) return undefined
  const counted = chosen.map((fault) => ({ fault, count: played.filter((each) => each.fault === fault && each.way === way).length }))
  return counted.filter(({ count }) => count < rounds).toSorted((a, b) => a.count - b.count)[0]?.fault
}

/** On one cluster, until all are played. */
async function playAll(): Promise<void> {
  const cluster = await build()
  say('the cluster is there')
  for (let fault = findNext(); fault !== undefined; fault = findNext()) {
    const startedAt = new Date().toISOString()
    const round = await play(fault, cluster).catch((error: unknown) => {
      cluster.load.abandon()
      keepLogs(fault, startedAt, [String(error)])
      throw error
    })
    played.push(round)
    writeFileSync(results, JSON.stringify(played))
    const { compared, writes, events, records, load } = round
    const shown = `${writes.toFixed(1)} s writes, ${events.toFixed(1)} s events, ${records.toFixed(1)} s records; slowest event ${compared.slowestEvent.toFixed(1)} s`
    say(
      `${fault}: ${shown}; compared ${compared.writes} writes, ${compared.events} events, ${compared.runs} runs, ${compared.twice} sent twice; load ${load.toFixed(1)}`,
    )
    if (compared.wrong.length > 0) keepLogs(fault, startedAt, compared.wrong)
  }
  await cluster.load.end()
}

/** Answers how many rounds could not be ended. */
async function main(): Promise<number> {
  let brokenOff = 0
  for (let n = 0; n < mostClusters && findNext() !== undefined; n++)
    try {
      await playAll()
    } catch (error) {
      console.error(error)
      brokenOff += 1
    } finally {
      disconnectMachines()
      if (base) rmSync(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 })
    }
  return brokenOff
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    disconnectMachines()
    process.exit(1)
  })
const brokenOff = await main().finally(disconnectMachines)
tell(played)
if (brokenOff > 0) console.log(`${brokenOff} rounds could not be ended.`)
process.exit(brokenOff > 0 || played.some(({ compared }) => compared.wrong.length > 0) ? 1 : 0)
