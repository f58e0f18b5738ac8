/** Flows between databases, made over the API and carried out by workers: rows from one into the other, what fails and is sent again, workers that are killed. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { make, runToEnd, startRun, ended, until } from '../harness/flows.ts'
import { listOutsideDatabases, type OutsideDatabase } from '../harness/outside-databases.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'
import { emptied } from './adaptors/database-stage.ts'

const databases: OutsideDatabase[] = []
let source: OutsideDatabase
let target: OutsideDatabase
beforeAll(async () => {
  databases.push(...(await Promise.all(listOutsideDatabases().map(([, start]) => start()))))
  source = databases[0] as OutsideDatabase
  target = databases.at(-1) as OutsideDatabase
})
afterAll(() => Promise.all(databases.map((database) => database.stop())))
beforeEach(async () => {
  await Promise.all(databases.map((database) => emptied(database)))
  await source.ask(
    'create table orders (id int primary key, total numeric(12,2), customer varchar(50), at timestamp, done int default 0)',
    "insert into orders (id, total, customer, at) select n, n * 1.5, 'customer ' || n, '2026-01-01 00:00:00' from generate_series(1, 500) as n",
  )
  await target.ask('create table invoices (number int primary key, amount numeric(12,2), customer varchar(20) not null)')
})

const connect = async (api: Api, { kind, host, port, database, user, password }: OutsideDatabase, more: object = {}): Promise<string> =>
  (await make(api, 'connections', { name: kind, type: 'rdbms', rdbms: { type: kind, host, port, database, user, password, ...more } }))
    ._id as string

const mappings = [
  ['number', 'id', 'number'],
  ['amount', 'total', 'number'],
  ['customer', 'customer', 'string'],
].map(([generate, extract, dataType]) => ({ generate, dataType, extract: `$.${extract}`, sourceDataType: dataType, status: 'Active' }))

async function flowOf(
  api: Api,
  exported: object,
  imported: object,
  to: object = {},
): Promise<{ flowId: string; importId: string; toId: string }> {
  const toId = await connect(api, target, to)
  const _exportId = (
    await make(api, 'exports', { name: 'orders', adaptorType: 'RDBMSExport', _connectionId: await connect(api, source), ...exported })
  )._id as string
  const importId = (
    await make(api, 'imports', { name: 'invoices', adaptorType: 'RDBMSImport', _connectionId: toId, mappings, ...imported })
  )._id as string
  const flow = { name: 'flow', pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId: importId }] }
  return { flowId: (await make(api, 'flows', flow))._id as string, importId, toId }
}

const orders = { pageSize: 50, rdbms: { query: 'select id, total, customer from orders order by id' } }
const rows = { rdbms: { queryType: ['bulk_load'], bulkLoad: { tableName: 'invoices', primaryKeys: ['number'] } } }
const invoices = async (): Promise<number[]> =>
  (await target.ask('select number from invoices order by number')).map(({ number }) => Number(number))
const all = Array.from({ length: 500 }, (_, i) => i + 1)

describe('a flow from one database into another', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ worker: true })
  })
  afterAll(() => api.close())

  it('brings every row over, and saves without a warning', async () => {
    const { flowId } = await flowOf(api, orders, rows)
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numSuccess: 500, numError: 0 })
    expect(await invoices()).toEqual(all)
    expect(Number((await target.ask('select sum(amount) as s from invoices'))[0]?.['s'])).toBe(187_875)
  })

  it('keeps a row that is refused with the words of the database, and sends it again once it was mended', async () => {
    await source.ask("update orders set customer = 'a customer with a name that is too long' where id in (7, 77)")
    const { flowId, importId } = await flowOf(api, orders, rows)
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numSuccess: 498, numError: 2 })
    const { body } = await api.call('GET', `/v1/flows/${flowId}/${importId}/errors`)
    expect(body.errors).toHaveLength(2)
    expect(body.errors[0]).toMatchObject({
      source: 'application',
      classification: 'too_large',
      message: expect.stringMatching(/too long/i),
    })
    const { retryDataKey, reqAndResKey } = body.errors[0]
    const { body: request } = await api.call('GET', `/v1/flows/${flowId}/${importId}/requests/${reqAndResKey}`)
    expect(request.request).toMatchObject({ method: 'SQL' })
    expect(JSON.stringify(request)).not.toContain(target.password)
    const { body: kept } = await api.call('GET', `/v1/flows/${flowId}/${importId}/${retryDataKey}/data`)
    await api.call('PUT', `/v1/flows/${flowId}/${importId}/${retryDataKey}/data`, { ...kept, data: { ...kept.data, customer: 'short' } })
    const retried = await api.call('POST', `/v1/flows/${flowId}/${importId}/retry`, { retryDataKeys: [retryDataKey] })
    expect(await ended(api, retried.body._jobId)).toMatchObject({ status: 'completed', numSuccess: 1 })
    expect((await target.ask("select number from invoices where customer = 'short'")).length).toBe(1)
  })

  it('takes a connection offline whose password is no longer accepted, and says so', async () => {
    const { flowId, toId } = await flowOf(api, orders, rows, { password: 'not-the-password' })
    expect(await runToEnd(api, flowId)).toMatchObject({ numError: 500, numSuccess: 0 })
    expect((await api.call('GET', `/v1/connections/${toId}`)).body).toMatchObject({ offline: true })
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'failed', errorMessage: expect.stringContaining('offline') })
  })

  it('marks what it exported, so that the next run finds nothing', async () => {
    const once = {
      type: 'once',
      pageSize: 50,
      rdbms: {
        query: 'select id, total, customer from orders where done = 0',
        once: { query: 'update orders set done = 1 where id = {{record.id}}' },
      },
    }
    const { flowId } = await flowOf(api, once, rows)
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numSuccess: 500 })
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numSuccess: 0 })
  })

  it('looks up rows in the middle, and answers what an export on request finds', async () => {
    const lookup = await make(api, 'exports', {
      name: 'customer',
      adaptorType: 'RDBMSExport',
      isLookup: true,
      _connectionId: await connect(api, source),
      rdbms: { query: 'select upper(customer) as customer from orders where id = {{record.id}}' },
    })
    const { flowId, importId } = await flowOf(api, { ...orders, rdbms: { query: 'select id, total from orders order by id' } }, rows)
    const { body: flow } = await api.call('GET', `/v1/flows/${flowId}`)
    const responseMapping = { fields: [{ extract: 'data[0].customer', generate: 'customer' }] }
    const pageProcessors = [
      { type: 'export', _exportId: lookup._id, responseMapping },
      { type: 'import', _importId: importId },
    ]
    await api.call('PUT', `/v1/flows/${flowId}`, { ...flow, pageProcessors })
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numError: 0 })
    expect(await target.ask('select customer from invoices where number = 9')).toEqual([{ customer: 'CUSTOMER 9' }])
  })
})

it('loses no row where workers are killed in the middle: those in flight may be written twice, by their keys once', async () => {
  const api = await startApi()
  try {
    const { flowId } = await flowOf(api, { ...orders, pageSize: 5 }, { rdbms: { queryType: ['per_record'], query: [insertSlowly()] } })
    const jobId = await startRun(api, flowId)
    for (const least of [60, 250]) {
      const worker = await startWorkerProcess(api.config)
      await until(async () => ((await invoices()).length >= least ? true : undefined), 60_000)
      worker.kill('SIGKILL')
      await worker.exit
    }
    const last = await startWorkerProcess(api.config)
    const job = await ended(api, jobId, 90_000)
    last.kill('SIGTERM')
    await last.exit
    expect(job).toMatchObject({ status: 'completed', numError: 0 })
    expect(await invoices()).toEqual(all)
  } finally {
    await api.close()
  }
})

/** Known rows are updated, so that what comes twice does no harm. */
const insertSlowly = (): string =>
  target.kind === 'mariadb'
    ? 'insert into invoices (number, amount, customer) values ({{record.number}}, {{record.amount}}, if(sleep(0.002) = 0, {{record.customer}}, null)) on duplicate key update amount = values(amount)'
    : 'insert into invoices (number, amount, customer) select {{record.number}}, {{record.amount}}, {{record.customer}} from pg_sleep(0.002) on conflict (number) do update set amount = excluded.amount'
