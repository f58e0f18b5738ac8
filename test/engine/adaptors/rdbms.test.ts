/** What databases and what is between do to exports and imports: sessions that are ended, deadlocks, proofs that are refused, certificates, slots, runs that are canceled. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { StepFailure, type FlowRecord, type Page, type Run } from '../../../src/engine/adaptor.ts'
import type { ConnectionSlots } from '../../../src/engine/around/slots.ts'
import { endSessions, listOutsideDatabases, startPostgreSQL, type OutsideDatabase } from '../../harness/outside-databases.ts'
import { adaptorOf, connectionToDatabase, emptied } from './database-stage.ts'
import { aRun, exportDoc, importDoc, unlimited } from './stage.ts'

const people = ['create table people (id int primary key, name varchar(200))']
const insert = 'insert into people (id, name) values ({{record.id}}, {{record.name}})'
const numbered = (count: number, from = 1): FlowRecord[] =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, name: `n${from + i}` }))
const exporting = (query: string, fields: object = {}) => exportDoc({ adaptorType: 'RDBMSExport', rdbms: { query }, ...fields })
const importing = (rdbms: object, fields: object = {}) => importDoc({ adaptorType: 'RDBMSImport', rdbms, ...fields })
const perRecord = (query: string) => importing({ queryType: ['per_record'], query: [query] })
const submitted = (records: readonly FlowRecord[]) => records.map((record) => ({ record, mapped: record }))
const kindsOf = (outcomes: readonly { readonly kind: string }[]): string[] => outcomes.map(({ kind }) => kind)

async function gather(pages: AsyncIterable<Page>): Promise<Page[]> {
  const gathered: Page[] = []
  for await (const page of pages) gathered.push(page)
  return gathered
}

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    return error.failure
  }
}

/** Holds as many as the level says, and remembers how many there were at once. */
function counting(): ConnectionSlots & { readonly most: number; readonly levels: ReadonlySet<number> } {
  let atWork = 0
  let most = 0
  const levels = new Set<number>()
  return {
    ...unlimited,
    async use(_owner, level, _signal, work) {
      levels.add(level)
      most = Math.max(most, ++atWork)
      try {
        return await work()
      } finally {
        atWork -= 1
      }
    },
    get most() {
      return most
    },
    levels,
  }
}

describe.each(listOutsideDatabases())('%s', (kind, start) => {
  let database: OutsideDatabase
  beforeAll(async () => {
    database = await start()
    if (kind === 'postgresql')
      await database.ask('create role certified login superuser', `create role encrypted login superuser password '${database.password}'`)
  })
  afterAll(() => database.stop())
  beforeEach(() => emptied(database, people))

  const count = async (): Promise<number> => Number((await database.ask('select count(*) as n from people'))[0]?.['n'])
  const stepOf = <D extends object>(doc: D, run: Run = aRun(), connection: object = {}) => ({
    doc,
    connection: connectionToDatabase(database, connection),
    run,
  })

  describe('an export', () => {
    const manyRows = async (rows: number): Promise<void> => {
      const values = (from: number): string => Array.from({ length: 1000 }, (_, i) => `(${from + i}, '${'x'.repeat(150)}')`).join(',')
      for (let from = 0; from < rows; from += 1000) await database.ask(`insert into people values ${values(from)}`)
    }

    it('goes on where its session is ended in the middle, without leaving a row out or giving one twice', async () => {
      await manyRows(20_000)
      const step = stepOf(exporting('select id from people order by id', { pageSize: 500 }))
      const seen: number[] = []
      for await (const { records } of adaptorOf().source.pages(step, undefined)) {
        for (const record of records) seen.push((record as { id: number }).id)
        if (seen.length === 5000 || seen.length === 12_000) await endSessions(database)
      }
      expect(seen).toEqual(Array.from({ length: 20_000 }, (_, id) => id))
    })

    it('begins anew where the row that it was at is another one: nothing is left out', async () => {
      await manyRows(1000)
      const step = stepOf(exporting('select id, name from people order by id', { pageSize: 300 }))
      const pages: Page[] = []
      for await (const page of adaptorOf().source.pages(step, undefined)) {
        pages.push(page)
        if (pages.length === 2) break
      }
      await database.ask('delete from people where id = 10')
      const rest: FlowRecord[] = []
      for await (const { records } of adaptorOf().source.pages(step, pages[1]?.next)) rest.push(...records)
      expect(rest).toHaveLength(999)
    })

    it('holds a session and no slot while its flow is at work, so an import over the same connection of level 1 gets on', async () => {
      await manyRows(2000)
      await database.ask('create table copies (id int)')
      const adaptor = adaptorOf()
      const connection = { concurrencyLevel: 1 }
      const sink = stepOf(perRecord('insert into copies values ({{record.id}})'), aRun(), connection)
      for await (const { records } of adaptor.source.pages(
        stepOf(exporting('select id from people', { pageSize: 200 }), aRun(), connection),
        undefined,
      ))
        expect(kindsOf(await adaptor.sink.write(sink, submitted(records)))).not.toContain('failed')
      expect((await database.ask('select count(*) as n from copies'))[0]).toEqual({ n: kind === 'postgresql' ? '2000' : 2000 })
    })

    it('closes its session where nobody reads on, and those that wait for work after a few seconds', async () => {
      await manyRows(5000)
      for await (const page of adaptorOf().source.pages(stepOf(exporting('select * from people')), undefined)) if (page.index === 1) break
      const sessions =
        kind === 'postgresql'
          ? "select count(*) as n from pg_stat_activity where application_name = 'Sluice'"
          : 'select count(*) as n from information_schema.processlist where user = "owner" and id <> connection_id()'
      await vi.waitFor(async () => expect(Number((await database.ask(sessions))[0]?.['n'])).toBe(0), { timeout: 30_000, interval: 200 })
    })

    it('gives rows of a megabyte in pages of five', async () => {
      const big =
        kind === 'postgresql'
          ? "select repeat('x', 1000000) as t from generate_series(1, 80)"
          : "select repeat('x', 1000000) as t from seq_1_to_80"
      const step = stepOf(exporting(big, { pageSize: 1000 }))
      const lengths: number[] = []
      for await (const { records, bytes } of adaptorOf().source.pages(step, undefined)) {
        expect(bytes).toBeLessThan(6_000_000)
        lengths.push(records.length)
      }
      expect(lengths).toEqual(Array.from({ length: 16 }, () => 5))
    })

    it('is given up at once where its run is canceled while the database is at work', async () => {
      const canceled = new AbortController()
      const sleeping = kind === 'postgresql' ? 'select pg_sleep(30)' : 'select sleep(30)'
      const step = stepOf(exporting(sleeping), aRun({ signal: canceled.signal }))
      setTimeout(() => canceled.abort(new Error('canceled')), 300)
      const begun = performance.now()
      await expect(gather(adaptorOf().source.pages(step, undefined))).rejects.toThrow('canceled')
      expect(performance.now() - begun).toBeLessThan(10_000)
    })

    it('of type once marks a page whose marking was cut off', async () => {
      await database.ask('alter table people add done int default 0', "insert into people (id, name) values (1, 'a'), (2, 'b')")
      const rdbms = {
        query: 'select id from people where done = 0',
        once: { query: 'update people set done = 1 where id = {{record.id}}' },
      }
      const pages = await gather(
        adaptorOf().source.pages(stepOf(exportDoc({ adaptorType: 'RDBMSExport', type: 'once', rdbms })), undefined),
      )
      await endSessions(database)
      await pages[0]?.ack?.()
      expect(await database.ask('select id from people where done = 0')).toEqual([])
    })

    it('fails its run where a record cannot be marked', async () => {
      await database.ask("insert into people (id, name) values (1, 'a')")
      const rdbms = { query: 'select id from people', once: { query: 'update nowhere set done = 1' } }
      const pages = await gather(
        adaptorOf().source.pages(stepOf(exportDoc({ adaptorType: 'RDBMSExport', type: 'once', rdbms })), undefined),
      )
      expect(await failureOf(async () => pages[0]?.ack?.())).toMatchObject({
        source: 'application',
        message: expect.stringContaining('A record could not be marked as exported') as string,
      })
    })
  })

  describe('an import', () => {
    it('writes a page again whose session was ended in the middle, once', async () => {
      const adaptor = adaptorOf()
      const slow = kind === 'postgresql' ? 'pg_sleep(0.01)::text' : 'sleep(0.01)'
      const step = stepOf(perRecord(`insert into people (id, name) select {{record.id}}, ${slow}`))
      const writing = adaptor.sink.write(step, submitted(numbered(100)))
      await pause(400)
      expect(await count()).toBe(0)
      await endSessions(database)
      expect(new Set(kindsOf(await writing))).toEqual(new Set(['done']))
      expect(await count()).toBe(100)
    })

    it('fails its records as passing where the database stays away, after a bounded number of tries', async () => {
      const slots = counting()
      const step = stepOf(perRecord(insert), aRun(), { port: 1 })
      const outcomes = await adaptorOf({ slots }).sink.write(step, submitted(numbered(2)))
      expect(outcomes).toMatchObject([
        { kind: 'failed', failures: [{ source: 'connection', code: 'connection_refused' }] },
        { kind: 'failed', failures: [{ source: 'connection', code: 'connection_refused' }] },
      ])
    })

    it('goes through a deadlock with another import', async () => {
      await database.ask("insert into people values (1, 'a'), (2, 'b')")
      const slow = kind === 'postgresql' ? 'pg_sleep(0.2) is not null' : 'sleep(0.2) = 0'
      const step = (): ReturnType<typeof stepOf<ReturnType<typeof perRecord>>> =>
        stepOf(perRecord(`update people set name = {{record.name}} where id = {{record.id}} and ${slow}`))
      const forth = [
        { id: 1, name: 'x' },
        { id: 2, name: 'x' },
      ]
      const [one, other] = await Promise.all([
        adaptorOf().sink.write(step(), submitted(forth)),
        adaptorOf().sink.write(step(), submitted(forth.toReversed())),
      ])
      expect([...kindsOf(one), ...kindsOf(other)]).toEqual(['done', 'done', 'done', 'done'])
    })

    it('leaves nothing of a page that a deadlock took back, though the statements after it were sent already', async () => {
      await database.ask("insert into people values (1, 'a'), (2, 'b')")
      const wait = kind === 'postgresql' ? "'' || pg_sleep({{record.wait}}::float)" : 'sleep({{record.wait}})'
      const known =
        kind === 'postgresql' ? 'on conflict (id) do update set name = excluded.name' : 'on duplicate key update name = values(name)'
      const query = [`insert into people (id, name) select {{record.id}}, ${wait} ${known}`]
      const step = () => stepOf(importing({ queryType: ['per_record'], query }, { maxAttempts: 1 }))
      const page = (first: number, second: number, from: number): FlowRecord[] =>
        [first, second, ...Array.from({ length: 40 }, (_, i) => from + i)].map((id, i) => ({ id, wait: i === 1 ? 0.5 : 0 }))
      const pages = await Promise.all(
        [page(1, 2, 100), page(2, 1, 200)].map((records) => adaptorOf().sink.write(step(), submitted(records))),
      )
      expect(pages.map((outcomes) => [...new Set(kindsOf(outcomes))].join()).toSorted()).toEqual(['done', 'failed'])
      expect(await count()).toBe(42)
    })

    it('has all of a page or nothing of it: no other session sees a part', async () => {
      const slow = kind === 'postgresql' ? 'pg_sleep(0.02)::text' : 'sleep(0.02)'
      const step = stepOf(perRecord(`insert into people (id, name) select {{record.id}}, ${slow}`))
      const writing = adaptorOf().sink.write(step, submitted(numbered(40)))
      const seen = new Set<number>()
      let isDone = false
      void writing.then(() => (isDone = true))
      while (!isDone) seen.add(await count())
      seen.add(await count())
      expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 40])
    })

    it('takes a slot for each page at work, at its own level, and no more sessions than that', async () => {
      const slots = counting()
      const adaptor = adaptorOf({ slots })
      const slow = kind === 'postgresql' ? 'pg_sleep(0.05)::text' : 'sleep(0.05)'
      const step = stepOf(perRecord(`insert into people (id, name) select {{record.id}}, ${slow}`), aRun(), { concurrencyLevel: 3 })
      await Promise.all(Array.from({ length: 8 }, (_, page) => adaptor.sink.write(step, submitted(numbered(2, 1 + page * 2)))))
      expect([slots.most, [...slots.levels]]).toEqual([3, [3]])
      const recovering = {
        ...step,
        connection: { ...connectionToDatabase(database, { targetConcurrencyLevel: 2 }), autoRecoverRateLimitErrors: true },
      }
      await adaptorOf({ slots }).sink.write({ ...recovering, doc: perRecord(insert) }, submitted(numbered(1, 100)))
      expect(slots.levels).toContain(2)
    })

    it('begins no other page before the statements of the first one are through, also where that page fails', async () => {
      await database.ask("insert into people values (100, 'old')")
      const adaptor = adaptorOf()
      const step = stepOf(importing({ queryType: ['first_page', 'per_record'], query: ['delete from people', insert] }))
      const pages = await Promise.all([1, 3, 5].map((from) => adaptor.sink.write(step, submitted(numbered(2, from)))))
      expect(new Set(pages.flatMap(kindsOf))).toEqual(new Set(['done']))
      expect(await count()).toBe(6)
    })

    it('runs the statement of the first page neither in a retry nor in a run that goes on', async () => {
      await database.ask("insert into people values (100, 'old')")
      const step = stepOf(
        importing({ queryType: ['first_page', 'per_record'], query: ['delete from people', insert] }),
        aRun({ goesOn: true }),
      )
      await adaptorOf().sink.write(step, submitted(numbered(1)))
      expect(await count()).toBe(2)
    })

    it('makes its statements and sends none where its run only previews', async () => {
      const told: unknown[] = []
      const outcomes = await adaptorOf().sink.write(stepOf(perRecord(insert), aRun({ previewsImports: true })), submitted(numbered(1)), {
        starts: () => undefined,
        begun: () => undefined,
        received: () => undefined,
        aheadUntil: () => undefined,
        exchanged: (places, { request }) => told.push(places, JSON.parse(String(request.body))),
      })
      expect([kindsOf(outcomes), await count()]).toEqual([['done'], 0])
      expect(told).toEqual([[0], { statement: 'insert into people (id, name) values (:1, :2)', values: [1, 'n1'] }])
    })

    it('gives a session that was changed to nobody else', async () => {
      const adaptor = adaptorOf()
      const setting = kind === 'postgresql' ? "set search_path to 'nowhere'" : 'use mysql'
      await adaptor.sink.write(stepOf(importing({ queryType: ['per_page'], query: [setting] })), submitted(numbered(1)))
      expect(kindsOf(await adaptor.sink.write(stepOf(perRecord(insert)), submitted(numbered(1))))).toEqual(['done'])
    })

    it('is ended by the bound of its statements', async () => {
      const slow = kind === 'postgresql' ? 'select pg_sleep(20)' : 'select sleep(20)'
      const step = stepOf(importing({ queryType: ['per_page'], query: [slow] }), aRun(), {
        options: [{ name: 'queryTimeout', value: '300' }],
      })
      const begun = performance.now()
      const [outcome] = await adaptorOf().sink.write(step, submitted(numbered(1)))
      // MariaDB lets a sleep answer early instead.
      if (kind === 'postgresql') expect(outcome).toMatchObject({ kind: 'failed', failures: [{ code: '57014' }] })
      expect(performance.now() - begun).toBeLessThan(15_000)
    })
  })

  describe('a lookup', () => {
    it('that finds too much fails its record, and not its server', async () => {
      const query =
        kind === 'postgresql'
          ? "select repeat('x', 1000000) as t from generate_series(1, {{record.n}}::int)"
          : "select repeat('x', 1000000) as t from seq_1_to_300 where seq <= {{record.n}}"
      const outcomes = await adaptorOf().source.lookup(stepOf(exporting(query)), [{ n: 6 }, { n: 300 }, { n: 1 }])
      expect(outcomes).toMatchObject([
        { kind: 'failed', failures: [{ code: 'lookup_too_large' }] },
        { kind: 'failed', failures: [{ code: 'response_too_large' }] },
        { kind: 'done' },
      ])
    })
  })

  describe('a connection', () => {
    const pinged = (more: object = {}, run: Run = aRun()) => {
      const { connections } = adaptorOf()
      const connection = connectionToDatabase(database, more)
      return connections.ping(connection, run)
    }

    it('answers a ping by whether the database lets it in', async () => {
      expect(adaptorOf().connections.hasPing(connectionToDatabase(database))).toBe(true)
      expect(await pinged()).toBeUndefined()
      expect(await pinged({ database: 'nowhere' })).toMatchObject({ source: 'connection' })
      expect(await pinged({ host: 'nowhere.invalid' })).toMatchObject({ source: 'connection', code: 'host_not_found' })
      expect(await pinged({ port: 1 })).toMatchObject({ source: 'connection', code: 'connection_refused' })
    })

    it('whose password is wrong says so, and is told to the run', async () => {
      const refused: unknown[] = []
      const run = aRun({ refused: (connection: { name: string }) => refused.push(connection.name) })
      const code = kind === 'postgresql' ? '28P01' : 'ER_ACCESS_DENIED_ERROR'
      expect(await pinged({ password: 'another-password' }, run)).toMatchObject({ source: 'connection', code })
      const [outcome] = await adaptorOf().sink.write(
        stepOf(perRecord(insert), run, { password: 'another-password' }),
        submitted(numbered(1)),
      )
      expect(outcome).toMatchObject({ kind: 'failed', failures: [{ source: 'connection', code }] })
      expect(refused).toEqual(['a connection', 'a connection'])
    })

    it('is refused an address on a private network where flows may reach none', async () => {
      const { connections } = adaptorOf({ privateNetwork: 'refuse' })
      expect(await connections.ping(connectionToDatabase(database), aRun())).toMatchObject({
        source: 'connection',
        code: 'address_refused',
      })
      expect(await connections.ping(connectionToDatabase(database, { host: 'localhost' }), aRun())).toMatchObject({
        code: 'address_refused',
      })
      expect(await pinged({ host: '169.254.169.254' })).toMatchObject({ code: 'address_refused' })
    })

    it('is encrypted where the server can, verified where it names an authority, and proves itself by a certificate', async () => {
      const { ca, cert, key } = database.tls
      const encrypted = { user: 'encrypted' }
      expect(await pinged(encrypted)).toBeUndefined()
      expect(await pinged({ ...encrypted, options: [{ name: 'sslmode', value: 'disable' }] })).toMatchObject({ source: 'connection' })
      expect(await pinged({ ...encrypted, options: [{ name: 'sslmode', value: 'verify-full' }] })).toMatchObject({ code: 'tls_failed' })
      expect(await pinged({ ...encrypted, ssl: { ca } })).toBeUndefined()
      expect(await pinged({ ...encrypted, disableStrictSSL: true, options: [{ name: 'sslmode', value: 'verify-full' }] })).toBeUndefined()
      expect(await pinged({ user: 'certified', password: '', ssl: { ca, cert, key, passphrase: '' } })).toBeUndefined()
      expect(await pinged({ user: 'certified', password: '', ssl: { ca } })).toMatchObject({ source: 'connection' })
    })

    it.each([
      ['sslmode', 'perhaps'],
      ['connectTimeout', 'soon'],
      ['queryTimeout', '3600001'],
      ['timezone', 'Europe/Berlin'],
      ['a; drop table people', '1'],
    ])('has no option %s with the value %s', async (name, value) => {
      const connection = connectionToDatabase(database, { options: [{ name, value }] })
      expect(await failureOf(() => adaptorOf().connections.ready(connection, aRun()))).toMatchObject({
        source: 'connection',
        code: 'invalid_option',
      })
    })

    it('of a kind that cannot be used is refused in words', async () => {
      const connection = connectionToDatabase(database, { type: 'another' })
      const { connections } = adaptorOf()
      expect(connections.hasPing(connection)).toBe(false)
      expect(await failureOf(() => connections.ready(connection, aRun()))).toMatchObject({ code: 'database_unsupported' })
    })
  })
})

it.each(listOutsideDatabases().filter(([kind]) => kind === 'mariadb'))('the type mysql reads and writes, on %s', async (_kind, start) => {
  const database = await start()
  try {
    await database.ask('create table people (id int primary key, name varchar(20))', "insert into people values (1, 'Ann'), (2, 'Bo')")
    const connection = connectionToDatabase(database, { type: 'mysql' })
    const { source, sink } = adaptorOf()
    const write = async (fields: object, records: readonly FlowRecord[]) =>
      kindsOf(await sink.write({ doc: importing(fields), connection, run: aRun() }, submitted(records)))
    const merge = { queryType: ['bulk_load'], bulkLoad: { tableName: 'people', primaryKeys: ['id'] } }
    expect(
      await write(merge, [
        { id: 2, name: "Bo'b" },
        { id: 3, name: 'Cy' },
        { id: 4, name: 'n'.repeat(21) },
      ]),
    ).toEqual(['done', 'done', 'failed'])
    const statement = { queryType: ['per_record'], query: ['insert into people values ({{record.id}}, {{record.name}})'] }
    expect(
      await write(statement, [
        { id: 5, name: 'Di' },
        { id: 1, name: 'twice' },
      ]),
    ).toEqual(['done', 'failed'])
    const doc = exporting('select id, name from people order by id')
    const pages = await gather(source.pages({ doc, connection, run: aRun() }, undefined))
    expect(pages.flatMap(({ records }) => records)).toEqual([
      { id: 1, name: 'Ann' },
      { id: 2, name: "Bo'b" },
      { id: 3, name: 'Cy' },
      { id: 5, name: 'Di' },
    ])
  } finally {
    await database.stop()
  }
})

it('Redshift is spoken to as PostgreSQL is, without what it does not have', async () => {
  const database = await startPostgreSQL()
  try {
    await database.ask('create table people (id int, name varchar(20), list int[])', "insert into people values (1, 'Ann'), (2, 'Bo')")
    const connection = connectionToDatabase(database, { type: 'redshift' })
    const { source, sink, connections } = adaptorOf()
    expect(connections.advise?.(connection)).toMatchObject([
      { message: expect.stringContaining('not run against a real server') as string },
    ])
    const load = importing({ queryType: ['bulk_load'], bulkLoad: { tableName: 'PEOPLE', primaryKeys: ['id'] } })
    const records = [
      { id: 2, name: "Bo'b" },
      { id: 3, name: 'Cy' },
      { id: 4, name: 'n'.repeat(21) },
    ]
    expect(kindsOf(await sink.write({ doc: load, connection, run: aRun() }, submitted(records)))).toEqual(['done', 'done', 'failed'])
    const insertMany = importing({ queryType: ['bulk_insert'], bulkInsert: { tableName: 'public.people' } })
    expect(kindsOf(await sink.write({ doc: insertMany, connection, run: aRun() }, submitted([{ id: 5 }, { id: 6 }])))).toEqual([
      'done',
      'done',
    ])
    const pages = await gather(
      source.pages({ doc: exporting('select id, name from people order by id'), connection, run: aRun() }, undefined),
    )
    expect(pages.flatMap(({ records: found }) => found)).toEqual([
      { id: 1, name: 'Ann' },
      { id: 2, name: "Bo'b" },
      { id: 3, name: 'Cy' },
      { id: 5, name: null },
      { id: 6, name: null },
    ])
  } finally {
    await database.stop()
  }
})
