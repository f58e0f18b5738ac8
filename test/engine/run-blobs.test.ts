/** Files that pass through flows as they are: their bytes are kept under a key, from one step to another, and are the same at the end. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { ended, make, makeConnection, runToEnd, until } from '../harness/flows.ts'

let root: string
let own: string
let api: Api
let application: Application
let _connectionId: string
const asked: object[] = []
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  application = await startApplication({ sources: { orders: asked } })
  api = await startApi({ worker: true, files: root })
  _connectionId = (await make(api, 'connections', { name: 'files', type: 'filesystem', filesystem: { ping: { directoryPath: '/' } } }))
    ._id as string
  await api.call('GET', `/v1/connections/${_connectionId}/ping`)
  own = join(root, readdirSync(root)[0] ?? 'none')
})
afterAll(async () => {
  await application.close()
  await api.close()
  rmSync(root, { recursive: true })
})
let tests = 0
beforeEach(() => {
  tests += 1
  mkdirSync(join(own, from()))
})
const from = (): string => `in${tests}`
const to = (): string => `out${tests}`
const lay = (files: Readonly<Record<string, Buffer | string>>): void => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(own, from(), name), content)
}
const namesIn = (folder: string): string[] => (existsSync(join(own, folder)) ? readdirSync(join(own, folder)).toSorted() : [])
const read = (name: string): Buffer => readFileSync(join(own, to(), name))

const exportOf = (fields: { file?: object; [field: string]: unknown } = {}) =>
  make(api, 'exports', {
    name: 'files',
    adaptorType: 'FileSystemExport',
    _connectionId,
    filesystem: { directoryPath: from() },
    ...fields,
    file: { ...(fields['type'] === undefined && { output: 'blobKeys' }), ...fields.file },
  })
const importOf = (fields: { file?: object; [field: string]: unknown } = {}) =>
  make(api, 'imports', {
    name: 'files',
    adaptorType: 'FileSystemImport',
    _connectionId,
    filesystem: { directoryPath: to() },
    blob: true,
    ...fields,
    file: { fileName: '{{record.fileMeta.fileName}}', ...fields.file },
  })
async function flowOf(source: { _id: string }, ...steps: object[]): Promise<string> {
  return (await make(api, 'flows', { name: 'flow', pageGenerators: [{ _exportId: source._id }], pageProcessors: steps }))._id as string
}
const step = ({ _id }: { _id: string }, more: object = {}) => ({ type: 'import', _importId: _id, ...more })
const errorsAt = async (flowId: string, stepId: string) =>
  (await api.call('GET', `/v1/flows/${flowId}/${stepId}/errors`)).body.errors as { code: string; message: string; retryDataKey: string }[]
const partsKept = async (): Promise<number> =>
  (await api.database.pool.query(`select count(*) from sluice.blob_parts`)).rows[0].count as number

it.each([{ type: 'blob' }, {}])(
  'the bytes of files come out as they went in, in parts of a megabyte, and the files go after their commit (%j)',
  async (kind) => {
    const large = randomBytes(3_500_000)
    lay({ 'a.bin': large, 'b.txt': '', 'c.png': randomBytes(10) })
    const sink = await importOf()
    const flowId = await flowOf(await exportOf({ ...kind, pageSize: 2 }), step(sink))
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numExport: 3, numSuccess: 3, numError: 0 })
    expect([namesIn(from()), namesIn(to())]).toEqual([[], ['a.bin', 'b.txt', 'c.png']])
    expect([read('a.bin').equals(large), read('b.txt').length, read('c.png').length]).toEqual([true, 0, 10])
    const { rows } = await api.database.pool.query(`select max(octet_length(content)) as most from sluice.blob_parts`)
    expect(rows[0].most).toBe(1024 * 1024)
  },
)

it.each([
  ['deleteAfterImport', { deleteAfterImport: true }],
  ['file.delete', { file: { delete: true } }],
])('later steps see the key and what is known of the file, skipDelete leaves it, and %s removes what was kept', async (_what, forgets) => {
  lay({ 'a.txt': 'kept' })
  const sent = await make(api, 'imports', {
    name: 'told',
    adaptorType: 'HTTPImport',
    _connectionId: await makeConnection(api, application),
    http: { method: ['POST'], relativeURI: ['/sink/told'] },
  })
  const before = application.ledger.length
  const flowId = await flowOf(await exportOf({ file: { skipDelete: true } }), step(await importOf(forgets)), step(sent))
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numError: 0 })
  const { blobKey, fileMeta } = (application.ledger[before]?.body ?? {}) as { blobKey?: string; fileMeta?: object }
  expect(fileMeta).toEqual({ fileName: 'a.txt', fileSize: 4, lastModified: expect.any(String), directoryPath: from() })
  const { rows } = await api.database.pool.query(
    `select expires_at < now() + interval '2 hours' as soon from sluice.blobs where key = $1`,
    [blobKey],
  )
  expect([namesIn(from()), rows]).toEqual([['a.txt'], [{ soon: true }]])
  await api.database.pool.query(`update sluice.blobs set expires_at = now() where key = $1`, [blobKey])
  await until(async () =>
    (await api.database.pool.query(`select 1 from sluice.blobs where key = $1`, [blobKey])).rowCount === 0 ? true : undefined,
  )
})

it('a file of which nothing is kept any more fails its record, and so does a record without a key; the others go on', async () => {
  lay({ 'a.txt': 'a', 'b.txt': 'b' })
  const sink = await importOf({ blobKeyPath: 'attachment.key', deleteAfterImport: false })
  const mapped = `function rename({ data }) { return data.map((r) => ({ data: r.fileMeta.fileName === 'a.txt' ? { attachment: { key: 'gone' }, ...r } : r })) }`
  const _scriptId = (await make(api, 'scripts', { name: 'Code', content: mapped }))._id as string
  const renamed = await importOf({ blobKeyPath: 'attachment.key', hooks: { preMap: { _scriptId, function: 'rename' } } })
  for (const one of [sink, renamed]) {
    const flowId = await flowOf(await exportOf({ file: { skipDelete: true } }), step(one))
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numError: 2 })
    const codes = (await errorsAt(flowId, one._id)).map(({ code }) => code).toSorted()
    expect(codes).toEqual(one === sink ? ['blob_key_missing', 'blob_key_missing'] : ['blob_key_missing', 'blob_missing'])
  }
  expect(namesIn(to())).toEqual([])
})

it('what is known of files alone comes out without a byte of them, and they stay', async () => {
  lay({ 'a.csv': 'x', 'b.csv': 'yy', 'c.txt': 'z' })
  const filter = {
    type: 'expression',
    expression: { version: '1', rules: ['endswith', ['string', ['extract', 'fileMeta.fileName']], '.csv'] },
  }
  const before = await partsKept()
  const source = await exportOf({ file: { output: 'metadata', filter } })
  const { body } = await api.call('POST', `/v1/exports/${source._id}/invoke`)
  const known = (fileName: string, fileSize: number) => ({
    fileMeta: { fileName, fileSize, lastModified: expect.any(String), directoryPath: from() },
  })
  expect(body.data).toEqual([known('a.csv', 1), known('b.csv', 2)])
  const flowId = await flowOf(source)
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numExport: 2 })
  expect([namesIn(from()), await partsKept()]).toEqual([['a.csv', 'b.csv', 'c.txt'], before])
})

it('a lookup reads the one file that its record names: its records, or the file as it is for an import after it', async () => {
  lay({ '1.json': '[{"line":1},{"line":2}]', '2.json': '[{"line":3}]' })
  asked.splice(0, asked.length, { id: 2 })
  const filter = {
    type: 'expression',
    expression: { version: '1', rules: ['equals', ['string', ['extract', 'fileMeta.fileName']], ['string', ['extract', 'record.file']]] },
  }
  const _id = await makeConnection(api, application)
  const http = { method: 'GET', relativeURI: '/source/orders', response: { resourcePath: 'records' } }
  const transform = {
    type: 'expression',
    expression: {
      version: '2',
      rulesTwoDotZero: {
        mode: 'modify',
        mappings: [{ generate: 'file', dataType: 'string', extract: '{{record.id}}.json', status: 'Active' }],
      },
    },
  }
  const source = await make(api, 'exports', { name: 'orders', adaptorType: 'HTTPExport', _connectionId: _id, http, transform })
  const lines = await exportOf({ isLookup: true, file: { output: 'records', type: 'json', filter } })
  const whole = await exportOf({ isLookup: true, type: 'blob', file: { filter } })
  const told = await make(api, 'imports', {
    name: 'told',
    adaptorType: 'HTTPImport',
    _connectionId: _id,
    http: { method: ['POST'], relativeURI: ['/sink/told'] },
  })
  const look = ({ _id: _exportId }: { _id: string }, extract: string) => ({
    type: 'export',
    _exportId,
    responseMapping: { fields: [{ extract, generate: extract === 'data' ? 'lines' : 'key' }] },
  })
  const sink = await importOf({ blobKeyPath: 'key', file: { fileName: 'copy-{{record.file}}.gz', compressionFormat: 'gzip' } })
  const before = application.ledger.length
  const flowId = await flowOf(source, look(lines, 'data'), look(whole, 'blobKey'), step(sink), step(told))
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numError: 0 })
  expect(application.ledger[before]?.body).toMatchObject({ id: 2, lines: [{ line: 3 }], key: expect.any(String) })
  expect(gunzipSync(read('copy-2.json.gz')).toString()).toBe('[{"line":3}]')
  expect(namesIn(from())).toEqual(['1.json', '2.json'])
})

it('files of another environment are not there, whatever their keys are', async () => {
  lay({ 'a.txt': 'a' })
  const source = await exportOf()
  const { body } = await api.call('POST', `/v1/exports/${source._id}/invoke`)
  const [{ blobKey }] = body.data as [{ blobKey: string }]
  await api.database.pool.query(`update sluice.blobs set env_id = 'of another' where key = $1`, [blobKey])
  await api.database.pool.query(`update sluice.blob_parts set env_id = 'of another' where key = $1`, [blobKey])
  const sink = await importOf({ file: { fileName: 'a.txt' } })
  const answer = await api.call('POST', `/v1/imports/${sink._id}/invoke`, { data: [{ blobKey }] })
  expect([answer.body[0].errors[0].code, namesIn(to())]).toEqual(['blob_missing', []])
})

it('a run that sends the same file again writes it again: what was kept is the same', async () => {
  const content = randomBytes(2_000_000)
  lay({ 'a.bin': content })
  const sink = await importOf({ filesystem: { directoryPath: `${to()}/{{record.missing.folder}}x` } })
  mkdirSync(join(own, to()))
  writeFileSync(join(own, to(), 'x'), 'a file in the place of the folder')
  const flowId = await flowOf(await exportOf(), step(sink))
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numError: 1 })
  const [error] = await errorsAt(flowId, sink._id)
  expect(error?.code).toBe('folder_missing')
  rmSync(join(own, to(), 'x'))
  const retry = await api.call('POST', `/v1/flows/${flowId}/${sink._id}/retry`, { retryDataKeys: [error?.retryDataKey] })
  expect(await ended(api, retry.body._jobId)).toMatchObject({ status: 'completed', numError: 0 })
  const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
  expect(hash(readFileSync(join(own, to(), 'x', 'a.bin')))).toBe(hash(content))
})
