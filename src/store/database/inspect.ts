/** What a database says of itself, for those who ask whether it is well. */
import type { Client } from './pool.ts'

export interface DatabaseFacts {
  readonly version: string
  readonly isStandby: boolean
  readonly isReadOnly: boolean
  /** Connections that it allows, and that are open. */
  readonly connections: number
  readonly used: number
  readonly bytes: number
  /** How much later its clock is than this machine's, and how exactly that is known. Milliseconds. */
  readonly clockMs: number
  readonly clockErrorMs: number
  /** Programs that work on the queue. */
  readonly workers: number
  /** The number of its newest migration; undefined where no Sluice has been. */
  readonly migration: number | undefined
}

interface Row {
  readonly version: string
  readonly is_standby: boolean
  readonly is_read_only: boolean
  readonly connections: number
  readonly used: number
  readonly bytes: number
  readonly workers: number
  readonly has_migrations: boolean
}

/** `queueSessions` is what the sessions of workers are called, with a name after it. */
export async function inspectDatabase(db: Client, queueSessions: string): Promise<DatabaseFacts> {
  const { rows } = await db.query<Row>(
    `select current_setting('server_version') as version, pg_is_in_recovery() as is_standby,
       current_setting('default_transaction_read_only')::boolean as is_read_only,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
       pg_database_size(current_database()) as bytes, to_regclass('sluice.migrations') is not null as has_migrations,
       (select count(distinct application_name)::int from pg_stat_activity where datname = current_database() and starts_with(application_name, $1)) as workers`,
    [queueSessions],
  )
  const row = rows[0] as Row
  return {
    version: row.version,
    isStandby: row.is_standby,
    isReadOnly: row.is_read_only,
    connections: row.connections,
    used: row.used,
    bytes: row.bytes,
    workers: row.workers,
    migration: row.has_migrations ? await readNewest(db) : undefined,
    ...(await compareClocks(db)),
  }
}

async function readNewest(db: Client): Promise<number> {
  const { rows } = await db.query<{ number: number }>('select max(number) as number from sluice.migrations')
  return rows[0]?.number ?? 0
}

async function compareClocks(db: Client): Promise<Pick<DatabaseFacts, 'clockMs' | 'clockErrorMs'>> {
  const [before, began] = [Date.now(), performance.now()]
  const { rows } = await db.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
  const half = (performance.now() - began) / 2
  return { clockMs: Math.round((rows[0]?.ms ?? 0) - before - half), clockErrorMs: Math.ceil(half) }
}
