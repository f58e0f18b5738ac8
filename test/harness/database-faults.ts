/** What happens to a PostgreSQL: each done to a running one, from outside. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'

export interface Victim {
  readonly config: DatabaseConfig
  /** Its data directory. */
  readonly data: string
}

/** Longer than anybody waits for a connection of a pool. In milliseconds. */
const lockMs = 11_000
const burst = 2000

const postmaster = async ({ data }: Victim): Promise<number> => Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8'), 10)

/** A PostgreSQL that comes back from the fault before may drop who comes: tries to connect, 20 ms apart. */
const tries = 500

async function connect(victim: Victim, left = tries): Promise<pg.Client> {
  const client = new pg.Client(victim.config)
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    if (left === 0) throw error
    await pause(20)
    return connect(victim, left - 1)
  }
}

async function ask<R extends object>(victim: Victim, text: string): Promise<R[]> {
  const client = await connect(victim)
  try {
    return (await client.query<R>(text)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

const terminate = (which: string) => async (victim: Victim) =>
  void (await ask(victim, `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and ${which}`))

/** `url` and `token` are those of a server on that database. */
export const faults: Readonly<Record<string, (victim: Victim, url: string, token: string) => Promise<void>>> = {
  async 'a session is killed, and PostgreSQL ends all others'(victim) {
    const rows = await ask<{ pid: number }>(
      victim,
      `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 1`,
    )
    if (rows[0]) process.kill(rows[0].pid, 'SIGKILL')
  },
  async 'PostgreSQL is killed'(victim) {
    process.kill(await postmaster(victim), 'SIGKILL')
  },
  async 'PostgreSQL is stopped at once'(victim) {
    process.kill(await postmaster(victim), 'SIGQUIT')
  },
  async 'PostgreSQL is stopped in order'(victim) {
    process.kill(await postmaster(victim), 'SIGINT')
  },
  'all connections are cut': terminate(`backend_type = 'client backend'`),
  'the connections that hold locks are cut': terminate(`application_name like 'sluice _%'`),
  'the connections of the pool are cut': terminate(`application_name = 'sluice'`),
  async 'thousands of requests come at once'(_victim, url, token) {
    const statuses = await Promise.all(
      Array.from({ length: burst }, () =>
        fetch(`${url}/v1/scripts?limit=1`, { headers: { authorization: `Bearer ${token}` } }).then(async (response) => {
          await response.arrayBuffer()
          return response.status
        }),
      ),
    )
    const other = statuses.filter((status) => ![200, 204, 429, 503].includes(status))
    if (other.length > 0) throw new Error(`a burst was answered ${[...new Set(other)].join(', ')}`)
  },
  async 'all connections of the pool wait'(victim) {
    const client = await connect(victim)
    await client.query('begin')
    await client.query('lock table sluice.documents in access exclusive mode')
    await pause(lockMs)
    await client.end()
  },
}
