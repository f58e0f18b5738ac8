/** Snowflake over its SQL API: the cases of test/cases/snowflake, tokens that are checked, answers that are lost, statements that are given up. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import { startSnowflakeServer, type SnowflakeServer } from '../../harness/snowflake-server.ts'
import { failureOf, runExportCase, runImportCase, type ExportCase, type ImportCase } from './database-cases.ts'
import { adaptorOf as databaseAdaptor } from './database-stage.ts'
import { aRun, casesIn, collect, exportDoc, importDoc } from './stage.ts'
import {
  answerOnce,
  checkLeft,
  connectionOf,
  otherPem,
  pem,
  phrase,
  prepare,
  publicKey,
  sealedPem,
  type WarehouseCase,
} from './warehouse-stage.ts'

let server: SnowflakeServer
beforeAll(async () => {
  server = await startSnowflakeServer(publicKey, 'ORG-ACCOUNT_1.OWNER')
})
afterAll(() => server.stop())
beforeEach(() => server.clear())

const hosts: string[] = []
const originOf = (host: string): string => {
  hosts.push(host)
  return server.origin
}
const adaptorOf = (more: object = {}) => databaseAdaptor({ originOf, ...more })
const snowflake = { authType: 'keyPair', warehouse: 'small', role: 'writer' }
const connectionTo = (more: object = {}) =>
  connectionOf({ type: 'snowflake', host: 'org-account_1', database: 'shop', user: 'owner', key: pem, snowflake, ...more })

const statements = (): { statement: string; values: unknown[] }[] =>
  server.asked
    .filter(({ url, method }) => method === 'POST' && url.pathname === '/api/v2/statements')
    .map(({ body }) => ({ statement: String(body['statement']), values: Object.values((body['bindings'] ?? {}) as object) }))

type Case = WarehouseCase & { readonly partitionSize?: number }

function begin(one: Case): void {
  prepare(one, server)
  server.partitionSize = one.partitionSize ?? 100
  const { rowType, data } = (one.answer ?? {}) as { rowType?: object; data?: object }
  if (one.answer) answerOnce(server, () => true, { statementHandle: 'h', resultSetMetaData: { rowType, partitionInfo: [{}] }, data })
}

async function checkExport(one: Case & ExportCase): Promise<void> {
  begin(one)
  await runExportCase({ connection: connectionTo(one.connection), adaptor: adaptorOf() }, one)
  checkLeft(one, server.sql, statements())
}
it.each(casesIn<Case & ExportCase>('snowflake/export'))('export: $name', async (one) => {
  await expect(checkExport(one)).resolves.toBeUndefined()
})

async function checkImport(one: Case & ImportCase): Promise<void> {
  begin(one)
  await runImportCase({ connection: connectionTo(one.connection), adaptor: adaptorOf() }, one)
  checkLeft(one, server.sql, statements())
}
it.each(casesIn<Case & ImportCase>('snowflake/import'))('import: $name', async (one) => {
  await expect(checkImport(one)).resolves.toBeUndefined()
})

const perRecord = importDoc({
  adaptorType: 'RDBMSImport',
  rdbms: { queryType: ['per_record'], query: ['insert into people values ({{record.id}})'] },
})
const bulk = importDoc({ adaptorType: 'RDBMSImport', rdbms: { queryType: ['bulk_insert'], bulkInsert: { tableName: 'people' } } })
const submitted = (count: number) => Array.from({ length: count }, (_, id) => ({ record: { id }, mapped: { id } }))
const ids = (): unknown[] => server.sql.ask('select id from people order by id').map(({ id }) => id)
const isStatement = ({ url, method }: { readonly url: URL; readonly method: string }): boolean =>
  method === 'POST' && url.pathname === '/api/v2/statements'

describe('an import', () => {
  beforeEach(() => server.sql.ask('create table people (id number(38,0))'))

  it.each(['before', 'after'] as const)('writes each record once where the connection is cut %s an answer', async (when) => {
    server.fault = (asked) => (JSON.stringify(asked.body['bindings'] ?? '').includes('"1"') && isStatement(asked) ? when : undefined)
    const outcomes = await adaptorOf().sink.write({ doc: perRecord, connection: connectionTo(), run: aRun() }, submitted(3))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done'])
    expect(ids()).toEqual([0, 1, 2])
  })

  it('writes many rows once where the answer is lost', async () => {
    server.fault = (asked) => (String(asked.body['statement']).startsWith('insert') ? 'after' : undefined)
    const outcomes = await adaptorOf().sink.write({ doc: bulk, connection: connectionTo(), run: aRun() }, submitted(3))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done'])
    expect(ids()).toEqual([0, 1, 2])
  })

  it('fails the record that was at hand where Snowflake stays busy, and goes on with the next one', async () => {
    let busy = 4
    const fault: SnowflakeServer['fault'] = (asked) => {
      if (!isStatement(asked) || busy === 0) return undefined
      busy -= 1
      // It is asked for again and again.
      setImmediate(() => (server.fault = fault))
      return { status: 429, body: { code: '390000', message: 'Too many requests.' } }
    }
    server.fault = fault
    const outcomes = await adaptorOf().sink.write({ doc: perRecord, connection: connectionTo(), run: aRun() }, submitted(2))
    expect(outcomes).toMatchObject([{ kind: 'failed', failures: [{ code: '390000' }] }, { kind: 'done' }])
    expect(ids()).toEqual([1])
  })
})

describe('a statement', () => {
  it('is given up at Snowflake where its run is canceled', async () => {
    server.looks = 1000
    const canceled = new AbortController()
    const doc = exportDoc({ adaptorType: 'RDBMSExport', rdbms: { query: 'select 1' } })
    const run = aRun({ signal: canceled.signal })
    const reading = collect(adaptorOf().source.pages({ doc, connection: connectionTo(), run }, undefined))
    setTimeout(() => canceled.abort(new Error('canceled')), 200)
    await expect(reading).rejects.toThrow('canceled')
    expect(server.canceled).toEqual([expect.stringMatching(/^handle-/) as string])
  })

  it('is given up where it takes longer than it may', async () => {
    server.looks = 1000
    const options = [{ name: 'queryTimeout', value: '300' }]
    const failure = await adaptorOf().connections.ping(connectionTo({ options }), aRun())
    expect([failure?.code, server.canceled.length > 0, server.asked[0]?.body['timeout']]).toEqual(['timeout', true, 1])
  })

  it('says where it runs, and in UTC whatever the account says', async () => {
    const options = [{ name: 'QUERY_TAG', value: 'sluice' }]
    const connection = connectionTo({ snowflake: { ...snowflake, schema: 'orders' }, options })
    expect(await adaptorOf().connections.ping(connection, aRun())).toBeUndefined()
    expect(server.asked[0]?.body).toMatchObject({
      database: 'shop',
      schema: 'orders',
      warehouse: 'small',
      role: 'writer',
      parameters: { QUERY_TAG: 'sluice', timezone: 'UTC', binary_output_format: 'HEX' },
    })
    expect(hosts.at(-1)).toBe('org-account-1.snowflakecomputing.com')
  })
})

describe('a connection', () => {
  const pinged = (more: object, run = aRun()) => adaptorOf().connections.ping(connectionTo(more), run)

  it('proves itself by a key, by one that a passphrase opens, or by a programmatic access token', async () => {
    expect(await pinged({})).toBeUndefined()
    expect(
      await pinged({ host: 'https://ORG-ACCOUNT_1.snowflakecomputing.com/', key: pem.toString().replaceAll('\n', String.raw`\n`) }),
    ).toBeUndefined()
    expect(await pinged({ host: 'ORG-ACCOUNT_1.eu-central-1', key: sealedPem, passphrase: phrase })).toBeUndefined()
    expect(await pinged({ key: null, password: 'a-programmatic-token', snowflake: { authType: 'basic' } })).toBeUndefined()
    const types = server.asked.map(({ headers }) => headers['x-snowflake-authorization-token-type'])
    expect(types).toEqual(['KEYPAIR_JWT', 'KEYPAIR_JWT', 'KEYPAIR_JWT', 'PROGRAMMATIC_ACCESS_TOKEN'])
  })

  it('whose key or token is another one says so, and is told to the run', async () => {
    const refused: unknown[] = []
    const run = aRun({ refused: ({ name }: { name: string }) => refused.push(name) })
    const expected = { source: 'connection', code: '390144', message: 'JWT token is invalid.' }
    expect(await pinged({ key: otherPem }, run)).toEqual(expected)
    expect(await pinged({ password: 'another', snowflake: { authType: 'basic' } }, run)).toEqual(expected)
    expect(refused).toEqual(['a connection', 'a connection'])
  })

  it.each([
    ['a key that is none', { key: 'a-key-that-is-long' }, 'private_key_invalid'],
    ['a key that its passphrase does not open', { key: sealedPem, passphrase: 'another' }, 'private_key_invalid'],
    ['no key', { key: null }, 'configuration_missing'],
    ['no token', { snowflake: { authType: 'basic' } }, 'configuration_missing'],
    ['no database', { database: null }, 'configuration_missing'],
    ['no encryption', { options: [{ name: 'sslmode', value: 'disable' }] }, 'invalid_option'],
    ['another time zone', { options: [{ name: 'TIMEZONE', value: 'Europe/Berlin' }] }, 'invalid_option'],
  ])('with %s is not ready', async (_name, more, code) => {
    expect(await failureOf(() => adaptorOf().connections.ready(connectionTo(more), aRun()))).toMatchObject({ source: 'connection', code })
  })

  it('goes through the guard of addresses', async () => {
    const { send, close } = createHttpClient({ privateNetwork: 'refuse' })
    expect(await adaptorOf({ send }).connections.ping(connectionTo(), aRun())).toMatchObject({
      source: 'connection',
      code: 'address_refused',
    })
    await close()
  })

  it('is told to be shown on its protocol alone', () => {
    expect(adaptorOf().connections.advise?.(connectionTo())).toMatchObject([
      { field: 'rdbms.type', message: expect.stringContaining('not run against a real server') as string },
    ])
    expect(adaptorOf().connections.advise?.(connectionOf({ type: 'mysql' }))).toEqual([])
  })
})
