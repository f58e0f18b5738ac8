/** The three machines of the database, set up by the files in this folder: etcd, Patroni, and what they say of themselves. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { killPostgres, machines, Service, type Machine } from './machines.ts'

export const databaseMachines = ['db1', 'db2', 'db3'] as const satisfies readonly Machine[]
type DatabaseMachine = (typeof databaseMachines)[number]
const password = 'password-of-the-trial'
const folder = import.meta.dirname

/** As an operator writes them for each machine: another name, another address, folders and passwords of their own. */
function readEnvironment(file: string, machine: DatabaseMachine): Record<string, string> {
  const lines = readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
  const isList = (value: string): boolean => value.includes(',')
  return Object.fromEntries(
    lines.map(([name, value]) => [
      name,
      isList(value)
        ? value
        : value
            .replace(machines.db1, machines[machine])
            .replace(/^db1$/, machine)
            .replace(/^change-this.*/, password),
    ]),
  )
}

export interface DatabaseCluster {
  readonly etcd: Readonly<Record<DatabaseMachine, Service>>
  readonly patroni: Readonly<Record<DatabaseMachine, Service>>
  /** As a machine does that loses its power; etcd stays. */
  killNode(machine: DatabaseMachine): void
  killServer(machine: DatabaseMachine): void
}

export function startDatabases(base: string): DatabaseCluster {
  const placeOf = (machine: DatabaseMachine): string => join(base, machine)
  const start = (machine: DatabaseMachine, kind: 'etcd' | 'patroni'): Service => {
    const data = join(placeOf(machine), kind)
    const log = join(base, `${kind}-${machine}.log`)
    if (kind === 'etcd')
      return new Service({
        machine,
        file: 'etcd',
        args: [],
        user: 'postgres',
        log,
        env: { ...readEnvironment('etcd', machine), ETCD_DATA_DIR: data },
      })
    const env = { ...readEnvironment('patroni_env.conf', machine), PATRONI_POSTGRESQL_DATA_DIR: data, HOME: placeOf(machine) }
    const instead = ['/run/postgresql', join(placeOf(machine), 'run')] as const
    return new Service({ machine, instead, file: 'patroni', args: [join(folder, 'patroni.yml')], user: 'postgres', log, env })
  }
  for (const machine of databaseMachines) {
    mkdirSync(join(placeOf(machine), 'run'), { recursive: true })
    execFileSync('chown', ['-R', 'postgres:postgres', placeOf(machine)])
  }
  const all = (kind: 'etcd' | 'patroni') =>
    Object.fromEntries(databaseMachines.map((machine) => [machine, start(machine, kind)])) as Record<DatabaseMachine, Service>
  const [etcd, patroni] = [all('etcd'), all('patroni')]
  const killServer = (machine: DatabaseMachine): void => killPostgres(join(placeOf(machine), 'patroni'))
  return {
    etcd,
    patroni,
    killServer,
    killNode(machine) {
      patroni[machine].hold()
      killServer(machine)
    },
  }
}

interface Member {
  readonly name: DatabaseMachine
  readonly role: string
  readonly state: string
  readonly lag?: number | 'unknown'
}

export interface Roles {
  readonly primary: DatabaseMachine | undefined
  readonly synchronous: DatabaseMachine | undefined
  /** All three are there and follow each other. */
  readonly isWhole: boolean
}

/** As the machine sees it that answers first; of one that is cut off nobody is asked. */
export async function askRoles(): Promise<Roles> {
  const asked = databaseMachines.map(async (machine) => {
    const response = await fetch(`http://${machines[machine]}:8008/cluster`, { signal: AbortSignal.timeout(2000) })
    return ((await response.json()) as { members: Member[] }).members
  })
  const members = await Promise.any(asked).catch((): Member[] => [])
  const find = (role: string): DatabaseMachine | undefined => members.find((member) => member.role === role && isUp(member))?.name
  const [primary, synchronous] = [find('leader'), find('sync_standby')]
  const areThere = members.filter(isUp).length === databaseMachines.length && (await allAnswer((machine) => `${machine}:8008/health`))
  return { primary, synchronous, isWhole: primary !== undefined && synchronous !== undefined && areThere }
}

const isUp = ({ state, lag }: Member): boolean =>
  (state === 'running' || state === 'streaming') && (lag === undefined || (lag !== 'unknown' && lag < 2 ** 20))

/** By Patroni, in order. */
export async function switchOver(primary: DatabaseMachine): Promise<void> {
  const response = await fetch(`http://${machines[primary]}:8008/switchover`, { method: 'POST', body: JSON.stringify({ leader: primary }) })
  if (!response.ok) throw new Error(`Patroni did not switch over: ${await response.text()}`)
}

export const areEtcdsWell = (): Promise<boolean> => allAnswer((address) => `${address}:2379/health`)

async function allAnswer(where: (address: string) => string): Promise<boolean> {
  const ask = async (machine: DatabaseMachine): Promise<boolean> =>
    (await fetch(`http://${where(machines[machine])}`, { signal: AbortSignal.timeout(2000) })).ok
  const answers = await Promise.all(databaseMachines.map(ask)).catch(() => [false])
  return answers.every(Boolean)
}

export async function askNode(machine: DatabaseMachine, database: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    host: machines[machine],
    user: 'postgres',
    password,
    database,
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
  })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}

export async function createDatabase(primary: DatabaseMachine): Promise<void> {
  await askNode(primary, 'postgres', `create role sluice login password '${password}'`)
  await askNode(primary, 'postgres', 'create database sluice owner sluice')
}

/** By its hosts, or by the proxy that asks Patroni. */
export const databaseUrl = (way: 'hosts' | 'proxy'): string =>
  way === 'proxy'
    ? `postgresql://sluice:${password}@${machines.lb}:5000/sluice`
    : `postgresql://sluice:${password}@${databaseMachines.map((machine) => `${machines[machine]}:5432`).join(',')}/sluice?target_session_attrs=read-write`
