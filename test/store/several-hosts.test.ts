/** A database with several hosts: two real PostgreSQLs, of which one is the other's standby, until it is promoted. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { StoreUnavailable } from '../../src/domain/errors.ts'
import { splitHosts } from '../../src/store/database/database-hosts.ts'
import { connect, openDatabase, type Database } from '../../src/store/database/pool.ts'
import { watchPrimary, type Address } from '../../src/store/database/primary-watch.ts'
import { toStoreError } from '../../src/store/database/store-errors.ts'
import { startPair, type PostgresNode } from '../harness/postgres-pair.ts'

/** Until a session is ended, or found anew, on a busy machine. Milliseconds. */
const patience = { timeout: 60_000, interval: 50 }

async function open(url: string): Promise<Database> {
  const database = await openDatabase(url, { connections: 3 })
  onTestFinished(() => database.close())
  return database
}

const portOf = async ({ pool }: Database): Promise<unknown> =>
  (await pool.query(`select current_setting('port')::int as port`)).rows[0]?.port

/** The port of the host that a statement gets to, or what it fails with. */
const asked = (database: Database): Promise<unknown> => portOf(database).catch((error: Error) => error)

test('an address names hosts as libpq does, each with its own port, and one of them is an address by itself', () => {
  const split = (text: string) => splitHosts(`postgresql://${text}`).map((each) => (each as string).slice('postgresql://'.length))
  expect(split('u:p@a:1,b:2,c/db?sslmode=disable')).toEqual([
    'u:p@a:1/db?sslmode=disable',
    'u:p@b:2/db?sslmode=disable',
    'u:p@c/db?sslmode=disable',
  ])
  expect(split('u:p,w@[::1]:1,[::2]:2/db')).toEqual(['u:p,w@[::1]:1/db', 'u:p,w@[::2]:2/db'])
  expect(split('u:p@a,b/db?target_session_attrs=primary')).toHaveLength(2)
  expect(split('a,b')).toEqual(['a', 'b'])
  expect(split('u@/db?host=a,b&port=1,2')).toEqual(['u@/db?host=a&port=1', 'u@/db?host=b&port=2'])
  expect(split('u@/db?host=a,b&port=1')).toEqual(['u@/db?host=a&port=1', 'u@/db?host=b&port=1'])
  expect(split('u@/db?host=/run/postgresql')).toEqual(['u@/db?host=/run/postgresql'])
  expect(() => split('u@/db?host=a,b&port=1,2,3')).toThrow('DATABASE_URL names 2 hosts and 3 ports')
  expect(() => split('a,b:x/db')).toThrow('DATABASE_URL is not a PostgreSQL address')
  expect(() => split('a,b/db?target_session_attrs=any')).toThrow('has to be read-write')
})

test('what takes no writes is never served from: a standby is passed over, refused where it is alone, and its error is that of a database that is away', async () => {
  const { primary, standby, url } = await startPair()
  const database = await open(url)
  expect(await portOf(database)).toBe(primary.port)
  await expect(openDatabase(standby.url)).rejects.toThrow(
    /The database cannot be used: it is a standby, which takes no writes \(host 127.0.0.1, port/,
  )
  await expect(connect(standby.url, 'sluice test')).rejects.toThrow('it is a standby')
  const reader = await openDatabase(standby.url, { onlyReads: true })
  onTestFinished(() => reader.close())
  const write = reader.transaction((client) => client.query('create table t (a int)'))
  const failure = await write.catch((error: Error) => error)
  expect(toStoreError(failure)).toBeInstanceOf(StoreUnavailable)
  expect(reader.pool.totalCount).toBe(0)
  // So are sessions that are there when their host is switched to read-only: one that asks nothing, too.
  const { ended } = await openSession({ url })
  await primary.ask('alter system set default_transaction_read_only = on')
  await primary.ask('select pg_reload_conf()')
  await ended
  await expect
    .poll(() => asked(database), patience)
    .toMatchObject({ code: '25006', message: expect.stringContaining('none of its hosts takes writes') as string })
  await primary.ask('alter system reset default_transaction_read_only')
  await primary.ask('select pg_reload_conf()')
  await expect.poll(() => asked(database), patience).toBe(primary.port)
})

/** A connection by itself, on which nothing happens. */
async function openSession({ url }: Pick<PostgresNode, 'url'>): Promise<{ readonly ended: Promise<void> }> {
  const client = await connect(url, 'sluice test')
  return { ended: new Promise<void>((resolve) => client.on('error', () => undefined).once('end', () => resolve())) }
}

test('a primary that answers nothing is left for the standby that is promoted, by sessions of every kind, and not used again when it wakes up', async () => {
  const { primary, standby, url, promote } = await startPair()
  const told: number[] = []
  Object.assign(watchPrimary(url) ?? {}, { onPrimary: ({ port }: Address) => void told.push(port) })
  const database = await open(url)
  const alone = await openSession({ url })
  // One statement waits for an answer, one session waits for nothing.
  const hanging = database.pool.query('select pg_sleep(300)').catch((error: Error) => error)
  expect(await portOf(database)).toBe(primary.port)
  primary.signal('SIGSTOP')
  await promote()
  await alone.ended
  expect(toStoreError(await hanging)).toBeInstanceOf(StoreUnavailable)
  await expect.poll(() => asked(database), patience).toBe(standby.port)
  // The old one wakes up, and takes writes: nobody comes to it.
  primary.signal('SIGCONT')
  await pause(2500)
  expect(await portOf(database)).toBe(standby.port)
  const second = await open(url)
  expect(await portOf(second)).toBe(standby.port)
  expect(told).toEqual([primary.port, standby.port])
})

test('a commit whose wait for the standbys was canceled is not taken for done, by transactions and single statements', async () => {
  const { primary, url } = await startPair()
  const database = await open(url)
  await database.pool.query('create table things (name text)')
  await primary.ask(`alter system set synchronous_standby_names = 'nobody'`)
  await primary.ask('select pg_reload_conf()')
  await expect
    .poll(async () => (await primary.ask('show synchronous_standby_names'))[0], patience)
    .toEqual({ synchronous_standby_names: 'nobody' })
  const insert = `insert into things select 'one'`
  for (const write of [
    () => database.transaction((client) => client.query(insert)),
    () => database.pool.query(insert),
    () => database.pool.query({ name: 'insert', text: insert }),
  ]) {
    const failure = write().catch((error: Error) => error)
    // As an operator does, to whom the session seems to hang.
    const cancel = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'sluice'`
    await expect.poll(async () => (await primary.ask(cancel)).length, patience).toBe(1)
    expect(await failure).toMatchObject({ code: '08007', message: expect.stringContaining('may be on none of its standbys') as string })
    expect(toStoreError(await failure)).toBeInstanceOf(StoreUnavailable)
  }
  // PostgreSQL had said «done» of each, and they are there; the sessions are not used again.
  expect((await database.pool.query('select from things')).rowCount).toBe(3)
  expect(database.pool.totalCount).toBe(1)
})
