/** Brings a database to the schema of this Sluice: our numbered files in order, then those of the queue. Never back, and never twice at once. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Logger, runMigrations } from 'graphile-worker'
import type pg from 'pg'
import { SetupError } from '../../domain/errors.ts'
import { type Client, type Database, openDatabase } from './pool.ts'
import { explain } from './explain-connection-error.ts'
import type { DatabaseConfig } from './database-hosts.ts'

/** The schema of the queue. */
export const queueSchema = 'graphile_worker'

const folder = new URL('../migrations/', import.meta.url)
const fileName = /^(\d{4})-[a-z0-9-]+\.sql$/

/** The advisory lock of all who migrate one database: "SLUI" in ASCII, and a number beside those of the embedded server. */
export const migrationLock = [0x534c5549, 3]

/** For one migration, and for waiting until another program is done with all of them. An index on a large table takes minutes. In milliseconds. */
const migrationTimeoutMs = 30 * 60_000
/**
 * A lock that is waited for holds up everybody who asks for the table later. After so many milliseconds they go first, and the migration is tried again:
 * sooner than PostgreSQL would look for a deadlock and end somebody else's transaction (after a second).
 */
const lockTimeoutMs = 250
/** Before the next try of a lock. Milliseconds. */
const pauseMs = 200
/** Somebody else has the lock, or two wait for each other: PostgreSQL's codes. */
const isHeldUp = new Set(['55P03', '40P01'])
/** One holds the lock and runs our files, one runs the queue's. */
const connections = 2

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(fileName.exec(name)?.[1])
      if (number !== index + 1)
        throw new Error(`Migrations are numbered from 0001 without a gap, and ${name} comes at position ${index + 1}.`)
      return { number, name, sql: await readFile(new URL(name, folder), 'utf8') }
    }),
  )
}

/** Answers the names of the files it applied. */
export async function migrate(config: DatabaseConfig, migrations?: readonly Migration[]): Promise<readonly string[]> {
  const wanted = migrations ?? (await readMigrations())
  // A migration that a crash takes back is applied again at the next start; whatever is written on top of it brings it to disk.
  const database = await openDatabase(config, { connections, statementTimeoutMs: migrationTimeoutMs, lazyCommits: true })
  try {
    return await underLock(database, async (client) => {
      const applied = await applyMissing(client, wanted)
      await migrateQueue(database.pool)
      return applied
    })
  } catch (error) {
    // Only the right to create things is the person's to give; any other failure of a migration is our bug, and is told as it is.
    throw (error as { code?: string }).code === '42501' ? explain(error, config) : error
  } finally {
    await database.close()
  }
}

/**
 * The lock is the connection's: it ends with it, should we be killed. It is tried again and again, since whoever waits for it within a statement is a
 * transaction that an index which is built concurrently waits for.
 */
async function underLock<T>(database: Database, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await database.pool.connect()
  try {
    const end = Date.now() + migrationTimeoutMs
    const tryLock = async (): Promise<boolean | undefined> =>
      (await client.query<{ held: boolean }>('select pg_try_advisory_lock($1, $2) as held', migrationLock)).rows[0]?.held
    while (!(await tryLock())) {
      if (Date.now() > end)
        throw new SetupError('Another Sluice has been at work on this database for half an hour: look at what it does, or end it.')
      await pause(pauseMs)
    }
    return await work(client)
  } finally {
    client.release(true)
  }
}

async function applyMissing(client: pg.PoolClient, migrations: readonly Migration[]): Promise<readonly string[]> {
  await createSchema(client)
  const { rows } = await client.query<{ number: number; name: string }>(`select number, name from sluice.migrations order by number`)
  const last = rows.at(-1)
  if (last && last.number > migrations.length) {
    throw new SetupError(
      `The data was written by a newer Sluice (it has migration ${last.name}, and this one ends at ${migrations.length}): start that one, or a newer one.`,
    )
  }
  const missing = migrations.filter(({ number }) => !rows.some((row) => row.number === number))
  for (const migration of missing) await apply(client, migration)
  return missing.map(({ name }) => name)
}

/** With nothing in it but the list of migrations. */
export async function createSchema(client: Client): Promise<void> {
  await client.query(`create schema if not exists sluice`)
  await client.query(
    `create table if not exists sluice.migrations (number integer primary key, name text not null, applied_at timestamptz not null default now())`,
  )
}

async function apply(client: Client, migration: Migration): Promise<void> {
  for (const end = Date.now() + migrationTimeoutMs; ; await pause(pauseMs)) {
    try {
      return await (isConcurrent(migration) ? applyConcurrently(client, migration) : applyAtOnce(client, migration))
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string }
      if (code === undefined || !isHeldUp.has(code) || Date.now() > end) throw error
    }
  }
}

async function applyAtOnce(client: Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = ${lockTimeoutMs}`)
    await applyWithin(client, migration)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

const concurrently = /\bcreate (?:unique )?index concurrently if not exists (\w+)\b/i

/** It builds indexes while others write: no transaction can. */
export const isConcurrent = ({ sql }: Migration): boolean => concurrently.test(sql)

/** Statement by statement, each of which can be repeated; what a try left that was ended is built anew. */
async function applyConcurrently(client: Client, { number, name, sql }: Migration): Promise<void> {
  for (const statement of sql.split(/;\s*$/m).filter((each) => each.trim() !== '')) {
    const index = concurrently.exec(statement)?.[1]
    await told(name, async () => {
      const { rowCount } = await client.query(`select from pg_index where indexrelid = to_regclass($1) and not indisvalid`, [
        `sluice.${index}`,
      ])
      if (rowCount) await client.query(`drop index concurrently sluice.${index}`)
      await client.query(statement)
    })
  }
  await note(client, number, name)
}

/** In the transaction that the client is in, where nobody else is at work. */
export async function applyWithin(client: Client, { number, name, sql }: Migration): Promise<void> {
  await told(name, () => client.query(sql.replaceAll(/\bindex concurrently\b/gi, 'index')))
  await note(client, number, name)
}

const note = (client: Client, number: number, name: string) =>
  client.query(`insert into sluice.migrations (number, name) values ($1, $2)`, [number, name])

async function told(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new Error(`The migration ${name} failed: ${(error as Error).message}`, { cause: error })
  }
}

export async function migrateQueue(pool: pg.Pool): Promise<void> {
  await runMigrations({ pgPool: pool, schema: queueSchema, logger: new Logger(() => () => {}) })
}
