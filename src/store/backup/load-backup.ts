/**
 * Loads a backup into a database that holds nothing yet, in one transaction: the schema as it was when the backup was made, the rows, and then the
 * migrations that came since. Whatever goes wrong, the database is as empty as before.
 */
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { SetupError } from '../../domain/errors.ts'
import type { DatabaseConfig } from '../database/database-hosts.ts'
import { explain } from '../database/explain-connection-error.ts'
import { applyWithin, createSchema, migrateQueue, migrationLock, type Migration } from '../database/migrate.ts'
import { openDatabase, type Client } from '../database/pool.ts'
import { requeueRuns } from '../queue/watch-workers.ts'
import type { KeptTable, Manifest } from './manifest.ts'
import type { BackupFile } from './open-backup.ts'
import { listTables, ownSchema, quote, quoteTable, sortByReferences } from './tables.ts'
import { openSession, pass, readMigration, type Watch } from './write-backup.ts'

/** What every database has that a program has looked at, and that says nothing of anybody. */
const isThereAnyway: ReadonlySet<string> = new Set(['sluice.settings', 'graphile_worker._private_known_crontabs'])

/** `migrations` are those of this program. */
export async function loadBackup(
  config: DatabaseConfig,
  backup: BackupFile,
  migrations: readonly Migration[],
  watch: Watch = {},
): Promise<void> {
  const { manifest } = backup
  refuseNewer(manifest, migrations)
  const client = await openSession(config, 'sluice restore')
  try {
    await refuseOthers(client)
    await refuseRows(client, migrations.length)
    await makeQueue(config)
    await client.query('begin')
    try {
      await load(client, backup, migrations, watch)
      await client.query('commit')
    } catch (error) {
      await client.query('rollback').catch(() => {})
      throw error
    }
    await client.query('analyze')
  } catch (error) {
    if (watch.signal?.aborted) throw watch.signal.reason
    throw (error as { code?: string }).code === '42501' ? explain(error, config) : explainLoad(error)
  } finally {
    await client.end()
  }
}

async function load(client: pg.Client, backup: BackupFile, migrations: readonly Migration[], { onProgress, signal }: Watch): Promise<void> {
  const { migration, tables, partitions, sequences } = backup.manifest
  await client.query(`drop schema if exists ${ownSchema} cascade`)
  await createSchema(client)
  for (const each of migrations.slice(0, migration.number)) await applyWithin(client, each)
  for (const { schema, name, of, bound, key } of partitions) {
    const by = key === null ? '' : ` partition by ${key}`
    await client.query(
      `create table if not exists ${quoteTable({ schema, name })} partition of ${quoteTable({ schema, name: of })} ${bound}${by}`,
    )
  }
  const there = await listTables(client)
  const lost = tables.filter((table) => !there.some(({ schema, name }) => schema === table.schema && name === table.name))
  if (lost.length > 0)
    throw new SetupError(`This Sluice has no place for ${lost.map(({ name }) => name).join(', ')}: restore with a newer one.`)
  // Migrations wrote into some of them, and the backup holds these rows too.
  await client.query(`truncate ${there.map(quoteTable).join(', ')}`)
  const indexes = await dropIndexes(client)
  for (const table of there) if (table.schema === ownSchema) await client.query(`alter table ${quoteTable(table)} disable trigger user`)
  let done = 0
  const count = (bytes: number): void => onProgress?.((done += bytes), backup.bytes)
  for (const table of await sortByReferences(client, tables)) await copyRows(client, backup, table as KeptTable, count, signal)
  for (const index of indexes) {
    signal?.throwIfAborted()
    await client.query(index)
  }
  for (const table of there) if (table.schema === ownSchema) await client.query(`alter table ${quoteTable(table)} enable trigger user`)
  for (const each of sequences) await client.query(`select setval($1::regclass, $2)`, [quoteTable(each), each.last])
  for (const each of migrations.slice(migration.number)) await applyWithin(client, each)
  // The queue itself is not kept: there nobody is about to do it, however young they are.
  while ((await requeueRuns(client, 0)).length > 0) signal?.throwIfAborted()
}

async function copyRows(
  client: pg.Client,
  backup: BackupFile,
  table: KeptTable,
  count: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const packed = await backup.openPart(table)
  const rows = client.query(copyFrom(`copy ${quoteTable(table)} (${table.columns.map(quote).join(', ')}) from stdin`))
  const counted = pass((chunk) => count(chunk.length))
  await pipeline(packed, counted, createZstdDecompress(), rows, { ...(signal && { signal }) })
  if (rows.rowCount !== table.rows)
    throw new SetupError(`The backup says that ${table.name} has ${table.rows} rows, and it holds ${rows.rowCount}. Nothing was restored.`)
}

/** Each is built once at the end, which takes a fraction of adding every row to it. Answers the statements that do it. */
async function dropIndexes(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; definition: string; statistics: { place: number; target: number }[] }>(
    `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name,
       replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') as definition,
       (select coalesce(json_agg(json_build_object('place', a.attnum, 'target', a.attstattarget) order by a.attnum), '[]') from pg_attribute a
         where a.attrelid = c.oid and coalesce(a.attstattarget, -1) >= 0) as statistics
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and not c.relispartition and not exists (select from pg_constraint k where k.conindid = c.oid)
     order by 1`,
    [ownSchema],
  )
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.flatMap(({ name, definition, statistics }) => [
    definition,
    ...statistics.map(({ place, target }) => `alter index ${name} alter column ${place} set statistics ${target}`),
  ])
}

function refuseNewer({ migration, sluice }: Manifest, migrations: readonly Migration[]): void {
  const own = migrations[migration.number - 1]
  if (own?.name === migration.name) return
  throw new SetupError(
    own
      ? `The backup is of another Sluice (its migration ${migration.number} is ${migration.name}, and here it is ${own.name}): restore it with the one that made it.`
      : `The backup was made by a newer Sluice (${sluice}, with migration ${migration.name}), and this one ends at migration ${migrations.length}: restore it with that one, or a newer one.`,
  )
}

/** Holds off every program that starts on this database, until the session ends. */
async function refuseOthers(client: Client): Promise<void> {
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1, $2) as held', migrationLock)
  if (!rows[0]?.held) throw new SetupError('Another Sluice is just starting on this database: stop it, and restore into an empty one.')
}

async function refuseRows(client: Client, newest: number): Promise<void> {
  const { rows: found } = await client.query<{ there: boolean }>(`select to_regnamespace($1) is not null as there`, [ownSchema])
  if (!found[0]?.there) return
  const migration = await readMigration(client)
  if (!migration) throw new SetupError(`This database has a schema "${ownSchema}" that is not of Sluice: restore into an empty one.`)
  if (migration.number > newest)
    throw new SetupError(
      `The target is of a newer Sluice (it has migration ${migration.name}, and this one ends at ${newest}): restore with that one.`,
    )
  const tables = (await listTables(client)).filter(({ schema, name }) => !isThereAnyway.has(`${schema}.${name}`))
  for (const table of tables) {
    const { rows } = await client.query(`select from ${quoteTable(table)} limit 1`)
    if (rows.length > 0)
      throw new SetupError(
        `The target is not empty: there are ${table.name} in it. Restore into an empty database, or another data folder (SLUICE_DATA).`,
      )
  }
}

/** It has migrations of its own, which begin and end transactions. A queue without tasks is as good as none. */
async function makeQueue(config: DatabaseConfig): Promise<void> {
  const database = await openDatabase(config, { connections: 1 })
  try {
    await migrateQueue(database.pool)
  } finally {
    await database.close()
  }
}

/** What PostgreSQL says of a row is told without the row. */
function explainLoad(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  return new SetupError(`The backup could not be restored, and the target is as empty as before: ${error.message} (${error.code}).`)
}
