/** Runs over the file system: a file is removed after the commit of its last page and not before, whatever becomes of the worker. */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, importOf, make, makeConnection, makeFlow, numbered, runToEnd, startRun, until } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

let root: string
let api: Api
let application: Application
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  application = await startApplication({ sources: { orders: numbered(3) } })
})
afterEach(async () => {
  await application.close()
  await api.close()
  rmSync(root, { recursive: true })
})

const connect = async (fields: object = {}): Promise<string> =>
  (await make(api, 'connections', { name: 'files', type: 'filesystem', filesystem: {}, ...fields }))._id as string

/** The folder that the flows of the owner see: of all that are made, the one that is theirs. */
async function ownFolder(connectionId: string): Promise<string> {
  await api.call('GET', `/v1/connections/${connectionId}/ping`)
  const [own] = readdirSync(root)
  return join(root, own ?? 'none')
}

/** Reads the folder `in`, and sends its records to the application. */
async function fromFiles(count: number, exported: object = {}, connection: object = {}): Promise<{ flow: string; file: string }> {
  const _connectionId = await connect({ filesystem: { ping: { directoryPath: '/' } } })
  const folder = join(await ownFolder(_connectionId), 'in')
  mkdirSync(folder)
  const file = join(folder, 'orders.ndjson')
  writeFileSync(file, Array.from({ length: count }, (_, n) => `${JSON.stringify({ id: n + 1 })}\n`).join(''))
  const source = { name: 'orders', _connectionId, filesystem: { directoryPath: 'in' }, file: { type: 'json' }, ...exported }
  const _exportId = (await make(api, 'exports', source))._id as string
  const _importId = (await make(api, 'imports', importOf('sink', await makeConnection(api, application, connection), {})))._id as string
  const doc = { name: 'flow', pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] }
  return { flow: (await make(api, 'flows', doc))._id as string, file }
}

const sent = (): number[] => application.ledger.map(({ body }) => body.id as number).toSorted((a, b) => a - b)
/** Lets no page get through the sink until it is told to. */
function hold(): () => void {
  let go = (): void => undefined
  const held = new Promise<undefined>((done) => (go = () => done(undefined)))
  application.before = (asked) => (asked.startsWith('POST /sink/') ? held : undefined)
  return go
}
const isAtSink = () => until(() => (application.asked.some((asked) => asked.startsWith('POST')) ? true : undefined))

it('preSavePage sees of which file each record is', async () => {
  api = await startApi({ worker: true, files: root })
  const code = 'function save(o) { return { data: o.data.map((r, i) => ({ ...r, from: o.files[i].fileMeta, of: o.files.length })) } }'
  const _scriptId = (await make(api, 'scripts', { name: 'Save', content: code }))._id as string
  const { flow, file } = await fromFiles(2, {
    hooks: { preSavePage: { _scriptId, function: 'save' } },
    filter: { type: 'expression', expression: { version: '1', rules: ['notequals', ['string', ['extract', 'id']], '1'] } },
  })
  writeFileSync(join(dirname(file), 'returns.ndjson'), '{"id":3}\n')
  await runToEnd(api, flow)
  const metaOf = (fileName: string, fileSize: number) => ({
    fileName,
    fileSize,
    lastModified: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/) as string,
    directoryPath: 'in',
  })
  expect(application.ledger.map(({ body }) => body)).toEqual([
    { id: 2, from: metaOf('orders.ndjson', 18), of: 1 },
    { id: 3, from: metaOf('returns.ndjson', 9), of: 1 },
  ])
})

it('a file is there while its last page is on its way, and gone after the commit of it', async () => {
  api = await startApi({ worker: true, files: root })
  const { flow, file } = await fromFiles(3)
  const go = hold()
  const id = await startRun(api, flow)
  await isAtSink()
  expect(existsSync(file)).toBe(true)
  go()
  expect(await ended(api, id)).toMatchObject({ status: 'completed', numExport: 3, numSuccess: 3 })
  expect([existsSync(file), sent()]).toEqual([false, [1, 2, 3]])
})

it('files that stay are taken once by each flow, and again where they were written anew; of those that are gone nothing is kept', async () => {
  api = await startApi({ worker: true, files: root })
  const { flow, file } = await fromFiles(2, { file: { type: 'json', skipDelete: true } })
  const exported = async (id: string): Promise<unknown> => (await runToEnd(api, id)).numExport
  expect([await exported(flow), existsSync(file), await exported(flow)]).toEqual([2, true, 0])
  const later = join(dirname(file), 'returns.ndjson')
  writeFileSync(later, '{"id":3}\n')
  expect([await exported(flow), await exported(flow)]).toEqual([1, 0])
  appendFileSync(file, '{"id":4}\n')
  expect([await exported(flow), await exported(flow)]).toEqual([3, 0])
  expect(sent()).toEqual([1, 1, 2, 2, 3, 4])

  const { _id: _, createdAt: _at, lastModified: _last, ...doc } = (await api.call('GET', `/v1/flows/${flow}`)).body
  const other = (await make(api, 'flows', { ...doc, name: 'other' }))._id as string
  expect([await exported(other), await exported(other)]).toEqual([4, 0])

  rmSync(later)
  const { pool: db } = api.database
  await db.query(`update sluice.taken_files set seen_at = now() - interval '3 days'`)
  expect(await exported(flow)).toBe(0)
  const names = await db.query(`select name from sluice.taken_files where flow_id = $1`, [flow])
  expect(names.rows).toEqual([{ name: 'orders.ndjson' }])
})

it('a file that stays is taken again where its last page was not committed', async () => {
  api = await startApi({ worker: true, files: root })
  const { flow } = await fromFiles(3, { pageSize: 2, file: { type: 'json', skipDelete: true } }, { concurrencyLevel: 2 })
  const go = hold()
  const id = await startRun(api, flow)
  await isAtSink()
  await api.call('PUT', `/v1/jobs/${id}/cancel`)
  await pause(2500)
  go()
  expect(await ended(api, id)).toMatchObject({ status: 'canceled' })
  application.before = () => undefined
  expect([(await runToEnd(api, flow)).numExport, (await runToEnd(api, flow)).numExport]).toEqual([3, 0])
})

it('a canceled run removes the file that it has sent, and keeps one that it is in the middle of', async () => {
  api = await startApi({ worker: true, files: root })
  const { flow, file } = await fromFiles(3, { pageSize: 2 }, { concurrencyLevel: 2 })
  const go = hold()
  const id = await startRun(api, flow)
  await isAtSink()
  await api.call('PUT', `/v1/jobs/${id}/cancel`)
  // A worker looks every 2 s whether its run was canceled.
  await pause(2500)
  go()
  expect(await ended(api, id)).toMatchObject({ status: 'canceled' })
  expect(existsSync(file)).toBe(true)
  application.before = () => undefined
  expect(await ended(api, await startRun(api, flow))).toMatchObject({ status: 'completed', numExport: 3 })
  expect(existsSync(file)).toBe(false)
})

it('a run that another worker has taken up removes nothing: its commit is refused, so nothing is acknowledged', async () => {
  api = await startApi({ worker: true, files: root })
  const { flow, file } = await fromFiles(3)
  const go = hold()
  const id = await startRun(api, flow)
  await isAtSink()
  await api.database.pool.query('update sluice.jobs set epoch = epoch + 1 where _id = $1', [id])
  go()
  await until(() => (sent().length === 3 ? true : undefined))
  await pause(1000)
  expect(existsSync(file)).toBe(true)
})

it('a worker that is killed in the middle of a file leaves it; another one goes on after the last page and removes it', async () => {
  api = await startApi({ files: root })
  const { flow, file } = await fromFiles(400)
  application.before = () => new Promise((done) => setTimeout(() => done(undefined), 10))
  const doomed = await startWorkerProcess(api.config, { SLUICE_FILES: root, SLUICE_PAGES_IN_FLIGHT: '1' })
  const id = await startRun(api, flow)
  await until(() => (sent().length >= 100 ? true : undefined), 30_000)
  doomed.kill('SIGKILL')
  await doomed.exit
  expect([existsSync(file), sent().length < 400]).toEqual([true, true])
  await startWorkerProcess(api.config, { SLUICE_FILES: root })
  expect(await ended(api, id, 60_000)).toMatchObject({ status: 'completed', numExport: 400, numSuccess: 400 })
  expect(new Set(sent()).size).toBe(400)
  expect(sent().length).toBeLessThanOrEqual(420)
  expect(existsSync(file)).toBe(false)
}, 90_000)

it('a file that somebody writes is left by a run as long as the server is set to, and read by the next one', async () => {
  api = await startApi({ files: root })
  const { flow, file } = await fromFiles(3)
  const growing = join(dirname(file), 'z.ndjson')
  const write = (): void => appendFileSync(growing, '{"id":4}\n')
  write()
  const timer = setInterval(write, 10)
  await startWorkerProcess(api.config, { SLUICE_FILES: root, SLUICE_FILE_SETTLE_SECONDS: '1' })
  const job = await ended(api, await startRun(api, flow), 60_000).finally(() => clearInterval(timer))
  expect(job).toMatchObject({ status: 'completed', numExport: 3 })
  expect([existsSync(file), existsSync(growing), sent()]).toEqual([false, true, [1, 2, 3]])
  expect(await ended(api, await startRun(api, flow), 60_000)).toMatchObject({ status: 'completed' })
  expect([existsSync(growing), new Set(sent())]).toEqual([false, new Set([1, 2, 3, 4])])
}, 150_000)

it('an import writes a file for each page, and what is fetched on request leaves files where they are', async () => {
  api = await startApi({ worker: true, files: root })
  const _connectionId = await connect()
  const _exportId = (
    await make(api, 'exports', {
      name: 'orders',
      _connectionId: await makeConnection(api, application),
      adaptorType: 'HTTPExport',
      pageSize: 2,
      http: { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } },
    })
  )._id as string
  const target = {
    filesystem: { directoryPath: 'out' },
    file: { type: 'json', fileName: 'orders-{{record.id}}.json', skipAggregation: true },
  }
  const _importId = (await make(api, 'imports', { name: 'files', _connectionId, ...target }))._id as string
  const doc = { name: 'flow', pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] }
  expect(await ended(api, await startRun(api, (await make(api, 'flows', doc))._id))).toMatchObject({ status: 'completed', numSuccess: 3 })
  const folder = join(root, readdirSync(root)[0] ?? '', 'out')
  const written = readdirSync(folder).toSorted()
  expect(written).toEqual(['orders-1.json', 'orders-3.json'])
  expect(written.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).map(({ id }: { id: number }) => id))).toEqual([
    [1, 2],
    [3],
  ])

  const source = { name: 'back', _connectionId, filesystem: { directoryPath: 'out' }, file: { type: 'json' } }
  const back = (await make(api, 'exports', source))._id as string
  const { body } = await api.call('POST', `/v1/exports/${back}/invoke`)
  expect([body.data.length, readdirSync(folder).length]).toEqual([3, 2])
})

it('a server without a folder for files says so when a connection is saved, and when a flow is run', async () => {
  api = await startApi({ worker: true })
  const answer = await api.call('POST', '/v1/connections', { name: 'files', type: 'filesystem', filesystem: {} })
  expect([answer.status, answer.headers.get('sluice-warning')]).toEqual([
    201,
    expect.stringContaining('type: Flows of this server may use no files'),
  ])
  const source = { name: 'orders', _connectionId: answer.body._id, filesystem: { directoryPath: 'in' }, file: { type: 'json' } }
  const _exportId = (await make(api, 'exports', source))._id as string
  const flow = await make(api, 'flows', { name: 'flow', pageGenerators: [{ _exportId }] })
  const job = await ended(api, await startRun(api, flow._id))
  expect([job.status, job.errorMessage]).toEqual(['failed', expect.stringContaining('SLUICE_FILES')])
})

it('postAggregate is told of each file that was written and of each that could not be, and what it throws is an error of the import', async () => {
  api = await startApi({ worker: true, files: root })
  const _connectionId = await connect()
  const content = `function after({ postAggregateData }) {
    const { success, code, source, _json } = postAggregateData
    throw new Error([success, code, source, _json && _json.fileName, _json && _json.fileSize > 0].join(' '))
  }`
  const _scriptId = (await make(api, 'scripts', { name: 'Code', content }))._id as string
  const sink = {
    name: 'sink',
    adaptorType: 'FileSystemImport',
    _connectionId,
    filesystem: { directoryPath: 'out' },
    file: { type: 'json', fileName: 'a.json', skipAggregation: true },
    hooks: { postAggregate: { _scriptId, function: 'after' } },
  }
  // The third page has the name of the first one, which a run does not write over.
  const named = { ...sink, file: { ...sink.file, fileName: '{{#compare record.id "==" 2}}b{{else}}a{{/compare}}.json' } }
  const _importId = (await make(api, 'imports', named))._id as string
  const flow = await makeFlow(api, application, { exports: { orders: { pageSize: 1 } }, imports: { unused: {} } })
  const { body } = await api.call('GET', `/v1/flows/${flow._id}`)
  await api.call('PUT', `/v1/flows/${flow._id}`, { ...body, pageProcessors: [{ type: 'import', _importId }] })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 4 })
  const { errors } = (await api.call('GET', `/v1/flows/${flow._id}/${_importId}/errors`)).body as {
    errors: { source: string; message: string }[]
  }
  const told = errors.filter(({ source }) => source === 'post_aggregate_hook').map(({ message }) => message.replace(/ \(.*/, ''))
  expect(told.toSorted()).toEqual(['false file_name_taken application  ', 'true   a.json true', 'true   b.json true'])
})
