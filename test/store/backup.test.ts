/** What a backup promises: every row of every table, one moment of all of them, and a target that holds either all of it or nothing. */
import { createWriteStream } from 'node:fs'
import { copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createZstdDecompress } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { SetupError } from '../../src/domain/errors.ts'
import { loadBackup } from '../../src/store/backup/load-backup.ts'
import { openBackup } from '../../src/store/backup/open-backup.ts'
import { listTables, notKept, quote, quoteTable } from '../../src/store/backup/tables.ts'
import { writeBackup, type Watch } from '../../src/store/backup/write-backup.ts'
import type { DatabaseConfig } from '../../src/store/database/database-hosts.ts'
import { migrate, readMigrations, type Migration } from '../../src/store/database/migrate.ts'
import { connect } from '../../src/store/database/pool.ts'
import { ask, createEmptyDatabase, createTestDatabase } from '../harness/database.ts'

let folder: string
let migrations: readonly Migration[]
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-backup-'))
  migrations = await readMigrations()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const newFile = (): string => join(folder, `${++files}.zip`)

async function empty(): Promise<DatabaseConfig> {
  const made = await createEmptyDatabase()
  onTestFinished(() => made.drop())
  return made.config
}

async function migrated(): Promise<DatabaseConfig> {
  const made = await createTestDatabase()
  onTestFinished(() => made.drop())
  return made.config
}

async function backUp(config: DatabaseConfig, watch: Watch = {}): Promise<string> {
  const file = newFile()
  await writeBackup(config, createWriteStream(file), '1.2.3', watch)
  return file
}

async function restore(file: string, config: DatabaseConfig, own = migrations, watch: Watch = {}): Promise<void> {
  const backup = await openBackup(file)
  try {
    await loadBackup(config, backup, own, watch)
  } finally {
    backup.close()
  }
}

/** Values that are easily spoilt on their way, by type. Texts are the same everywhere, so that rows refer to each other. */
const values: Readonly<Record<string, string>> = {
  text: `e'x\\ty\\\\N \\u00e9 "\\n'`,
  text_array: `array[e'a"b', null, 'NULL', '']`,
  jsonb: `'{"a": ["\\\\", 1e400, null, "\\u20ac"]}'`,
  json: `'{"b":1,"a":"\\u0000"}'`,
  timestamptz: `'2026-02-03 04:05:06.789012+00'`,
  bytea: `'\\x00ff5c6e'`,
  bool: 'true',
  int2: '-7',
  int4: '-2147483648',
  int8: '9007199254740993',
  float4: '0.1',
  float8: '0.1',
}

/** A row in each table, whatever its columns are. */
async function fillEveryTable(config: DatabaseConfig): Promise<void> {
  const client = await connect(config, 'test')
  try {
    await client.query('begin')
    await client.query(`set constraints all deferred`)
    const columns = (
      await client.query<{ table: string; names: string[]; types: string[] }>(
        `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as table, array_agg(quote_ident(a.attname)) as names,
           array_agg(case when t.typelem <> 0 and t.typlen = -1 then (select e.typname from pg_type e where e.oid = t.typelem) || '_array' else t.typname end::text) as types
         from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
         where n.nspname = 'sluice' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'migrations'
           and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' group by 1 order by min(c.oid)`,
      )
    ).rows
    for (const { table, names, types } of columns) {
      const row = types.map((type, i) => {
        const value = names[i] === 'type' && table === 'sluice.jobs' ? `'flow'` : values[type]
        if (value === undefined) throw new Error(`${table}.${names[i]} is of the type ${type}: say in this test what a value of it is`)
        return value
      })
      await client.query(`insert into ${table} (${names.join(', ')}) overriding system value values (${row.join(', ')})`)
    }
    await client.query(
      `select setval(format('%I.%I', schemaname, sequencename)::regclass, 4711) from pg_sequences where schemaname = 'sluice'`,
    )
    await client.query(
      `insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution) values ('minute', now(), now())`,
    )
    await client.query('commit')
  } finally {
    await client.end()
  }
}

/** Every row, as text, by table. */
async function rowsOf(config: DatabaseConfig): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const client = await connect(config, 'test')
  try {
    const all: Record<string, readonly unknown[]> = {}
    for (const table of await listTables(client)) {
      const { rows } = await client.query<{ row: string }>(
        `select row(${table.columns.map(quote).join(', ')})::text as row from ${quoteTable(table)} order by 1`,
      )
      all[`${table.schema}.${table.name}`] = rows.map(({ row }) => row)
    }
    return all
  } finally {
    await client.end()
  }
}

/** How the database is built: all that PostgreSQL's catalogue says of the schema. */
const catalogue = async (config: DatabaseConfig): Promise<unknown> => {
  const own = `in (select oid from pg_class where relnamespace = 'sluice'::regnamespace)`
  const queries = {
    tables: `select relname, relkind, relpersistence, reloptions, relispartition from pg_class where oid ${own} order by 1`,
    columns: `select attrelid::regclass::text as of, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage,
        attcollation::regcollation::text, (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = attrelid and adnum = attnum)
      from pg_attribute where attrelid in (select oid from pg_class where relnamespace = 'sluice'::regnamespace and relkind in ('r', 'p')) and attnum > 0 and not attisdropped order by 1, 2`,
    constraints: `select conrelid::regclass::text as of, conname, pg_get_constraintdef(oid) from pg_constraint where conrelid ${own} order by 1, 2`,
    indexes: `select pg_get_indexdef(indexrelid) as def, indisvalid from pg_index where indrelid ${own} order by 1`,
    triggers: `select pg_get_triggerdef(oid) as def, tgenabled from pg_trigger where tgrelid ${own} and not tgisinternal order by 1`,
    functions: `select pg_get_functiondef(oid) as def from pg_proc where pronamespace = 'sluice'::regnamespace order by 1`,
    sequences: `select sequencename, last_value from pg_sequences where schemaname = 'sluice' order by 1`,
    migrations: `select number, name from sluice.migrations order by 1`,
  }
  return Object.fromEntries(await Promise.all(Object.entries(queries).map(async ([name, query]) => [name, await ask(config, query)])))
}

/** As a database that nothing was ever restored into: the queue may be there, and nothing in it. */
async function expectEmpty(config: DatabaseConfig): Promise<void> {
  const [row] = await ask(
    config,
    `select to_regnamespace('sluice') is null as none, to_regclass('graphile_worker._private_jobs') is not null as queue`,
  )
  expect(row?.['none']).toBe(true)
  if (row?.['queue']) expect(await ask(config, 'select from graphile_worker._private_jobs')).toEqual([])
}

test('every table of the database is in the backup, or it is said why it need not be', async () => {
  const config = await migrated()
  const all = await ask(
    config,
    `select n.nspname || '.' || c.relname as name, c.relkind::text as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and c.relkind not in ('i', 'I', 't', 'S', 'c') and not c.relispartition order by 1`,
  )
  const { manifest } = await openBackup(await backUp(config))
  const kept = manifest.tables.map(({ schema, name }) => `${schema}.${name}`)
  const views = ['graphile_worker.jobs']
  expect([...kept, ...Object.keys(notKept), ...views].toSorted()).toEqual(all.map(({ name }) => String(name)).toSorted())
  // Foreign tables and materialized views would need more than their rows.
  expect(all.filter(({ kind }) => !['r', 'p', 'v'].includes(kind as string))).toEqual([])
  expect(kept.length).toBeGreaterThan(50)
})

test('a restored database has every row, and is built like the one that was backed up', async () => {
  const [config, target] = [await migrated(), await empty()]
  await fillEveryTable(config)
  const rows = await rowsOf(config)
  expect(Object.entries(rows).filter(([, all]) => all.length === 0)).toEqual([])
  const file = await backUp(config)
  await restore(file, target)
  expect(await rowsOf(target)).toEqual(rows)
  expect(await catalogue(target)).toEqual(await catalogue(config))
  // What is written next is counted and numbered on.
  await ask(
    target,
    `insert into sluice.script_logs (env_id, script_id, at, level, function, message) values ('a', 'a', now(), 'info', 'f', 'm')`,
  )
  expect(await ask(target, `select _id::int from sluice.script_logs where env_id = 'a'`)).toEqual([{ _id: 4712 }])
  // Indexes that were built anew serve as before.
  expect(await migrate(target)).toEqual([])
})

test('partitions, generated columns, and tables that refer to each other come out as they were', async () => {
  const sql = `
    create table sluice.by_day (at timestamptz not null, id bigint generated by default as identity, note text, length int generated always as (length(note)) stored,
      primary key (at, id)) partition by range (at);
    create index by_day_note on sluice.by_day (note);
    create table sluice.by_day_rest partition of sluice.by_day default;
    create unlogged table sluice.marks (at timestamptz, id bigint, foreign key (at, id) references sluice.by_day);
    create table sluice.above (id int primary key, above int references sluice.above);`
  const own = [
    ...migrations,
    { number: migrations.length + 1, name: `${migrations.length + 1}-by-day.sql`, sql: sql.replace('unlogged ', '') },
  ]
  const [config, target] = [await migrated(), await empty()]
  await migrate(config, own)
  // As time goes by, and not by a migration.
  await ask(config, `create table sluice.by_day_1 partition of sluice.by_day for values from ('2026-01-01') to ('2026-01-02')`)
  await ask(
    config,
    `create table sluice.by_day_2 partition of sluice.by_day for values from ('2026-01-02') to ('2026-01-03') partition by list (id)`,
  )
  await ask(config, `create table sluice.by_day_2a partition of sluice.by_day_2 for values in (2, 200)`)
  await ask(config, `create table sluice.by_day_2b partition of sluice.by_day_2 default`)
  await ask(
    config,
    `insert into sluice.by_day (at, note) values ('2026-01-01 05:00+00', 'one'), ('2026-01-02 05:00+00', 'two'), ('2026-01-02 06:00+00', null), ('2030-01-01', 'rest')`,
  )
  await ask(config, `insert into sluice.marks select at, id from sluice.by_day`)
  await ask(config, `insert into sluice.above values (1, 2), (2, 1)`)
  await restore(await backUp(config), target, own)
  expect(await rowsOf(target)).toEqual(await rowsOf(config))
  expect(await catalogue(target)).toEqual(await catalogue(config))
  expect(
    await ask(
      target,
      `select (select relname from pg_class where pg_class.oid = by_day.tableoid) as part, note, length from sluice.by_day order by at`,
    ),
  ).toEqual([
    { part: 'by_day_1', note: 'one', length: 3 },
    { part: 'by_day_2a', note: 'two', length: 3 },
    { part: 'by_day_2b', note: null, length: null },
    { part: 'by_day_rest', note: 'rest', length: 4 },
  ])
})

test('a backup of an older version is brought up to date, and one of a newer version is refused', async () => {
  const older = migrations.filter(({ name }) => name < '0047')
  const [config, target, old] = [await empty(), await empty(), await empty()]
  await migrate(config, older)
  const run = `('e', 'j', 'flow', 'completed', 'f', '2026-01-01 10:20+00', '2026-01-01 10:21+00', '2026-01-01 10:20:01+00', '2026-01-01 10:21+00', 12)`
  await ask(
    config,
    `insert into sluice.jobs (env_id, _id, type, status, _flow_id, created_at, last_modified, started_at, ended_at, num_success) values ${run}`,
  )
  await restore(await backUp(config), target)
  expect(await ask(target, `select unit, num_runs::int, num_success::int from sluice.run_stats order by unit`)).toEqual(
    ['day', 'hour', 'month'].map((unit) => ({ unit, num_runs: 1, num_success: 12 })),
  )
  expect(await ask(target, `select max(number) as newest from sluice.migrations`)).toEqual([{ newest: migrations.length }])
  await expect(restore(await backUp(target), old, older)).rejects.toThrow(
    /^The backup was made by a newer Sluice \(1\.2\.3, with migration \S+\.sql\), and this one ends at migration 46: /,
  )
  await expectEmpty(old)
})

test('all tables are of one moment, whatever is written meanwhile', async () => {
  const config = await migrated()
  const write = (n: number) =>
    ask(
      config,
      `with a as (insert into sluice.accounts (_id, name) values ('a${n}', 'A') returning 1) insert into sluice.users (_id, email, name) values ('u${n}', 'u${n}@example.com', 'U')`,
    )
  await write(0)
  let n = 0
  let isDone = false
  const writing = (async () => {
    while (!isDone) await write(++n)
  })()
  await expect.poll(() => n, { timeout: 30_000 }).toBeGreaterThan(2)
  const files = [await backUp(config), await backUp(config), await backUp(config)]
  isDone = true
  await writing
  for (const file of files) {
    const { manifest } = await openBackup(file)
    const [accounts, users] = ['accounts', 'users'].map((name) => manifest.tables.find((table) => table.name === name)?.rows)
    expect(accounts).toBeGreaterThan(2)
    expect(users).toBe(accounts)
  }
})

test('runs that had not ended are in the queue of the target, once each', async () => {
  const [config, target] = [await migrated(), await empty()]
  const rows = ['queued', 'running', 'completed'].map(
    (status, i) =>
      `('e', 'j${i}', 'flow', '${status}', 'f', now() - interval '1 minute', now(), ${status === 'completed' ? 'now()' : 'null'})`,
  )
  await ask(
    config,
    `insert into sluice.jobs (env_id, _id, type, status, _flow_id, created_at, last_modified, ended_at) values ${rows.join(', ')}`,
  )
  await restore(await backUp(config), target)
  expect(await ask(target, `select payload ->> 'jobId' as job, is_available from graphile_worker._private_jobs order by 1`)).toEqual([
    { job: 'j0', is_available: true },
    { job: 'j1', is_available: true },
  ])
})

test('a file that is cut off, changed, or none is refused before the target is touched', async () => {
  const config = await migrated()
  await fillEveryTable(config)
  const file = await backUp(config)
  const { size } = await stat(file)
  const target = await empty()
  const changed = async (change: (copy: string) => Promise<void>): Promise<string> => {
    const copy = newFile()
    await copyFile(file, copy)
    await change(copy)
    return copy
  }
  const flip = (at: number) => async (copy: string) => {
    const handle = await open(copy, 'r+')
    const byte = Buffer.alloc(1)
    await handle.read(byte, 0, 1, at)
    byte[0] = (byte[0] as number) ^ 0x10
    await handle.write(byte, 0, 1, at)
    await handle.close()
  }
  const whole = await readFile(file)
  const [manifestAt, partAt] = [whole.indexOf('"madeAt"') + 12, whole.indexOf('sluice/documents.copy.zst') + 60]
  const bad = [
    await changed((copy) => truncate(copy, size - 1)),
    await changed((copy) => truncate(copy, Math.floor(size / 2))),
    await changed((copy) => truncate(copy, 0)),
    await changed(flip(manifestAt)),
    await changed(flip(partAt)),
    await changed((copy) => writeFile(copy, 'This is a letter, and no backup.')),
  ]
  for (const each of bad) {
    const failure: unknown = await restore(each, target).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SetupError)
    expect((failure as Error).message).toMatch(/ is not a backup of Sluice, or not a whole one: /)
  }
  // Every byte counts: those that are drawn here, at each run others.
  for (let n = 0; n < 8; n++) {
    const at = Math.floor(Math.random() * size)
    const failure: unknown = await restore(await changed(flip(at)), target).catch((error: unknown) => error)
    if (failure === undefined) {
      // Times and rights of a part stand in the file too, and are nothing that is restored.
      expect(await rowsOf(target), `byte ${at}`).toEqual(await rowsOf(config))
      await ask(target, 'drop schema sluice cascade')
      await ask(target, 'drop schema graphile_worker cascade')
    } else expect(failure, `byte ${at}`).toBeInstanceOf(SetupError)
  }
  await expect(restore(join(folder, 'nowhere.zip'), target)).rejects.toThrow(/^There is no file \S+nowhere\.zip\.$/)
  await expect(restore(folder, target)).rejects.toThrow(/is a folder, and not a backup/)
  await expectEmpty(target)
})

test('a target that is not empty is refused and stays as it is; one that a program has only looked at is not', async () => {
  const [config, full, looked] = [await migrated(), await migrated(), await migrated()]
  await fillEveryTable(config)
  const file = await backUp(config)
  await ask(full, `insert into sluice.accounts (_id, name) values ('a', 'A')`)
  await expect(restore(file, full)).rejects.toThrow(/^The target is not empty: there are accounts in it\. /)
  expect(await ask(full, 'select _id from sluice.accounts')).toEqual([{ _id: 'a' }])
  await ask(looked, `insert into sluice.settings (key, value) values ('encryption-key', '"abcd"')`)
  await restore(file, looked)
  expect(await rowsOf(looked)).toEqual(await rowsOf(config))
  const foreign = await empty()
  await ask(foreign, 'create schema sluice')
  await expect(restore(file, foreign)).rejects.toThrow('has a schema "sluice" that is not of Sluice')
})

test('a restore that is interrupted, or that the database refuses, leaves the target empty', async () => {
  const config = await migrated()
  await fillEveryTable(config)
  const file = await backUp(config)
  const target = await empty()
  const interrupted = new AbortController()
  const onProgress = (done: number, total: number): void => {
    if (done > total / 2) interrupted.abort(new Error('interrupted'))
  }
  await expect(restore(file, target, migrations, { signal: interrupted.signal, onProgress })).rejects.toThrow('interrupted')
  await expectEmpty(target)
  const broken = migrations.map((each) =>
    each.number === 2 ? { ...each, sql: `${each.sql}; alter table sluice.documents add check (false)` } : each,
  )
  await expect(restore(file, target, broken)).rejects.toThrow(/^The backup could not be restored, and the target is as empty as before: /)
  await expectEmpty(target)
  await restore(file, target)
  expect(await rowsOf(target)).toEqual(await rowsOf(config))
})

test('a backup that is interrupted, or whose file cannot be written, ends and lets go of the database', async () => {
  const config = await migrated()
  await fillEveryTable(config)
  const interrupted = new AbortController()
  const watch = { signal: interrupted.signal, onProgress: () => interrupted.abort(new Error('interrupted')) }
  await expect(backUp(config, watch)).rejects.toThrow('interrupted')
  await expect(writeBackup(config, createWriteStream('/dev/full'), '1')).rejects.toThrow('ENOSPC')
  const left = () => ask(config, `select from pg_stat_activity where application_name = 'sluice backup' and datname = current_database()`)
  await expect.poll(left, { timeout: 30_000 }).toEqual([])
  await expect(writeBackup(await empty(), createWriteStream(newFile()), '1')).rejects.toThrow(/^There is nothing to back up/)
})

test('the parts are what PostgreSQL writes, so that other tools read them', async () => {
  const config = await migrated()
  await ask(config, `insert into sluice.accounts (_id, name, created_at) values ('a', e'A\\tB', '2026-01-01 00:00:00+00')`)
  const backup = await openBackup(await backUp(config))
  const table = backup.manifest.tables.find(({ name }) => name === 'accounts')
  expect(table).toMatchObject({ schema: 'sluice', columns: ['_id', 'name', 'created_at'], rows: 1, part: 'sluice/accounts.copy.zst' })
  const rows = await text((await backup.openPart(table as NonNullable<typeof table>)).pipe(createZstdDecompress()))
  expect(rows).toBe('a\tA\\tB\t2026-01-01 00:00:00+00\n')
  backup.close()
})
