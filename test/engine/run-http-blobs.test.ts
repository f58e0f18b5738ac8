/** Files that come from an application and go to one as they are: their bytes are kept under a key in between, and are the same at the end. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { make, runToEnd } from '../harness/flows.ts'

interface Sent {
  readonly to: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}
interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Buffer | string
}

const api = apiForFile({ worker: true })
/** What is answered to a request for a path; what is sent anywhere else is kept. */
const answers = new Map<string, Answer>()
const sent: Sent[] = []
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const to = request.url ?? ''
    const answer = answers.get(to)
    if (!answer) sent.push({ to, headers: request.headers, body: Buffer.concat(chunks) })
    response.writeHead(answer?.status ?? 200, answer?.headers).end(answer?.body ?? '{"id":"f1"}')
  })
})
let _connectionId: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseURI = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  _connectionId = (await make(api, 'connections', { name: 'application', type: 'http', http: { mediaType: 'json', baseURI } }))
    ._id as string
})
afterAll(() => void server.close())
beforeEach(() => {
  answers.clear()
  sent.length = 0
})

const exportOf = (http: object, fields: object = {}) =>
  make(api, 'exports', { name: 'files', adaptorType: 'HTTPExport', _connectionId, http: { relativeURI: '/file', ...http }, ...fields })
const importOf = (http: object = {}, fields: object = {}) =>
  make(api, 'imports', {
    name: 'files',
    adaptorType: 'HTTPImport',
    _connectionId,
    blobKeyPath: 'blobKey',
    http: { method: ['POST'], relativeURI: ['/take/{{record.fileMeta.fileName}}'], ...http },
    ...fields,
  })
async function flowOf(source: { _id?: unknown }, ...steps: object[]): Promise<string> {
  return (await make(api, 'flows', { name: 'flow', pageGenerators: [{ _exportId: source._id }], pageProcessors: steps }))._id as string
}
const step = ({ _id }: { _id?: unknown }) => ({ type: 'import', _importId: _id })
/** From the application to the application. */
async function passed(http: object, sink: object = {}, fields: object = {}): Promise<{ job: object; flowId: string; sinkId: string }> {
  const made = await importOf(sink, fields)
  const flowId = await flowOf(await exportOf({ type: 'blob', ...http }), step(made))
  return { job: await runToEnd(api, flowId), flowId, sinkId: made._id as string }
}
const done = { status: 'completed', numError: 0 }
const errorsAt = async (flowId: string, stepId: string) =>
  (await api.call('GET', `/v1/flows/${flowId}/${stepId}/errors`)).body.errors as { code: string; message: string }[]

describe('what an application answers', () => {
  it.each([{ type: 'blob' }, { of: 'the export' }])('goes on as it is, under its name (%j)', async (kind) => {
    const bytes = randomBytes(3_000_000)
    answers.set('/file', { headers: { 'content-disposition': 'attachment; filename="a b.pdf"' }, body: bytes })
    const sink = await importOf({ relativeURI: ['/take'] })
    const source = 'type' in kind ? await exportOf(kind) : await exportOf({}, { type: 'blob' })
    expect(await runToEnd(api, await flowOf(source, step(sink)))).toMatchObject({ ...done, numExport: 1, numSuccess: 1 })
    expect(sent.map(({ to, headers, body }) => [to, headers['content-type'], body.equals(bytes)])).toEqual([
      ['/take', 'application/octet-stream', true],
    ])
  })

  it('is called as its address is where it says nothing, and is empty where there is nothing', async () => {
    answers.set('/files/of/a.bin?x=1', { body: '' })
    expect((await passed({ relativeURI: '/files/of/a.bin?x=1' })).job).toMatchObject(done)
    expect(sent).toMatchObject([{ to: '/take/a.bin', body: Buffer.alloc(0) }])
  })

  it.each([
    ['base64', 'YWJj\r\nZA==', {}],
    ['hex', '616263 64', {}],
    ['base64', '{"file":{"content":"YWJjZA=="}}', { resourcePath: 'file.content' }],
    ['hex', '{"content":"61626364"}', { resourcePath: 'content' }],
    ['utf8', '{"content":"abcd"}', { resourcePath: 'content' }],
    ['utf8', 'abcd', {}],
  ])('written in %s is read: %s', async (blobFormat, body, more) => {
    answers.set('/file', { body, headers: { 'content-type': 'application/json' } })
    expect((await passed({ response: { blobFormat, ...more } })).job).toMatchObject(done)
    expect(sent.map((each) => each.body.toString())).toEqual(['abcd'])
  })

  it.each([
    ['base64', 'not : base64', {}, 'blob_unreadable'],
    ['hex', 'abc', {}, 'blob_unreadable'],
    ['base64', '{"other":1}', { resourcePath: 'content' }, 'blob_missing'],
    ['base64', '<html>', { resourcePath: 'content' }, 'blob_missing'],
  ])('that is not written in %s fails the run: %s', async (blobFormat, body, more, code) => {
    answers.set('/file', { body })
    const source = await exportOf({ type: 'blob', response: { blobFormat, ...more } })
    const flowId = await flowOf(source, step(await importOf()))
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'failed' })
    expect(await errorsAt(flowId, source._id as string)).toMatchObject([{ code }])
    expect(sent).toEqual([])
  })

  it('is an error where its status says so, and no file', async () => {
    answers.set('/file', { status: 404, body: '{"message":"no such file"}' })
    const source = await exportOf({ type: 'blob' })
    const flowId = await flowOf(source, step(await importOf()))
    expect(await runToEnd(api, flowId)).toMatchObject({ status: 'failed' })
    expect(await errorsAt(flowId, source._id as string)).toMatchObject([
      { code: '404', message: expect.stringContaining('no such file') as string },
    ])
  })

  it('to a lookup is a key in its response', async () => {
    answers.set('/list', { headers: { 'content-type': 'application/json' }, body: '[{"n":1},{"n":2}]' })
    answers.set('/file/1', { body: 'one' })
    answers.set('/file/2', { body: 'two' })
    const lookup = await exportOf({ type: 'blob', relativeURI: '/file/{{record.n}}' }, { isLookup: true })
    const responseMapping = { fields: [{ extract: 'blobKey', generate: 'blobKey' }] }
    const flowId = await flowOf(
      await exportOf({ relativeURI: '/list' }),
      { type: 'export', _exportId: lookup._id, responseMapping },
      step(await importOf({ relativeURI: ['/take/{{record.n}}'] })),
    )
    expect(await runToEnd(api, flowId)).toMatchObject(done)
    expect(sent.map(({ to, body }) => `${to} ${body.toString()}`).toSorted()).toEqual(['/take/1 one', '/take/2 two'])
  })

  it('as a stream of CSV is rows', async () => {
    answers.set('/file', { headers: { 'content-type': 'application/octet-stream' }, body: 'id;name\n1;a\n2;b\n' })
    answers.delete('/take')
    const sink = await make(api, 'imports', {
      name: 'rows',
      adaptorType: 'HTTPImport',
      _connectionId,
      http: { method: ['POST'], relativeURI: ['/take/{{record.id}}'] },
    })
    const source = await exportOf({ type: 'csvstream' }, { file: { csv: { columnDelimiter: ';' } } })
    expect(await runToEnd(api, await flowOf(source, step(sink)))).toMatchObject({ ...done, numExport: 2 })
    expect(sent.map(({ body }) => JSON.parse(body.toString()) as object)).toEqual([
      { id: '1', name: 'a' },
      { id: '2', name: 'b' },
    ])
  })
})

describe('a file that is sent', () => {
  beforeEach(() => void answers.set('/file', { headers: { 'content-disposition': 'attachment; filename=a.txt' }, body: 'the bytes' }))

  it('is the part of a form, under its own name or the one that the import says', async () => {
    for (const [http, fields, name] of [
      [{}, {}, 'a.txt'],
      [{ type: 'file' }, { file: { fileName: 'of-{{record.fileMeta.fileSize}}' } }, 'of-9'],
    ] as const) {
      sent.length = 0
      expect((await passed({}, { requestMediaType: 'form-data', ...http }, fields)).job).toMatchObject(done)
      const { headers, body } = sent[0] as Sent
      const form = await new Response(new Uint8Array(body), { headers: { 'content-type': String(headers['content-type']) } }).formData()
      const file = form.get('file') as File
      expect([file.name, await file.text()]).toEqual([name, 'the bytes'])
    }
  })

  it.each([
    ['base64', Buffer.from('the bytes').toString('base64')],
    ['hex', Buffer.from('the bytes').toString('hex')],
    ['binary', 'the bytes'],
  ])('is written in %s where http.blobFormat says so', async (blobFormat, text) => {
    expect((await passed({}, { blobFormat })).job).toMatchObject(done)
    expect(sent.map(({ body }) => body.toString())).toEqual([text])
  })

  it('has the media type that the import or a header says', async () => {
    await passed({}, { headers: [{ name: 'Content-Type', value: 'application/pdf' }] })
    await passed({}, { requestMediaType: 'plaintext' })
    expect(sent.map(({ headers }) => headers['content-type'])).toEqual(['application/pdf', expect.stringMatching(/^text\/plain/)])
  })

  it('that is refused fails its record, and is kept for its retry', async () => {
    answers.set('/take/a.txt', { status: 422, body: '{"message":"not this one"}' })
    const { job, flowId, sinkId } = await passed({}, {}, { deleteAfterImport: true })
    expect(job).toMatchObject({ numError: 1 })
    const [error] = (await api.call('GET', `/v1/flows/${flowId}/${sinkId}/errors`)).body.errors as { retryDataKey: string }[]
    answers.delete('/take/a.txt')
    await api.call('POST', `/v1/flows/${flowId}/${sinkId}/retry`, { retryDataKeys: [error?.retryDataKey] })
    await expect.poll(() => sent.length, { timeout: 60_000 }).toBe(1)
    expect(sent[0]?.body.toString()).toBe('the bytes')
  })

  it('is forgotten an hour after it was taken, where the import says so', async () => {
    const until = async (fields: object): Promise<number> => {
      await passed({}, {}, fields)
      const { rows } = await api.database.pool.query(`select expires_at from sluice.blobs order by created_at desc limit 1`)
      return (rows[0].expires_at as Date).getTime() - Date.now()
    }
    expect(await until({ deleteAfterImport: true })).toBeLessThan(2 * 60 * 60 * 1000)
    expect(await until({})).toBeGreaterThan(24 * 60 * 60 * 1000)
  })

  it.each([
    ['names none', { blobKeyPath: 'other' }, 'blob_key_missing'],
    ['names one that is not there', { blobKeyPath: 'fileMeta.fileName' }, 'blob_missing'],
  ])('by a record that %s fails that record', async (_what, fields, code) => {
    const { flowId, sinkId } = await passed({}, {}, fields)
    expect(await errorsAt(flowId, sinkId)).toMatchObject([{ code }])
    expect(sent).toEqual([])
  })

  it.each([
    ['a body of its own', { body: ['{"file":"{{record.blobKey}}"}'] }, 'file_body_unsupported'],
    ['a request without a body', { method: ['GET'] }, 'file_method_unsupported'],
  ])('has no %s', async (_what, http, code) => {
    const { job, flowId, sinkId } = await passed({}, http)
    expect(job).toMatchObject({ status: 'failed' })
    expect(await errorsAt(flowId, sinkId)).toMatchObject([{ code }])
  })
})
