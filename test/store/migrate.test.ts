/** What migrations promise: complete, once, in order, and never onto data that is ahead of the program. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SetupError } from '../../src/domain/errors.ts'
import { openDatabase } from '../../src/store/database/pool.ts'
import { migrate, readMigrations } from '../../src/store/database/migrate.ts'
import { ask, createEmptyDatabase, createTestDatabase, type TestDatabase, withDatabase } from '../harness/database.ts'

let empty: TestDatabase
beforeEach(async () => {
  empty = await createEmptyDatabase()
})
afterEach(() => empty.drop())

it('applies every file once when several programs migrate one database at once', async () => {
  const names = (await readMigrations()).map(({ name }) => name)
  const applied = await Promise.all([1, 2, 3].map(() => migrate(empty.config)))
  expect(applied.flat()).toEqual(names)
  expect((await ask(empty.config, 'select name from sluice.migrations order by number')).map((row) => row['name'])).toEqual(names)
  expect(await ask(empty.config, `select to_regclass('graphile_worker._private_jobs') is not null as queue`)).toEqual([{ queue: true }])
})

it('leaves nothing of a migration that fails, keeps those before it, and goes on from there', async () => {
  const good = { number: 1, name: '0001-good.sql', sql: 'create table sluice.good (n integer)' }
  const bad = { number: 2, name: '0002-bad.sql', sql: 'create table sluice.half (n integer); select 1 / 0' }
  await expect(migrate(empty.config, [good, bad])).rejects.toThrow('The migration 0002-bad.sql failed: division by zero')
  expect(
    await ask(empty.config, `select to_regclass('sluice.good') is not null as good, to_regclass('sluice.half') is null as none`),
  ).toEqual([{ good: true, none: true }])
  expect(await migrate(empty.config, [good, { ...bad, sql: 'create table sluice.half (n integer)' }])).toEqual(['0002-bad.sql'])
})

it('waits for the disk no more than it must: what is written on top of it brings it there', async () => {
  const asks = {
    number: 1,
    name: '0001-asks.sql',
    sql: `create table sluice.asked as select current_setting('synchronous_commit') as commits`,
  }
  // As servers have it; that of the tests waits for no disk.
  await ask(empty.config, `do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$`)
  await migrate(empty.config, [asks])
  expect(await ask(empty.config, `select commits, current_setting('synchronous_commit') as later from sluice.asked`)).toEqual([
    { commits: 'off', later: 'on' },
  ])
})

it('refuses data of a newer Sluice and changes nothing', async () => {
  await migrate(empty.config)
  await ask(empty.config, `insert into sluice.migrations (number, name) values (9000, '9000-future.sql')`)
  await expect(migrate(empty.config)).rejects.toThrow(/^The data was written by a newer Sluice \(it has migration 9000-future\.sql, /)
})

it('tells in one line, without the password, why a database cannot be used', async () => {
  const wrong = async (config: string) => {
    const error: unknown = await openDatabase(config).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SetupError)
    const { message } = error as SetupError
    expect(message).not.toContain('pa55word')
    expect(message).not.toContain('\n')
    return message
  }
  expect(await wrong('postgres://ann:pa55word@127.0.0.1:1/app')).toBe(
    'The database cannot be used: nothing listens there (host 127.0.0.1, port 1, user ann, database app). Check DATABASE_URL.',
  )
  expect(await wrong('postgres://ann:pa55word@/app?host=/nowhere')).toContain('its socket does not exist (host /nowhere,')
  expect(await wrong('postgres://ann:pa55word@127.0.0.1:1/app?sslrootcert=/nowhere.pem')).toContain('/nowhere.pem')
  expect(await wrong('postgres://ann:pa55word@no-such-host.invalid/app')).toMatch(/no machine has that name|no name server answers/)
  for (const address of ['mysql://ann:pa55word@host/app', 'pa55word', 'postgres://ann:pa55word@host:port/app']) {
    expect(await wrong(address)).toContain('DATABASE_URL is not a PostgreSQL address')
  }
  await expect(openDatabase(withDatabase(empty.config, 'nowhere'))).rejects.toThrow('it has no database of that name')
})

it('hands out a clone of the migrated template, and undoes a transaction whose work throws', async () => {
  const test = await createTestDatabase()
  const database = await openDatabase(test.config)
  const count = async () => (await database.pool.query<{ n: number }>('select count(*) as n from sluice.accounts')).rows[0]?.n
  await database.transaction((client) => client.query(`insert into sluice.accounts (_id, name) values ('a', 'A')`))
  const failing = database.transaction(async (client) => {
    await client.query(`insert into sluice.accounts (_id, name) values ('b', 'B')`)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await count()).toBe(1)
  await database.close()
  await test.drop()
})
