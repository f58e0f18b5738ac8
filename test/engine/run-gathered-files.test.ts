/** Imports of files that gather the records of a run: one file when the last page is through, each record in it once, whatever became of the workers. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, errorsOf, make, makeFlow, numbered, runToEnd, startRun, stepJobs, until } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

let root: string
let api: Api
let application: Application
/** What the application has; a test may say otherwise. */
const orders: object[] = []
const has = (...records: readonly object[]): void => void orders.splice(0, orders.length, ...records)

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  application = await startApplication({ sources: { orders } })
  api = await startApi({ worker: true, files: root })
  await runToEnd(api, (await toFiles()).flow._id)
})
afterAll(async () => {
  await application.close()
  await api.close()
  rmSync(root, { recursive: true })
})
let tests = 0
beforeEach(() => {
  tests += 1
  has(...numbered(50))
  application.ledger.length = 0
  application.before = () => undefined
})

/** Where the flows of a test write. */
const out = (): string => `out${tests}`
/** Of the environment that the flows are in. */
const folder = (name = out()): string => join(root, readdirSync(root)[0] ?? 'none', name)
const written = (): string[] => (existsSync(folder()) ? readdirSync(folder()).toSorted() : [])
const textOf = (name: string): string => readFileSync(join(folder(), name), 'utf8')
const idsIn = (text: string): number[] => (JSON.parse(text) as { id: number }[]).map(({ id }) => id)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

interface Made {
  readonly flow: Awaited<ReturnType<typeof makeFlow>>
  readonly _importId: string
}

/** From the application into files, and to the application what became of each record. */
async function toFiles(says: { file?: object; [field: string]: unknown } = {}, layout: Parameters<typeof makeFlow>[2] = {}): Promise<Made> {
  const _connectionId = (await make(api, 'connections', { name: 'files', type: 'filesystem', filesystem: {} }))._id as string
  const { file, ...fields } = says
  const sink = {
    name: 'files',
    adaptorType: 'FileSystemImport',
    _connectionId,
    filesystem: { directoryPath: out() },
    file: { type: 'json', fileName: 'orders.json', ...file },
    ...fields,
  }
  const _importId = (await make(api, 'imports', sink))._id as string
  const flow = await makeFlow(api, application, { exports: { orders: { pageSize: 7 } }, ...layout })
  const { body } = await api.call('GET', `/v1/flows/${flow._id}`)
  const responseMapping = {
    fields: [
      { extract: '_json.fileName', generate: 'file' },
      { extract: '_json.directoryPath', generate: 'folder' },
    ],
  }
  const [sent] = body.pageProcessors
  const pageProcessors = [{ type: 'import', _importId, responseMapping }, sent]
  await api.call('PUT', `/v1/flows/${flow._id}`, { ...body, pageProcessors })
  return { flow: { ...flow, ids: { ...flow.ids, files: _importId } }, _importId }
}

const kept = async (table: string): Promise<number> =>
  (await api.database.pool.query(`select count(*) from sluice.${table}`)).rows[0].count as number
const openErrors = async ({ flow }: Made) => errorsOf(api, flow, 'files')
const retry = async ({ flow, _importId }: Made, retryDataKeys: string[]): Promise<string> =>
  (await api.call('POST', `/v1/flows/${flow._id}/${_importId}/retry`, { retryDataKeys })).body._jobId as string

it('the records of all pages are one file, whose path and name later steps see, and nothing of it is kept', async () => {
  const made = await toFiles({ file: { fileName: 'orders-{{record.id}}.json' } })
  const job = await runToEnd(api, made.flow._id)
  expect(job).toMatchObject({ status: 'completed', numExport: 50, numError: 0 })
  expect(written()).toEqual(['orders-1.json'])
  expect(idsIn(textOf('orders-1.json'))).toEqual(upTo(50))
  expect(application.ledger.map(({ body }) => [body.file, body.folder])).toEqual(upTo(50).map(() => ['orders-1.json', out()]))
  expect((await stepJobs(api, made.flow, job._id))['files']).toMatchObject({ numSuccess: 50, numError: 0 })
  await until(async () => ((await kept('blob_parts')) + (await kept('blobs')) + (await kept('gathered_files')) === 0 ? true : undefined))
})

it('there is no file before the last page is through, and none where there are no records', async () => {
  const made = await toFiles()
  let go = (): void => undefined
  const held = new Promise<undefined>((done) => (go = () => done(undefined)))
  application.before = (asked) => (asked.startsWith('POST /sink/') && application.ledger.length >= 40 ? held : undefined)
  const id = await startRun(api, made.flow._id)
  await until(() => (application.ledger.length >= 40 ? true : undefined))
  expect(written()).toEqual([])
  go()
  await ended(api, id)
  expect(written()).toEqual(['orders.json'])
  rmSync(folder(), { recursive: true })
  has()
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed' })
  expect(written()).toEqual([])
})

it('batchSize says how many records of the run are in a file, and a name that the run has already fails the records for it', async () => {
  const made = await toFiles({ file: { fileName: '{{record.id}}.json', batchSize: 20 } })
  await runToEnd(api, made.flow._id)
  expect(Object.fromEntries(written().map((name) => [name, idsIn(textOf(name)).length]))).toEqual({
    '1.json': 20,
    '21.json': 20,
    '41.json': 10,
  })
  const same = await toFiles({ file: { batchSize: 20 } })
  expect(await runToEnd(api, same.flow._id)).toMatchObject({ numError: 30 })
  expect(idsIn(textOf('orders.json'))).toEqual(upTo(20))
  expect((await openErrors(same)).map(({ code }) => code)).toEqual(Array.from({ length: 30 }, () => 'file_name_taken'))
})

it.each(['{"type":"all"}', '{}'])('aggregation %s is one file, and page or skipAggregation a file for each page', async (aggregation) => {
  const name = { fileName: '{{record.id}}.json' }
  await runToEnd(api, (await toFiles({ file: { ...name, aggregation: JSON.parse(aggregation) as object } })).flow._id)
  expect(written()).toEqual(['1.json'])
  await runToEnd(api, (await toFiles({ file: { ...name, skipAggregation: true } })).flow._id)
  expect(written()).toHaveLength(8)
})

it('a record that can never be written fails alone, and one that fails later is in the file all the same', async () => {
  has({ id: 1 }, { id: 2, text: '🎈' }, { id: 3 })
  const made = await toFiles({ file: { type: 'csv', fileName: 'a.csv', encoding: 'win1252' } })
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed', numError: 1 })
  expect(textOf('a.csv')).toBe('id\n1\n3\n')
  expect(await openErrors(made)).toMatchObject([{ code: 'character_unwritable' }])
})

it('columns that only later pages have are in the first row, and gzip packs the file', async () => {
  has(...numbered(9), { id: 10, late: 'x' })
  const made = await toFiles({ file: { type: 'csv', fileName: 'a.csv.gz', compressionFormat: 'gzip' } })
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed', numError: 0 })
  const { gunzipSync } = await import('node:zlib')
  const text = gunzipSync(readFileSync(join(folder(), 'a.csv.gz'))).toString()
  expect(text).toBe(
    `id,late\n${upTo(9)
      .map((id) => `${id},\n`)
      .join('')}10,x\n`,
  )
})

it('a template of the whole file sees the records of all pages', async () => {
  const body = '<all>{{#each data}}<id>{{id}}</id>{{/each}}</all>'
  const made = await toFiles({ file: { type: 'xml', fileName: 'a.xml', xml: { body } } })
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed', numError: 0 })
  expect(textOf('a.xml')).toBe(
    `<all>${upTo(50)
      .map((id) => `<id>${id}</id>`)
      .join('')}</all>`,
  )
})

it('postAggregate is told once, of the file of the run', async () => {
  const content = `function after({ postAggregateData: { success, _json } }) { throw new Error(JSON.stringify([success, _json])) }`
  const _scriptId = (await make(api, 'scripts', { name: 'Code', content }))._id as string
  const made = await toFiles({ hooks: { postAggregate: { _scriptId, function: 'after' } } })
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed', numError: 1 })
  const [error] = await openErrors(made)
  const fileSize = readFileSync(join(folder(), 'orders.json')).length
  expect(error).toMatchObject({
    source: 'post_aggregate_hook',
    message: expect.stringContaining(JSON.stringify([true, { fileName: 'orders.json', directoryPath: out(), fileSize, numRecords: 50 }])),
  })
})

describe('a file that cannot be written', () => {
  /** A file stands where the folder should. */
  const block = () => {
    writeFileSync(folder(), 'in the way')
  }

  it('is an error of its own, whose retry writes it with all its records, in a place that may be corrected', async () => {
    const made = await toFiles()
    block()
    expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed', numError: 1 })
    const [error] = await openErrors(made)
    expect(error).toMatchObject({ code: 'folder_missing', source: 'application', retryDataKey: expect.any(String) })
    const data = (await api.call('GET', `/v1/flows/${made.flow._id}/${made._importId}/${error.retryDataKey}/data`)).body
    expect(data).toMatchObject({ data: { fileName: 'orders.json', directoryPath: out(), numRecords: 50 }, stage: 'upload' })

    expect(await ended(api, await retry(made, [error.retryDataKey]))).toMatchObject({ status: 'completed', numError: 1 })
    const [again, ...others] = await openErrors(made)
    expect([again.code, others]).toEqual(['folder_missing', []])
    await api.call('PUT', `/v1/flows/${made.flow._id}/${made._importId}/${again.retryDataKey}/data`, {
      data: { fileName: 'later.json', directoryPath: 'elsewhere' },
    })
    const before = application.ledger.length
    expect(await ended(api, await retry(made, [again.retryDataKey]))).toMatchObject({ status: 'completed', numError: 0 })
    expect(idsIn(readFileSync(join(folder('elsewhere'), 'later.json'), 'utf8'))).toEqual(upTo(50))
    expect([await openErrors(made), application.ledger.length]).toEqual([[], before])
  })

  it('of which nothing is kept any more is not lost without a word', async () => {
    const made = await toFiles({ file: { fileName: 'a/b.json' } })
    // No file could have this name: that is told of its records.
    expect(await runToEnd(api, made.flow._id)).toMatchObject({ numError: 50 })
    const blocked = await toFiles()
    block()
    await runToEnd(api, blocked.flow._id)
    const [{ retryDataKey }] = await openErrors(blocked)
    await api.database.pool.query(`update sluice.blobs set expires_at = now()`)
    await until(async () => ((await kept('gathered_files')) === 0 ? true : undefined))
    expect(await ended(api, await retry(blocked, [retryDataKey]))).toMatchObject({ status: 'completed', numError: 1 })
    expect(await openErrors(blocked)).toMatchObject([{ code: 'file_gone' }])
  })
})

it('a run whose source fails writes what went through, and one that is canceled keeps it for a retry', async () => {
  const made = await toFiles(
    {},
    { exports: { orders: { pageSize: 5, http: { relativeURI: '/paged/orders', paging: { method: 'page' } } } } },
  )
  let pages = 0
  application.before = (asked) => {
    if (!asked.includes('/paged/orders')) return undefined
    pages += 1
    return Promise.resolve(pages > 2 ? ([403, {}] as const) : ([200, { records: numbered(5, { page: pages }) }] as const))
  }
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'failed', numExport: 10 })
  expect(idsIn(textOf('orders.json'))).toHaveLength(10)
  rmSync(folder(), { recursive: true })

  const canceled = await toFiles()
  let go = (): void => undefined
  const held = new Promise<undefined>((done) => (go = () => done(undefined)))
  const before = application.ledger.length
  application.before = (asked) => (asked.startsWith('POST /sink/') && application.ledger.length >= before + 10 ? held : undefined)
  const id = await startRun(api, canceled.flow._id)
  await until(() => (application.ledger.length >= before + 10 ? true : undefined))
  await api.call('PUT', `/v1/jobs/${id}/cancel`)
  expect(await ended(api, id)).toMatchObject({ status: 'canceled' })
  go()
  await until(async () => ((await api.database.pool.query(`select 1 from graphile_worker.jobs`)).rowCount === 0 ? true : undefined))
  await api.database.pool.query(`update sluice.jobs set ended_at = ended_at - interval '1 minute' where _id = $1`, [id])
  const error = await until(async () => (await openErrors(canceled))[0])
  expect([error.code, written()]).toEqual(['file_not_written', []])
  const told = (await api.call('GET', `/v1/flows/${canceled.flow._id}/${canceled._importId}/${error.retryDataKey}/data`)).body
  expect(await ended(api, await retry(canceled, [error.retryDataKey]))).toMatchObject({ status: 'completed', numError: 0 })
  expect(idsIn(textOf('orders.json'))).toEqual(upTo(told.data.numRecords as number))
})

it('a worker that is killed leaves what its committed pages brought; the next one goes on, and each record is in the file once', async () => {
  const shared = { api, root }
  root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  api = await startApi({ files: root })
  onTestFinished(async () => {
    await api.close()
    rmSync(root, { recursive: true })
    api = shared.api
    root = shared.root
  })
  has(...numbered(400))
  const made = await toFiles({}, { exports: { orders: {} } })
  application.before = () => new Promise((done) => setTimeout(() => done(undefined), 10))
  const doomed = await startWorkerProcess(api.config, { SLUICE_FILES: root })
  const id = await startRun(api, made.flow._id)
  await until(async () => ((await kept('blob_parts')) >= 2 ? true : undefined), 60_000)
  doomed.kill('SIGKILL')
  await doomed.exit
  expect([written(), (await kept('gathered_files')) > 0]).toEqual([[], true])
  application.before = () => undefined
  await startWorkerProcess(api.config, { SLUICE_FILES: root })
  expect(await ended(api, id, 60_000)).toMatchObject({ status: 'completed', numExport: 400, numError: 0 })
  expect(idsIn(textOf('orders.json'))).toEqual(upTo(400))
}, 120_000)

it('append writes each run at the end of the file of the run before, also in files of batchSize', async () => {
  has(...numbered(3))
  const made = await toFiles({ file: { type: 'csv', fileName: 'all.csv', append: true, batchSize: 2 } })
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed', numError: 0 })
  expect(textOf('all.csv')).toBe('id\n1\n2\n3\n')
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ status: 'completed', numError: 0 })
  expect(textOf('all.csv')).toBe('id\n1\n2\n3\n1\n2\n3\n')
  // Where it fails, its retry goes on from what is known of the file.
  writeFileSync(join(folder(), 'all.csv'), 'other\n0\n')
  expect(await runToEnd(api, made.flow._id)).toMatchObject({ numError: 2 })
  const errors = await openErrors(made)
  expect(errors.map(({ code }) => code)).toEqual(['column_missing', 'column_missing'])
  writeFileSync(join(folder(), 'all.csv'), 'id\n0\n')
  const keys = errors.map(({ retryDataKey }) => retryDataKey as string)
  expect(await ended(api, await retry(made, keys))).toMatchObject({ status: 'completed', numError: 0 })
  expect(textOf('all.csv')).toMatch(/^id\n0\n(?:[123]\n){3}$/)
})

it('on request the records of a call are a file at once', async () => {
  const made = await toFiles()
  const { body } = await api.call('POST', `/v1/imports/${made._importId}/invoke`, { data: numbered(3) })
  expect(body.map(({ _json }: { _json: object }) => _json)).toMatchObject(upTo(3).map(() => ({ fileName: 'orders.json', fileSize: 28 })))
  expect(idsIn(textOf('orders.json'))).toEqual(upTo(3))
})
