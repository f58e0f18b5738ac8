/**
 * Three machines with PostgreSQL under Patroni and etcd, two servers, three workers and a proxy, as network namespaces of this machine: each is killed in turn
 * under load, and the primary is cut off. Tells what was lost and how long nothing got through. `packaging/try-cluster` runs it.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
import { Load, pagesInFlight, token, type Moments } from './cluster/load.ts'
import { connectMachines, cut, disconnectMachines, machines, mend, Service, type Machine } from './cluster/machines.ts'

const rounds = Number(process.env['ROUNDS'] ?? 1)
const way = process.env['DATABASE'] === 'proxy' ? 'proxy' : 'hosts'
/** Rounds that have not begun by then are left out. Seconds. */
const seconds = Number(process.env['SECONDS'] ?? 100_000)
/** Where the times of earlier calls are kept, so that many short ones make one table. */
const results = process.env['RESULTS'] ?? join(tmpdir(), 'sluice-cluster-times.json')
/** Until something comes to be, such as a machine that has rejoined the others. Milliseconds. */
const patienceMs = 240_000
/** Each fault has this long to show. Milliseconds. */
const showsMs = 12_000
/** So long everything has to get through again before a fault is over. Milliseconds. */
const steadyMs = 4000

const base = mkdtempSync(join(tmpdir(), 'sluice-cluster-'))
chmodSync(base, 0o755)
const began = performance.now()

interface Times {
  readonly fault: string
  readonly way: string
  readonly writes: number
  readonly events: number
  readonly records: number
  readonly load: number
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(250))
    if (await Promise.resolve(isSo()).catch(() => false)) return
  throw new Error(`Waited in vain until ${what}. The logs are in ${base}.`)
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
  return { databases, lb, servers, workers }
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
  async 'PostgreSQL of the primary killed, Patroni not'({ databases }) {
    databases.killServer((await roles()).primary)
    return () => {}
  },
  async switchover() {
    await switchOver((await roles()).primary)
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

async function play(fault: string, cluster: Cluster, load: Load): Promise<Times> {
  await untilSteady(load)
  await pause(Math.random() * 2000)
  const since = performance.now()
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
  return { fault, way, writes, events, records: Math.max(arrivals, first, second), load: loadavg()[0] ?? 0 }
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

function tell(times: readonly Times[]): void {
  console.log('\n| what happens | rounds | writes | events | records |\n| --- | --- | --- | --- | --- |')
  for (const [key, group] of Map.groupBy(times, (each) => `${each.fault}${each.way === 'proxy' ? ' (HAProxy)' : ''}`)) {
    const cells = (['writes', 'events', 'records'] as const).map((kind) => {
      const numbers = group.map((each) => each[kind])
      return `${median(numbers).toFixed(1)} (${Math.max(...numbers).toFixed(1)})`
    })
    console.log(`| ${key} | ${group.length} | ${cells.join(' | ')} |`)
  }
}

async function main(): Promise<string[]> {
  const chosen = process.env['FAULTS']
    ? Object.keys(faults).filter((name) => process.env['FAULTS']?.split(',').some((word) => name.startsWith(word)))
    : Object.keys(faults)
  const cluster = await build()
  const load = new Load(`http://${machines.lb}:8080`)
  await until('the proxy has a server', async () => (await load.call('GET', 'scripts')).status < 300)
  await load.begin()
  const times = existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as Times[]) : []
  for (let round = 1; round <= rounds; round++)
    for (const fault of chosen) {
      if ((performance.now() - began) / 1000 > seconds) continue
      const told = await play(fault, cluster, load)
      times.push(told)
      writeFileSync(results, JSON.stringify(times))
      const shown = `${told.writes.toFixed(1)} s writes, ${told.events.toFixed(1)} s events, ${told.records.toFixed(1)} s records`
      console.log(`${Math.round((performance.now() - began) / 1000)} s, round ${round}, ${fault}: ${shown}; load ${told.load.toFixed(1)}`)
    }
  await load.end()
  const { primary } = await roles()
  const wrong = await load.settle(async (jobId) =>
    Number((await askNode(primary, 'sluice', `select epoch from sluice.jobs where _id = '${jobId}'`))[0]?.['epoch']),
  )
  tell(times)
  return wrong
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    disconnectMachines()
    process.exit(1)
  })
try {
  const wrong = await main()
  for (const sentence of wrong) console.error(sentence)
  process.exitCode = wrong.length > 0 ? 1 : 0
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  disconnectMachines()
  if (process.exitCode === 0) rmSync(base, { recursive: true, force: true })
  else console.error(`The logs are in ${base}.`)
}
process.exit()
