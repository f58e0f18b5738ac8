/** Files that are sent to data loaders over the API, in parts, and the runs that read them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { importOf, make, makeConnection, runToEnd } from '../harness/flows.ts'

let api: Api
let application: Application
beforeAll(async () => {
  application = await startApplication()
  api = await startApi({ worker: true })
})
afterAll(async () => {
  await application.close()
  await api.close()
})

/** A data loader, and a flow from it to the application. */
async function loader(file: object = { type: 'csv' }, more: object = {}): Promise<{ files: string; flowId: string; exportId: string }> {
  const { _id: exportId } = await make(api, 'exports', { name: 'loader', type: 'simple', simple: { file }, ...more })
  const _importId = (await make(api, 'imports', importOf('sink', await makeConnection(api, application, { concurrencyLevel: 1 }), {})))
    ._id as string
  const doc = { name: 'flow', pageGenerators: [{ _exportId: exportId }], pageProcessors: [{ type: 'import', _importId }] }
  application.ledger.length = 0
  return { files: `/v1/exports/${exportId}/files`, flowId: (await make(api, 'flows', doc))._id as string, exportId }
}

const begin = async (files: string, fileName = 'orders.csv'): Promise<string> =>
  (await api.call('POST', files, { fileName })).body._id as string
const send = (files: string, id: string, bytes: Uint8Array, offset = 0, complete = false) =>
  api.call('PUT', `${files}/${id}?offset=${offset}&complete=${complete}`, bytes, { 'content-type': 'application/octet-stream' })
const sent = (): unknown[] => application.ledger.map(({ body }) => body.id)
const codeOf = ({ status, body }: { status: number; body: { errors: { code: string }[] } }) => [status, body.errors[0]?.code]

it('a file that was sent in parts is read by the next run, and gone after it', async () => {
  const { files, flowId } = await loader()
  const rows = Buffer.from(`id,text\n${Array.from({ length: 50 }, (_, n) => `${n + 1},"Zoë, ${n}"\n`).join('')}`)
  const id = await begin(files)
  for (let at = 0; at < rows.length; at += 100) {
    const answer = await send(files, id, rows.subarray(at, at + 100), at, at + 100 >= rows.length)
    expect(answer.body).toMatchObject({
      _id: id,
      fileName: 'orders.csv',
      bytes: Math.min(rows.length, at + 100),
      complete: at + 100 >= rows.length,
    })
  }
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numExport: 50, numError: 0 })
  expect([application.ledger.find(({ body }) => body.id === '50')?.body.text, sent().length, (await api.call('GET', files)).body]).toEqual([
    'Zoë, 49',
    50,
    [],
  ])
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numExport: 0 })
})

it('an upload that was cut off goes on where the file ends: a part that begins elsewhere changes nothing', async () => {
  const { files, flowId } = await loader()
  const id = await begin(files)
  await send(files, id, Buffer.from('id\n1'))
  for (const offset of [0, 3, 5]) expect(codeOf(await send(files, id, Buffer.from('2'), offset))).toEqual([409, 'upload_offset'])
  const [{ bytes }] = (await api.call('GET', files)).body as [{ bytes: number }]
  expect(bytes).toBe(4)
  // What is not complete is nobody's yet.
  expect(await runToEnd(api, flowId)).toMatchObject({ status: 'completed', numExport: 0 })
  expect((await send(files, id, Buffer.from('\n2\n'), bytes, true)).status).toBe(200)
  expect(codeOf(await send(files, id, Buffer.from('3'), 7))).toEqual([422, 'upload_refused'])
  await runToEnd(api, flowId)
  expect(sent()).toEqual(['1', '2'])
})

it('files are read in the order in which they were begun, by what the export says of them', async () => {
  const { files, flowId } = await loader({
    type: 'json',
    json: { resourcePath: 'orders' },
    sortByFields: [{ field: 'id', descending: true }],
  })
  const [first, second, lines] = [await begin(files, 'z.json'), await begin(files, 'a.json'), await begin(files, 'b.ndjson')]
  await send(files, lines, Buffer.from('{"orders":{"id":5}}\n'), 0, true)
  await send(files, second, Buffer.from('{"orders":[{"id":3},{"id":4}]}'), 0, true)
  await send(files, first, Buffer.from('{"orders":[{"id":1},{"id":2}]}'), 0, true)
  await runToEnd(api, flowId)
  expect(sent()).toEqual([2, 1, 4, 3, 5])
})

it('skipDelete keeps a file for the next run, and a file that cannot be read fails the run and stays', async () => {
  const kept = await loader({ type: 'csv', skipDelete: true })
  await send(kept.files, await begin(kept.files), Buffer.from('id\n1\n'), 0, true)
  for (const _run of [1, 2]) expect(await runToEnd(api, kept.flowId)).toMatchObject({ numExport: 1 })
  const broken = await loader({ type: 'json' })
  const id = await begin(broken.files, 'a.json')
  await send(broken.files, id, Buffer.from('{"id":'), 0, true)
  expect(await runToEnd(api, broken.flowId)).toMatchObject({ status: 'failed' })
  expect((await api.call('GET', broken.files)).body).toMatchObject([{ _id: id }])
  expect((await api.call('DELETE', `${broken.files}/${id}`)).status).toBe(204)
  expect(codeOf(await api.call('DELETE', `${broken.files}/${id}`))).toEqual([404, 'invalid_ref'])
})

it('files are sent to data loaders alone, have a name without a path, and are nobody else’s', async () => {
  const { files, exportId } = await loader()
  const other = await make(api, 'exports', { name: 'webhook', type: 'webhook', webhook: { verify: 'secret_url' } })
  expect(codeOf(await api.call('POST', `/v1/exports/${other._id}/files`, { fileName: 'a.csv' }))).toEqual([422, 'upload_refused'])
  for (const fileName of ['../a.csv', '', 'a\nb', 'x'.repeat(300)])
    expect([fileName, (await api.call('POST', files, { fileName })).status]).toEqual([fileName, 422])
  const id = await begin(files)
  for (const [method, path] of [
    ['GET', files],
    ['DELETE', `${files}/${id}`],
  ] as const)
    expect((await api.stranger(method, path)).status).toBe(404)
  expect(codeOf(await send(files, exportId, Buffer.from('a')))).toEqual([404, 'invalid_ref'])
  expect((await api.call('PUT', `${files}/${id}?offset=0`, { no: 'bytes' })).status).toBe(415)
})
