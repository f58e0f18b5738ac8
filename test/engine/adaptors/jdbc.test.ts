/** Connections of the type jdbc, their exports and imports: what they are as connections to a database, over SQL Server's protocol. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ConnectionDoc, FlowRecord } from '../../../src/engine/adaptor.ts'
import { jdbc } from '../../../src/engine/adaptors/rdbms/jdbc.ts'
import { startTdsServer, tdsLogin, type TdsServer } from '../../harness/tds-server.ts'
import { failureOf } from './database-cases.ts'
import { databasePorts } from './database-stage.ts'
import { aRun, collect, connectionTo as anyConnection, exportDoc, importDoc, unlimited } from './stage.ts'

let server: TdsServer
beforeAll(async () => {
  server = await startTdsServer()
})
afterAll(() => server.stop())
beforeEach(() => {
  server.clear()
  server.sql.ask('create table people (id int primary key, name text, done int default 0) strict')
})

const connectionTo = (more: object = {}): ConnectionDoc =>
  ({
    ...anyConnection(''),
    http: undefined,
    type: 'jdbc',
    jdbc: {
      type: 'sqlserver',
      host: '127.0.0.1',
      port: server.port,
      database: 'shop',
      user: tdsLogin.user,
      password: tdsLogin.password,
      ...more,
    },
  }) as unknown as ConnectionDoc
const adaptor = () => jdbc(databasePorts)
const importing = (block: object) => importDoc({ adaptorType: 'JDBCImport', jdbc: block })
const submitted = (records: readonly FlowRecord[]) => records.map((record) => ({ record, mapped: record }))
const left = (): unknown => server.sql.ask('select id, name from people order by id').map((row) => ({ ...row }))

it('are pinged, and say what they are shown on', async () => {
  const { connections } = adaptor()
  expect([connections.isFor(connectionTo()), connections.hasPing(connectionTo())]).toEqual([true, true])
  expect(await connections.ping(connectionTo(), aRun())).toBeUndefined()
  expect(await connections.ping(connectionTo({ password: 'another' }), aRun())).toMatchObject({ code: '18456' })
  expect(connections.advise?.(connectionTo())).toMatchObject([{ field: 'jdbc.type' }])
})

it('export the rows of a statement, mark them, and answer lookups', async () => {
  server.sql.ask("insert into people (id, name) values (1, 'Ann'), (2, 'Bo')")
  const { source } = adaptor()
  const once = { query: 'update people set done = 1 where id = {{record.id}}' }
  const doc = exportDoc({
    adaptorType: 'JDBCExport',
    type: 'once',
    jdbc: { query: 'select id from people where done = 0 order by id', once },
  })
  const step = { doc, connection: connectionTo(), run: aRun() }
  await source.ready(step)
  expect((await collect(source.pages(step, undefined))).flatMap(({ records }) => records)).toEqual([{ id: 1 }, { id: 2 }])
  expect(server.sql.ask('select sum(done) as n from people')[0]).toMatchObject({ n: 2 })
  const lookup = exportDoc({ adaptorType: 'JDBCExport', jdbc: { query: 'select name from people where id = {{record.id}}' } })
  expect(await source.lookup({ ...step, doc: lookup }, [{ id: 2 }])).toMatchObject([{ kind: 'done', response: { data: [{ name: 'Bo' }] } }])
})

it.each([
  ['per_record', { queryType: ['per_record'], query: ['insert into people (id, name) values ({{record.id}}, {{record.name}})'] }],
  ['bulk_insert', { queryType: ['bulk_insert'], bulkInsert: { tableName: 'people', batchSize: '1' } }],
  ['bulk_load', { queryType: ['bulk_load'], bulkLoad: { tableName: 'people', primaryKeys: ['id'] } }],
  [
    'bulk_load with a statement',
    {
      queryType: ['bulk_load'],
      query: [
        'insert into {{import.jdbc.bulkLoad.tableName}} (id, name) select id, name from {{import.jdbc.bulkLoad.preMergeTemporaryTable}}',
      ],
      bulkLoad: { tableName: 'people', primaryKeys: ['id'], overrideMergeOrInsertQuery: true },
    },
  ],
])('import by %s', async (_name, block) => {
  const records = [
    { id: 1, name: 'Ann' },
    { id: 2, name: "'); drop --" },
  ]
  const step = { doc: importing(block), connection: connectionTo(), run: aRun() }
  const { sink } = adaptor()
  await sink.ready(step)
  expect(await sink.write(step, submitted(records))).toMatchObject([{ kind: 'done' }, { kind: 'done' }])
  expect(left()).toEqual(records)
})

it('import with what lookups find', async () => {
  server.sql.ask("insert into people (id, name) values (1, 'Ann')")
  const doc = importing({
    queryType: ['per_record'],
    query: ['insert into people (id, name) values ({{record.id}}, {{lookup.known}})'],
    lookups: [{ name: 'known', query: 'select name from people where id = {{record.of}}' }],
  })
  const step = { doc, connection: connectionTo(), run: aRun() }
  const { sink } = adaptor()
  expect([sink.looks?.(doc), sink.lookups(doc)]).toMatchObject([true, [{ name: 'known' }]])
  const records = [{ id: 2, of: 1 }]
  const [found] = (await sink.look?.(step, records)) ?? []
  const page = records.map((record) => ({ record, mapped: record, ...(found && 'found' in found && { looked: found }) }))
  expect(await sink.write(step, page)).toMatchObject([{ kind: 'done' }])
  expect(left()).toEqual([
    { id: 1, name: 'Ann' },
    { id: 2, name: 'Ann' },
  ])
})

it('are at work at their own level', async () => {
  const levels: number[] = []
  const slots = {
    ...unlimited,
    use: <T>(_owner: unknown, level: number, _signal: unknown, work: () => Promise<T>) => {
      levels.push(level)
      return work()
    },
  }
  const { connections } = jdbc({ ...databasePorts, slots })
  await connections.ping(connectionTo({ concurrencyLevel: 3 }), aRun())
  const recovering = { ...connectionTo({ concurrencyLevel: 3, targetConcurrencyLevel: 2 }), autoRecoverRateLimitErrors: true }
  await connections.ping(recovering, aRun())
  expect([levels, server.logins[0]?.user]).toEqual([[3, 2], tdsLogin.user])
})

it('take the properties of the driver that have a word here', async () => {
  const { connections } = adaptor()
  const properties = (...pairs: readonly (readonly [string, string])[]) =>
    connectionTo({ properties: pairs.map(([name, value]) => ({ name, value })) })
  expect(await connections.ping(properties(['encrypt', 'false'], ['loginTimeout', '10'], ['queryTimeout', '20']), aRun())).toBeUndefined()
  expect(await connections.ping(properties(['Encrypt', 'true'], ['trustServerCertificate', 'true']), aRun())).toMatchObject({
    code: 'tls_missing',
  })
})

it.each([
  ['another property', { properties: [{ name: 'integratedSecurity', value: 'true' }] }, 'invalid_option', 'jdbc.properties'],
  ['a time that is none', { properties: [{ name: 'loginTimeout', value: 'soon' }] }, 'invalid_option', 'jdbc.properties'],
  ['DB2', { type: 'db2' }, 'database_unsupported', 'jdbc.type'],
  [
    'a property of Oracle',
    { type: 'oracle:thin', properties: [{ name: 'oracle.net.CONNECT_TIMEOUT', value: '1' }] },
    'invalid_option',
    'jdbc.properties',
  ],
  ['no database', { database: null }, 'configuration_missing', 'jdbc'],
])('with %s are not ready', async (_name, more, code, field) => {
  const { connections } = adaptor()
  const connection = connectionTo(more)
  expect(await failureOf(() => connections.ready(connection, aRun()))).toMatchObject({ source: 'connection', code })
  expect(connections.fieldOf(code)).toBe(field)
})

it('are asked over connections of their own type alone', async () => {
  const connection = { ...connectionTo(), type: 'http' } as unknown as ConnectionDoc
  const step = { doc: exportDoc({ adaptorType: 'JDBCExport', jdbc: { query: 'select 1' } }), connection, run: aRun() }
  expect(await failureOf(() => adaptor().source.ready(step))).toMatchObject({ code: 'connection_missing' })
})
