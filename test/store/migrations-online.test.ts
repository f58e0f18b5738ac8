/** What migrations promise to servers of the version before that are at work meanwhile: nobody waits for long, nothing fails, nothing that they read goes. */
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadBackup } from '../../src/store/backup/load-backup.ts'
import { openBackup } from '../../src/store/backup/open-backup.ts'
import { isConcurrent, migrate, readMigrations, type Migration } from '../../src/store/database/migrate.ts'
import { ask, createEmptyDatabase, type TestDatabase } from '../harness/database.ts'
import { until } from '../harness/flows.ts'

/** Those that were there before any release. */
const beforeReleases = 51
/** Data of the oldest version that is kept, at migration 21. */
const fixture = join(import.meta.dirname, '../upgrade/fixtures/0.1.0-2026-11-25/data.zip')

let database: TestDatabase
const sessions: pg.Client[] = []
beforeEach(async () => {
  database = await createEmptyDatabase()
})
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((each) => each.end()))
  await database.drop()
})

async function openSession(): Promise<pg.Client> {
  const session = new pg.Client(database.config)
  await session.connect()
  sessions.push(session)
  return session
}

const things: Migration = {
  number: 1,
  name: '0001-things.sql',
  sql: 'create table sluice.things (n integer); insert into sluice.things select 1',
}
const column: Migration = { number: 2, name: '0002-column.sql', sql: 'alter table sluice.things add column m integer' }
const index: Migration = {
  number: 2,
  name: '0002-index.sql',
  sql: '-- By number.\ncreate index concurrently if not exists things_by_n on sluice.things (n);\ncreate index concurrently if not exists things_by_n_again on sluice.things (n desc);\n',
}

const waitsForALock = async (): Promise<true | undefined> =>
  (await ask(database.config, `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length > 0 ||
  undefined

test('a migration that has to wait for a lock lets those who ask later go first, and is applied once it can be', async () => {
  await migrate(database.config, [things])
  const slow = await openSession()
  await slow.query('begin; select from sluice.things')
  const migrating = migrate(database.config, [things, column])
  await until(waitsForALock)
  // Without an end of its wait this would come after the migration, and that after the slow one.
  expect(await ask(database.config, 'select n from sluice.things')).toEqual([{ n: 1 }])
  await slow.query('commit')
  expect(await migrating).toEqual(['0002-column.sql'])
})

test('an index is built while others write, and one that a try left half built is built anew', async () => {
  await migrate(database.config, [things])
  await ask(database.config, 'insert into sluice.things values (1)')
  const twice = 'create unique index concurrently things_by_n on sluice.things (n)'
  await expect(ask(database.config, twice)).rejects.toThrow(/could not create unique index/)
  const writer = await openSession()
  await writer.query('begin; insert into sluice.things values (2)')
  const migrating = migrate(database.config, [things, index])
  await until(waitsForALock)
  await ask(database.config, 'insert into sluice.things values (3)')
  await writer.query('commit')
  expect(await migrating).toEqual(['0002-index.sql'])
  const valid = `select c.relname as name, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'sluice.things'::regclass order by 1`
  expect(await ask(database.config, valid)).toEqual([
    { name: 'things_by_n', valid: true },
    { name: 'things_by_n_again', valid: true },
  ])
})

test('programs that start together build an index once', async () => {
  await migrate(database.config, [things])
  const applied = await Promise.all([1, 2, 3].map(() => migrate(database.config, [things, index])))
  expect(applied.flat()).toEqual(['0002-index.sql'])
})

test('servers of the oldest version that is kept go on reading and writing while all migrations since are applied', async () => {
  const migrations = await readMigrations()
  const backup = await openBackup(fixture)
  await loadBackup(database.config, backup, migrations.slice(0, backup.manifest.migration.number))
  backup.close()
  let isOver = false
  const ofDocuments = [
    `update sluice.documents set doc = doc where collection = 'flows'`,
    `update sluice.flow_errors set message = message`,
    `insert into sluice.audit select a.* from sluice.audit a where false`,
  ]
  const ofRuns = [
    `update sluice.jobs set last_modified = now() where _flow_job_id is null`,
    `update sluice.open_errors set num_error = num_error`,
    `select * from sluice.flow_errors e join sluice.retry_data r using (env_id, flow_id, step_id, retry_data_key)`,
  ]
  // No two write the same rows, which could make them wait for each other. Each is a transaction: several tables in one could wait for a migration that waits for them, and a slow machine would end either.
  const works = async (statements: readonly string[]): Promise<number> => {
    const session = await openSession()
    await session.query(`set statement_timeout = '60s'`)
    let rounds = 0
    for (; !isOver || rounds === 0; rounds++) for (const each of statements) await session.query(each)
    return rounds
  }
  const working = Promise.all([works(ofDocuments), works(ofRuns)])
  expect(await migrate(database.config)).toEqual(migrations.slice(backup.manifest.migration.number).map(({ name }) => name))
  isOver = true
  expect(Math.min(...(await working))).toBeGreaterThan(0)
})

/** What holds a large table for long, fails where rows do not fit, or takes away what an older server reads. */
const refused: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['another type of a column rewrites the table', /\balter column \w+ (?:set data )?type\b/i],
  [
    'a column that has to be there makes older servers fail',
    /\bset not null\b|\badd column (?:if not exists )?\w+ \w+[^,;]* not null(?![^,;]*default)/i,
  ],
  ['a default that is computed rewrites the table', /\badd column[^;]*\bdefault[^,;]*\(/i],
  ['a constraint is checked for every row', /\badd (?:constraint|check|foreign key|primary key|unique)\b(?![^;]*\bnot valid\b)/i],
  ['older servers read it', /\bdrop (?:table|column|function|view)\b|\brename\b/i],
  ['rows are changed by the program, some at a time', /^\s*(?:update|delete)\b/im],
  ['the table is out of reach meanwhile', /\b(?:vacuum full|cluster|reindex (?!\w+ concurrently)|lock table)\b/i],
]

function findRefused(migration: Migration): readonly string[] {
  const text = migration.sql.replaceAll(/--.*$/gm, '').replaceAll(/\$(\w*)\$[^]*?\$\1\$/g, '')
  const made = [...text.matchAll(/\bcreate table (?:if not exists )?(\S+)/gi)].map(([, table]) => table)
  const indexes = [...text.matchAll(/\bcreate (?:unique )?index (concurrently )?(?:if not exists )?\w+ on (?:only )?(\S+)/gi)]
  const blocking = indexes.some(([, isOnline, table]) => !isOnline && !made.includes(table))
  const mixed =
    isConcurrent(migration) &&
    text.split(';').some((each) => each.trim() !== '' && !/^\s*create (?:unique )?index concurrently if not exists /i.test(each))
  return [
    ...refused.flatMap(([what, pattern]) => (pattern.test(text) ? [what] : [])),
    ...(blocking ? ['an index on a table that is there already is built concurrently'] : []),
    ...(mixed ? ['indexes that are built concurrently have a file of their own'] : []),
  ]
}

test('migrations since then hold no table for long and take nothing away', async () => {
  const later = (await readMigrations()).slice(beforeReleases)
  expect(later.length).toBeGreaterThan(0)
  expect(later.flatMap((each) => findRefused(each).map((what) => `${each.name}: ${what}`))).toEqual([])
  for (const sql of [
    'alter table sluice.jobs alter column status type text',
    'alter table sluice.jobs add column at timestamptz not null',
    'alter table sluice.jobs add column at timestamptz default now()',
    'alter table sluice.jobs add constraint one check (epoch > 0)',
    'alter table sluice.jobs drop column epoch',
    'update sluice.jobs set epoch = 1',
    'create index jobs_by_epoch on sluice.jobs (epoch)',
    'create table sluice.more (n integer); create index concurrently if not exists jobs_by_epoch on sluice.jobs (epoch)',
  ])
    expect([sql, findRefused({ number: 52, name: '0052-bad.sql', sql }).length]).not.toEqual([sql, 0])
  for (const sql of [
    'create table sluice.more (n integer not null); create index more_by_n on sluice.more (n)',
    'alter table sluice.jobs add column note text, add column n integer not null default 0',
    'create index concurrently if not exists jobs_by_epoch on sluice.jobs (epoch)',
  ])
    expect([sql, findRefused({ number: 52, name: '0052-good.sql', sql })]).toEqual([sql, []])
})
