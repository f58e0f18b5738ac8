/** BigQuery over its REST interface: the cases of test/cases/bigquery, tokens that are exchanged and renewed, answers that are lost, statements that are given up. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import { startBigQueryServer, type BigQueryServer } from '../../harness/bigquery-server.ts'
import { failureOf, runExportCase, runImportCase, type ExportCase, type ImportCase } from './database-cases.ts'
import { adaptorOf as databaseAdaptor } from './database-stage.ts'
import { aRun, casesIn, collect, exportDoc, importDoc } from './stage.ts'
import { answerOnce, checkLeft, connectionOf, otherPem, pem, prepare, publicKey, type WarehouseCase } from './warehouse-stage.ts'

const account = 'flows@a-project.iam.gserviceaccount.com'
let server: BigQueryServer
beforeAll(async () => {
  server = await startBigQueryServer(publicKey, account, 'a-project')
})
afterAll(() => server.stop())
beforeEach(() => server.clear())

const adaptorOf = (more: object = {}) => databaseAdaptor({ originOf: () => server.origin, ...more })
const bigquery = { projectId: 'a-project', dataset: 'shop', clientEmail: account, privateKey: pem }
const connectionTo = (more: object = {}, own: object = {}) => connectionOf({ type: 'bigquery', bigquery: { ...bigquery, ...own }, ...more })

const asked = () => server.asked.filter(({ url, method }) => method === 'POST' && url.pathname.endsWith('/queries'))
const statements = (): { statement: string; values: unknown[] }[] =>
  asked().map(({ body }) => ({ statement: String(body['query']), values: (body['queryParameters'] ?? []) as unknown[] }))

type Case = WarehouseCase & { readonly answerSize?: number; readonly settings?: object }

function begin(one: Case): void {
  prepare(one, server)
  server.pageSize = one.answerSize ?? 100
  if (one.answer) answerOnce(server, (path) => path.endsWith('/queries'), { ...one.answer, jobComplete: true })
}

function end(one: Case): void {
  checkLeft(one, server.sql, statements())
  if (one.settings) expect(asked()[0]?.body).toMatchObject(one.settings)
}

async function checkExport(one: Case & ExportCase): Promise<void> {
  begin(one)
  await runExportCase({ connection: connectionTo(one.connection), adaptor: adaptorOf() }, one)
  end(one)
}
it.each(casesIn<Case & ExportCase>('bigquery/export'))('export: $name', async (one) => {
  await expect(checkExport(one)).resolves.toBeUndefined()
})

async function checkImport(one: Case & ImportCase): Promise<void> {
  begin(one)
  await runImportCase({ connection: connectionTo(one.connection), adaptor: adaptorOf() }, one)
  end(one)
}
it.each(casesIn<Case & ImportCase>('bigquery/import'))('import: $name', async (one) => {
  await expect(checkImport(one)).resolves.toBeUndefined()
})

const perRecord = importDoc({
  adaptorType: 'RDBMSImport',
  rdbms: { queryType: ['per_record'], query: ['insert into people values ({{record.id}})'] },
})
const submitted = (count: number) => Array.from({ length: count }, (_, id) => ({ record: { id }, mapped: { id } }))
const ids = (): unknown[] => server.sql.ask('select id from people order by id').map(({ id }) => id)

describe('an import', () => {
  beforeEach(() => server.sql.ask('create table people (id int64)'))

  it.each(['before', 'after'] as const)('writes each record once where the connection is cut %s an answer', async (when) => {
    server.fault = ({ body }) => (JSON.stringify(body['queryParameters'] ?? '').includes('"1"') ? when : undefined)
    const outcomes = await adaptorOf().sink.write({ doc: perRecord, connection: connectionTo(), run: aRun() }, submitted(3))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done'])
    expect(ids()).toEqual([0, 1, 2])
  })

  it('sends a statement again where BigQuery is busy, and not where a quota is used up', async () => {
    const busy = (reason: string) => ({ status: 403, body: { error: { message: 'no', errors: [{ reason }] } } })
    const write = () => adaptorOf().sink.write({ doc: perRecord, connection: connectionTo(), run: aRun() }, submitted(1))
    server.fault = ({ url }) => (url.pathname.endsWith('/queries') ? busy('rateLimitExceeded') : undefined)
    expect(await write()).toMatchObject([{ kind: 'done' }])
    server.fault = ({ url }) => (url.pathname.endsWith('/queries') ? busy('quotaExceeded') : undefined)
    expect(await write()).toMatchObject([{ kind: 'failed', failures: [{ source: 'application', code: 'quotaExceeded' }] }])
  })
})

describe('a statement', () => {
  it('is given up at BigQuery where its run is canceled', async () => {
    server.looks = 1000
    const canceled = new AbortController()
    const doc = exportDoc({ adaptorType: 'RDBMSExport', rdbms: { query: 'select 1' } })
    const run = aRun({ signal: canceled.signal })
    const reading = collect(adaptorOf().source.pages({ doc, connection: connectionTo(), run }, undefined))
    setTimeout(() => canceled.abort(new Error('canceled')), 200)
    await expect(reading).rejects.toThrow('canceled')
    expect(server.canceled).toEqual([expect.stringMatching(/^job-/) as string])
  })

  it('asks where its job lies', async () => {
    server.looks = 1
    expect(await adaptorOf().connections.ping(connectionTo(), aRun())).toBeUndefined()
    expect(server.asked.at(-1)?.url.searchParams.get('location')).toBe('EU')
  })
})

describe('a connection', () => {
  const pinged = (own: object = {}, run = aRun()) => adaptorOf().connections.ping(connectionTo({}, own), run)

  it('exchanges a signed token for one that is used until it is not taken any more', async () => {
    expect(await pinged()).toBeUndefined()
    const before = server.tokens.length
    expect(await pinged()).toBeUndefined()
    expect(server.tokens.length).toBe(before)
    server.tokens.splice(0)
    expect(await pinged()).toBeUndefined()
    expect(server.tokens).toHaveLength(1)
  })

  it('whose key is another one says so, and is told to the run', async () => {
    const refused: unknown[] = []
    const run = aRun({ refused: ({ name }: { name: string }) => refused.push(name) })
    expect(await pinged({ privateKey: otherPem }, run)).toEqual({
      source: 'connection',
      code: 'invalid_grant',
      message: 'Invalid JWT Signature.',
    })
    expect(refused).toEqual(['a connection'])
  })

  it('to a project that it may not ask fails with what BigQuery says', async () => {
    expect(await pinged({ projectId: 'another' })).toMatchObject({ code: 'accessDenied' })
  })

  it.each([
    ['a key that is none', { privateKey: 'a-key-that-is-long' }, 'private_key_invalid'],
    ['no project', { projectId: '' }, 'configuration_missing'],
  ])('with %s is not ready', async (_name, own, code) => {
    expect(await failureOf(() => adaptorOf().connections.ready(connectionTo({}, own), aRun()))).toMatchObject({
      source: 'connection',
      code,
    })
  })

  it('goes through the guard of addresses', async () => {
    const { send, close } = createHttpClient({ privateNetwork: 'refuse' })
    const other = connectionTo({ options: [{ name: 'location', value: 'US' }] })
    expect(await adaptorOf({ send }).connections.ping(other, aRun())).toMatchObject({ source: 'connection', code: 'address_refused' })
    await close()
  })

  it('is told to be shown on its protocol alone', () => {
    expect(adaptorOf().connections.advise?.(connectionTo())).toMatchObject([{ field: 'rdbms.type' }])
  })
})
