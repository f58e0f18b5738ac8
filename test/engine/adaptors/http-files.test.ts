/** Files over HTTP that are no text: packed, in another encoding, spreadsheets, parts of a form; both ways. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'
import { generateKey } from 'openpgp'
import { describe, expect, it, onTestFinished } from 'vitest'
import { failureOf } from './file-cases.ts'
import { aRun, collect, connectionTo, exportDoc, importDoc, stage } from './stage.ts'

interface Sent {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

/** Answers every request with these bytes, and keeps what was sent. */
async function serverWith(answer: string | Buffer, headers: Readonly<Record<string, string>> = {}) {
  const sent: Sent[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      sent.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(200, headers).end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent }
}

const read = async (origin: string, file: object, fields: object = {}) => {
  const doc = exportDoc({ http: { type: 'file', relativeURI: '/report' }, file, ...fields })
  const pages = await collect(stage().source.pages({ doc, connection: connectionTo(origin), run: aRun() }, undefined))
  return pages.flatMap((page) => page.records)
}
const write = (origin: string, file: object, http: object = {}, connection: object = {}) => {
  const doc = importDoc({
    http: { type: 'file', method: ['POST'], relativeURI: ['/files'], ...http },
    file: { skipAggregation: true, ...file },
  })
  const records = [
    { name: 'Müller', n: 1 },
    { name: 'b', n: 2 },
  ]
  return stage().sink.write(
    { doc, connection: connectionTo(origin, connection), run: aRun() },
    records.map((record) => ({ record, mapped: record })),
  )
}
const done = [{ kind: 'done' }, { kind: 'done' }]

describe('a file that is answered', () => {
  it('is unpacked as the export says, and not what only the way packed', async () => {
    const packed = gzipSync('[{"id":1}]')
    expect(await read((await serverWith(packed)).origin, { type: 'json', compressionFormat: 'gzip' })).toEqual([{ id: 1 }])
    const onTheWay = await serverWith(packed, { 'content-encoding': 'gzip' })
    expect(await read(onTheWay.origin, { type: 'json' })).toEqual([{ id: 1 }])
  })

  it('is read from its beginning where a run goes on and the application has another one by then', async () => {
    let version = 0
    const server = createServer((_request, response) => {
      version += 1
      response.writeHead(200, { etag: `"${version}"` }).end([1, 2, 3, 4].map((id) => `{"id":"${version}.${id}"}\n`).join(''))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const doc = exportDoc({ http: { type: 'file', relativeURI: '/report.ndjson' }, file: { type: 'json' }, pageSize: 2 })
    const step = { doc, connection: connectionTo(origin), run: aRun() }
    const [first] = await collect(stage().source.pages(step, undefined))
    const rest = await collect(stage().source.pages(step, first?.next))
    expect(rest.flatMap(({ records }) => records)).toEqual(['2.1', '2.2', '2.3', '2.4'].map((id) => ({ id })))
  })

  it('of more than a megabyte waits on the disk, is read page by page, and again from where a run was cut off', async () => {
    const text = 'x'.repeat(600_000)
    const rows = Array.from({ length: 6 }, (_, id) => `${JSON.stringify({ id, text })}\n`)
    const { origin, sent } = await serverWith(Buffer.from(rows.join('')))
    const doc = exportDoc({ http: { type: 'file', relativeURI: '/report.ndjson' }, file: { type: 'json' }, pageSize: 2 })
    const step = { doc, connection: connectionTo(origin), run: aRun() }
    const pages = await collect(stage().source.pages(step, undefined))
    const idsOf = (of: (typeof pages)[number] | undefined) => of?.records.map((record) => (record as { id: number }).id)
    expect(pages.map(idsOf).flat()).toEqual([0, 1, 2, 3, 4, 5])
    const rest = await collect(stage().source.pages(step, pages[0]?.next))
    expect(rest.map(idsOf)).toEqual(pages.slice(1).map(idsOf))
    expect(sent).toHaveLength(2)
  })

  it('is read in its encoding', async () => {
    const { origin } = await serverWith(Buffer.from('name\nMüller\n', 'latin1'), { 'content-type': 'text/csv; charset=utf-8' })
    expect(await read(origin, { type: 'csv', encoding: 'win1252', csv: { hasHeaderRow: true } })).toEqual([{ name: 'Müller' }])
  })

  it('that becomes too large is not read to its end', async () => {
    const lines = `${JSON.stringify({ text: 'x'.repeat(100_000) })}\n`.repeat(600)
    const { origin } = await serverWith(gzipSync(lines), { 'content-disposition': 'attachment; filename=a.ndjson.gz' })
    const reading = (): Promise<unknown> => read(origin, { type: 'json', compressionFormat: 'gzip' })
    expect(await failureOf(reading)).toMatchObject({ source: 'application', code: 'content_too_large' })
  })

  it('of many records goes on where a run was cut off', async () => {
    const { origin } = await serverWith(JSON.stringify(Array.from({ length: 50 }, (_, id) => ({ id }))))
    const doc = exportDoc({ http: { type: 'file', relativeURI: '/report' }, file: { type: 'json' } })
    const step = { doc, connection: connectionTo(origin), run: aRun() }
    const { source } = stage()
    const [first] = await collect(source.pages(step, undefined), 1)
    const rest = await collect(source.pages(step, first?.next))
    expect([first, ...rest].flatMap((page) => page?.records ?? [])).toEqual(Array.from({ length: 50 }, (_, id) => ({ id })))
  })

  it('answers a lookup with its records', async () => {
    const { origin } = await serverWith('id\n7\n')
    const doc = exportDoc({
      http: { type: 'file', relativeURI: '/report/{{record.n}}' },
      file: { type: 'csv', csv: { hasHeaderRow: true } },
    })
    const [found] = await stage().source.lookup({ doc, connection: connectionTo(origin), run: aRun() }, [{ n: 1 }])
    expect(found).toMatchObject({ kind: 'done', response: { data: [{ id: '7' }] } })
  })
})

describe('a file that is sent', () => {
  it('is packed, and says so', async () => {
    const { origin, sent } = await serverWith('')
    expect(await write(origin, { type: 'csv', compressionFormat: 'gzip', fileName: 'a.csv.gz' })).toMatchObject(done)
    expect(sent).toHaveLength(1)
    expect(gunzipSync(sent[0]?.body ?? '').toString()).toBe('name,n\nMüller,1\nb,2\n')
    expect(sent[0]?.headers['content-type']).toBe('application/gzip')
  })

  it('is written in its encoding, under the media type that the import or a header says', async () => {
    const { origin, sent } = await serverWith('')
    await write(origin, { type: 'csv', encoding: 'win1252' })
    await write(origin, { type: 'csv' }, { requestMediaType: 'octet-stream' })
    await write(origin, { type: 'csv' }, { headers: [{ name: 'Content-Type', value: 'text/x-mine' }] })
    expect(sent.map(({ headers }) => headers['content-type'])).toEqual([
      'text/csv; charset=windows-1252',
      'application/octet-stream',
      'text/x-mine',
    ])
    expect(sent[0]?.body.toString('latin1')).toBe('name,n\nMüller,1\nb,2\n')
  })

  it('is the part of a form, under its name', async () => {
    const { origin, sent } = await serverWith('')
    expect(await write(origin, { type: 'csv', fileName: '{{record.name}}.csv' }, { requestMediaType: 'form-data' })).toMatchObject(done)
    const { headers, body } = sent[0] as Sent
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': String(headers['content-type']) } }).formData()
    const file = form.get('file') as File
    expect([file.name, file.type, await file.text()]).toEqual(['Müller.csv', 'text/csv; charset=utf-8', 'name,n\nMüller,1\nb,2\n'])
  })

  it('is a spreadsheet, which is read again as it was sent', async () => {
    const { origin, sent } = await serverWith('')
    await write(origin, { type: 'xlsx' })
    const back = await serverWith(sent[0]?.body ?? '')
    expect(await read(back.origin, { type: 'xlsx' })).toEqual([
      { name: 'Müller', n: 1 },
      { name: 'b', n: 2 },
    ])
  })

  it('is encrypted with the keys of the connection, and so is one that is read', async () => {
    const { publicKey, privateKey } = await generateKey({ userIDs: [{ name: 'ours' }] })
    const { origin, sent } = await serverWith('')
    const doc = importDoc({
      http: { type: 'file', method: ['POST'], relativeURI: ['/files'] },
      file: { type: 'json', skipAggregation: true, encrypt: true },
    })
    const connection = { ...connectionTo(origin), pgp: { publicKey, privateKey } }
    expect(await stage().sink.write({ doc, connection, run: aRun() }, [{ record: {}, mapped: { id: 1 } }])).toMatchObject([
      { kind: 'done' },
    ])
    expect(sent[0]?.headers['content-type']).toBe('application/octet-stream')
    const back = await serverWith(sent[0]?.body ?? '')
    const source = exportDoc({ http: { type: 'file', relativeURI: '/report' }, file: { type: 'json', decrypt: 'pgp' } })
    const reading = { ...connectionTo(back.origin), pgp: { publicKey, privateKey } }
    const pages = await collect(stage().source.pages({ doc: source, connection: reading, run: aRun() }, undefined))
    expect(pages.flatMap((page) => page.records)).toEqual([{ id: 1 }])
  })

  it.each([
    ['for all records of a run', { skipAggregation: false }, {}, 'file_option_unsupported'],
    ['beside a body of another making', {}, { body: ['{}'] }, 'file_body_unsupported'],
    ['with a method that sends no body', {}, { method: ['DELETE'] }, 'file_method_unsupported'],
    ['of no format', { type: undefined }, {}, 'format_unsupported'],
  ])('%s is refused before anything is sent', async (_name, file, http, code) => {
    const { origin, sent } = await serverWith('')
    expect(await failureOf(() => write(origin, { type: 'csv', ...file }, http))).toMatchObject({ source: 'internal', code })
    expect(sent).toEqual([])
  })

  it('holds no secret of the connection, whatever a template asks for', async () => {
    const { origin, sent } = await serverWith('')
    const file = {
      type: 'xml',
      xml: { body: '<a>{{connection.http.auth.token.token}}{{connection.http.encrypted.key}}{{connection.name}}</a>' },
    }
    const connection = {
      auth: { type: 'token', token: { token: 'a-secret-token', location: 'header' } },
      encrypted: { key: 'a-secret-key' },
    }
    expect(await write(origin, file, {}, connection)).toMatchObject(done)
    expect(sent[0]?.body.toString()).toBe('<a>a connection</a>')
    expect(sent[0]?.headers['authorization']).toBe('Bearer a-secret-token')
  })
})
