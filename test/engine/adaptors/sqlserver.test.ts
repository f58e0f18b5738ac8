/** SQL Server over its protocol: the cases of test/cases/sqlserver, sessions that are lost, deadlocks, logins that are refused or sent on, encryption, bounds of time. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import Module from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FlowRecord, Page } from '../../../src/engine/adaptor.ts'
import { startTdsServer, TdsError, tdsLogin, type TdsServer } from '../../harness/tds-server.ts'
import type { TdsAnswer } from '../../harness/tds-tokens.ts'
import { failureOf, runExportCase, runImportCase, type ExportCase, type ImportCase } from './database-cases.ts'
import { adaptorOf } from './database-stage.ts'
import { aRun, casesIn, exportDoc, importDoc } from './stage.ts'
import { connectionOf } from './warehouse-stage.ts'

interface Case {
  readonly before?: readonly string[]
  readonly after?: string
  readonly rows?: readonly object[]
  /** Instead of what SQLite answers. */
  readonly answer?: TdsAnswer
  readonly sent?: readonly object[]
  /** A statement that was sent. */
  readonly says?: string
}

let server: TdsServer
let other: TdsServer
const folder = mkdtempSync(join(tmpdir(), 'sluice-tds-'))
beforeAll(async () => {
  ;[server, other] = await Promise.all([startTdsServer(), startTdsServer()])
})
afterAll(async () => {
  await Promise.all([server.stop(), other.stop()])
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  server.clear()
  other.clear()
})

const connectionTo = (more: object = {}) =>
  connectionOf({ type: 'mssql', host: '127.0.0.1', port: server.port, database: 'shop', ...tdsLogin, ...more })

function begin({ before = [], answer }: Case): void {
  for (const statement of before) server.sql.ask(statement)
  if (answer) server.fault = (text) => (text.startsWith('select') ? answer : undefined)
}

function end({ after, rows, sent, says }: Case): void {
  if (sent) expect(server.asked).toEqual(sent)
  if (says !== undefined) expect(server.asked.map(({ text }) => text)).toContain(says)
  if (after !== undefined) expect(JSON.parse(JSON.stringify(server.sql.ask(after)))).toEqual(rows)
}

async function checkExport(one: Case & ExportCase): Promise<void> {
  begin(one)
  await runExportCase({ connection: connectionTo(one.connection), adaptor: adaptorOf() }, one)
  end(one)
}
it.each(casesIn<Case & ExportCase>('sqlserver/export'))('export: $name', async (one) => {
  await expect(checkExport(one)).resolves.toBeUndefined()
})

it('without its package a step says which command installs it, and nothing is asked', async () => {
  const resolver = Module as unknown as { _resolveFilename: (name: string, ...more: unknown[]) => string }
  const { _resolveFilename: resolve } = resolver
  resolver._resolveFilename = (name, ...more) => {
    if (name === 'tedious') throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })
    return resolve(name, ...more)
  }
  try {
    const step = { doc: exportDoc({ adaptorType: 'RDBMSExport', rdbms: { query: 'select 1' } }), connection: connectionTo(), run: aRun() }
    expect(await failureOf(async () => adaptorOf().source.ready(step))).toMatchObject({
      source: 'connection',
      code: 'package_missing',
      message:
        'SQL Server needs the package tedious, which this server does not have. Run "npm install tedious@20" in its folder, and start it again.',
    })
    expect(server.asked).toEqual([])
  } finally {
    resolver._resolveFilename = resolve
  }
})

async function checkImport(one: Case & ImportCase): Promise<void> {
  begin(one)
  await runImportCase({ connection: connectionTo(one.connection), adaptor: adaptorOf() }, one)
  end(one)
}
it.each(casesIn<Case & ImportCase>('sqlserver/import'))('import: $name', async (one) => {
  await expect(checkImport(one)).resolves.toBeUndefined()
})

const people = 'create table people (id int primary key, name text) strict'
const many = (rows: number): void => {
  server.sql.ask(
    people,
    `with recursive c(i) as (select 1 union all select i + 1 from c where i < ${rows}) insert into people select i, printf('%.*c', 150, 'x') from c`,
  )
}
const perRecord = importDoc({
  adaptorType: 'RDBMSImport',
  rdbms: { queryType: ['per_record'], query: ['insert into people (id) values ({{record.id}})'] },
})
const exporting = (query: string, fields: object = {}) => exportDoc({ adaptorType: 'RDBMSExport', rdbms: { query }, ...fields })
const submitted = (count: number) => Array.from({ length: count }, (_, id) => ({ record: { id }, mapped: { id } }))
const ids = (): unknown[] => server.sql.ask('select id from people order by id').map(({ id }) => id)
const kindsOf = (outcomes: readonly { readonly kind: string }[]): string[] => outcomes.map(({ kind }) => kind)

describe('an export', () => {
  const read = async (pages: AsyncIterable<Page>): Promise<FlowRecord[]> => {
    const found: FlowRecord[] = []
    for await (const { records } of pages) found.push(...records)
    return found
  }

  it('reads a result as it comes, and no faster than its flow', async () => {
    many(20_000)
    const step = { doc: exporting('select * from people order by id', { pageSize: 100 }), connection: connectionTo(), run: aRun() }
    let pages = 0
    for await (const { records } of adaptorOf().source.pages(step, undefined)) {
      expect(records).toHaveLength(100)
      pages += 1
    }
    expect(pages).toBe(200)
  })

  it('goes on where its session is cut, without leaving a row out or giving one twice', async () => {
    many(3000)
    const step = { doc: exporting('select id from people order by id', { pageSize: 500 }), connection: connectionTo(), run: aRun() }
    server.fault = (text) => (text.startsWith('select id') ? 'before' : undefined)
    const found = await read(adaptorOf().source.pages(step, undefined))
    expect(found.map((row) => (row as { id: number }).id)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1))
  })

  it('is given up at once where its run is canceled while the database is at work', async () => {
    server.fault = () => 'silence'
    const canceled = new AbortController()
    const step = { doc: exporting('select 1 as n'), connection: connectionTo(), run: aRun({ signal: canceled.signal }) }
    setTimeout(() => canceled.abort(new Error('canceled')), 200)
    await expect(read(adaptorOf().source.pages(step, undefined))).rejects.toThrow('canceled')
  })
})

describe('an import', () => {
  beforeEach(() => void server.sql.ask(people))

  it.each(['before', 'after'] as const)('writes a page again whose session is cut %s a statement, and each record once', async (when) => {
    server.fault = (text) => (text.startsWith('insert') ? when : undefined)
    const outcomes = await adaptorOf().sink.write({ doc: perRecord, connection: connectionTo(), run: aRun() }, submitted(5))
    expect(kindsOf(outcomes)).toEqual(['done', 'done', 'done', 'done', 'done'])
    expect(ids()).toEqual([0, 1, 2, 3, 4])
  })

  it('goes through a deadlock', async () => {
    let count = 0
    server.fault = (text) =>
      text.startsWith('insert') && ++count === 3
        ? new TdsError(1205, 'Transaction was deadlocked and has been chosen as the deadlock victim. Rerun the transaction.', {
            severity: 13,
            endsTransaction: true,
          })
        : undefined
    const outcomes = await adaptorOf().sink.write({ doc: perRecord, connection: connectionTo(), run: aRun() }, submitted(5))
    expect([kindsOf(outcomes), ids()]).toEqual([
      ['done', 'done', 'done', 'done', 'done'],
      [0, 1, 2, 3, 4],
    ])
  })

  it('fails its records where SQL Server does not answer in time', async () => {
    server.fault = (text) => (text.startsWith('insert') ? 'silence' : undefined)
    const options = [{ name: 'queryTimeout', value: '300' }]
    const doc = { ...perRecord, maxAttempts: 1 }
    const outcomes = await adaptorOf().sink.write({ doc, connection: connectionTo({ options }), run: aRun() }, submitted(1))
    expect(outcomes).toMatchObject([{ kind: 'failed', failures: [{ source: 'connection', code: 'timeout' }] }])
    expect(ids()).toEqual([])
  })

  it('writes a page again whose session SQL Server ends with an error', async () => {
    server.fault = (text) =>
      text.startsWith('insert')
        ? new TdsError(596, 'Cannot continue the execution because the session is in the kill state.', {
            severity: 21,
            endsTransaction: true,
          })
        : undefined
    const adaptor = adaptorOf()
    const step = { doc: perRecord, connection: connectionTo(), run: aRun() }
    expect([kindsOf(await adaptor.sink.write(step, submitted(2))), ids(), server.logins.length]).toEqual([['done', 'done'], [0, 1], 2])
  })

  it('gives its session to the next page, and one that was changed to nobody', async () => {
    const adaptor = adaptorOf()
    const step = { doc: perRecord, connection: connectionTo(), run: aRun() }
    await adaptor.sink.write(step, submitted(1))
    await adaptor.sink.write(step, [{ record: { id: 7 }, mapped: { id: 7 } }])
    expect(server.logins).toHaveLength(1)
    const setting = importDoc({
      adaptorType: 'RDBMSImport',
      rdbms: { queryType: ['per_page'], query: ["exec sp_set_session_context 'a', 1"] },
    })
    await adaptor.sink.write({ ...step, doc: setting }, submitted(1))
    await adaptor.sink.write(step, [{ record: { id: 8 }, mapped: { id: 8 } }])
    expect(server.logins).toHaveLength(2)
  })
})

describe('a connection', () => {
  const pinged = (more: object = {}, run = aRun(), ports: object = {}) => adaptorOf(ports).connections.ping(connectionTo(more), run)

  it('answers a ping by whether the database lets it in', async () => {
    expect(adaptorOf().connections.hasPing(connectionTo())).toBe(true)
    expect(await pinged()).toBeUndefined()
    expect(server.logins).toEqual([{ user: 'owner', database: 'shop', isEncrypted: false, version: '74000004' }])
    expect(await pinged({ version: 'SQL Server 2008 R2' })).toBeUndefined()
    expect(server.logins.at(-1)?.version).toBe('730b0003')
    expect(await pinged({ database: 'nowhere' })).toMatchObject({ source: 'connection', code: '4060' })
    expect(await pinged({ port: 1 })).toMatchObject({ source: 'connection', code: 'connection_refused' })
  })

  it('whose password is wrong says so, and is told to the run', async () => {
    const refused: unknown[] = []
    const run = aRun({ refused: ({ name }: { name: string }) => refused.push(name) })
    expect(await pinged({ password: 'another' }, run)).toEqual({
      source: 'connection',
      code: '18456',
      message: "Login failed for user 'owner'.",
    })
    expect(refused).toEqual(['a connection'])
  })

  it('is refused an address on a private network, also where a server sends it on to one', async () => {
    expect(await pinged({}, aRun(), { privateNetwork: 'refuse' })).toMatchObject({ code: 'address_refused' })
    server.route = { host: '169.254.169.254', port: 1433 }
    expect(await pinged()).toMatchObject({ source: 'connection', code: 'address_refused' })
    expect(other.logins).toEqual([])
  })

  it('goes on to where a server sends it, and not in a ring', async () => {
    server.route = { host: '127.0.0.1', port: other.port }
    expect(await pinged()).toBeUndefined()
    expect(other.asked.map(({ text }) => text)).toEqual(['select 1'])
    other.route = { host: '127.0.0.1', port: server.port }
    expect(await pinged({ options: [{ name: 'lock_timeout', value: '5' }] })).toMatchObject({ source: 'connection' })
  })

  it('is encrypted where the server can, verified where it names an authority', async () => {
    const at = (name: string): string => join(folder, name)
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '1',
        '-keyout',
        at('key'),
        '-out',
        at('cert'),
        '-subj',
        '/CN=localhost',
        ...names,
      ],
      { stdio: 'ignore' },
    )
    const cert = readFileSync(at('cert'), 'utf8')
    server.tls = { cert, key: readFileSync(at('key'), 'utf8') }
    const mode = (value: string): object => ({ options: [{ name: 'sslmode', value }] })
    expect(await pinged()).toBeUndefined()
    expect(server.logins.at(-1)).toMatchObject({ isEncrypted: true })
    expect(await pinged(mode('verify-full'))).toMatchObject({ code: 'tls_failed' })
    expect(await pinged({ ssl: { ca: cert } })).toBeUndefined()
    expect(await pinged(mode('disable'))).toBeUndefined()
    expect(server.logins.at(-1)).toMatchObject({ isEncrypted: false })
    server.tls = undefined
    expect(await pinged(mode('require'))).toMatchObject({ source: 'connection', code: 'tls_missing' })
  })

  it.each([
    ['an instance and no port', { instanceName: 'one', port: null }, 'configuration_missing'],
    ['a setting that is no word', { options: [{ name: 'lock_timeout', value: '1; drop table people' }] }, 'invalid_option'],
    ['no database', { database: null }, 'configuration_missing'],
  ])('with %s is not ready', async (_name, more, code) => {
    expect(await failureOf(() => adaptorOf().connections.ready(connectionTo(more), aRun()))).toMatchObject({ source: 'connection', code })
  })

  it('is told to be shown on its protocol alone', () => {
    for (const type of ['mssql', 'azuresynapse'])
      expect(adaptorOf().connections.advise?.(connectionTo({ type }))).toMatchObject([{ field: 'rdbms.type' }])
  })
})
