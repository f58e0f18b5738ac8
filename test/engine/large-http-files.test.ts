/** Files of more than memory should hold, over HTTP both ways: they lie on the disk or in the database meanwhile, and the worker grows by no more than its bound. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGzip } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { ended, make, startRun } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'

const api = apiForFile()
const mb = 1024 * 1024
const size = 200 * mb
/** Of the one that comes packed and goes as the part of a form: more than an answer in memory may have. */
const packedSize = 60 * mb
/** Two files at once, of which a part of a megabyte each is read, written and sent, and what Node keeps of memory that it has not given back. */
const boundMb = 150

/** A part of a megabyte: no two are the same. */
const partOf = (place: number): Buffer => Buffer.alloc(mb, `${place},`)
const sha256 = createHash('sha256')
for (let place = 0; place < size / mb; place++) sha256.update(partOf(place))
const expected = { bytes: size, sha256: sha256.digest('hex') }

/** Requests of `/file` so far: the first breaks off in the middle. */
let asked = 0
let taken: { readonly to: string; readonly bytes: number; readonly sha256: string; readonly length: string | undefined }[] = []
const server = createServer((request, response) => {
  response.on('error', () => undefined)
  void (request.method === 'POST' ? take(request, response) : give(request.url ?? '', response)).catch(() => response.destroy())
})

async function give(url: string, response: ServerResponse): Promise<void> {
  const breaksOff = url === '/file' && asked++ === 0
  const isPacked = url === '/packed'
  const out = isPacked ? createGzip({ level: 1 }) : response
  if (isPacked) out.pipe(response)
  response.writeHead(200, {
    'content-disposition': 'attachment; filename=large.bin',
    ...(isPacked ? { 'content-encoding': 'gzip' } : { 'content-length': size }),
  })
  for (let place = 0; place < (isPacked ? packedSize : size) / mb; place++) {
    if (breaksOff && place === 20) return void response.destroy()
    if (!out.write(partOf(place))) await once(out, 'drain')
  }
  out.end()
}

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of request) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  taken.push({ to: request.url ?? '', bytes, sha256: hash.digest('hex'), length: request.headers['content-length'] })
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"f1"}')
}

let _connectionId: string
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const baseURI = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  _connectionId = (await make(api, 'connections', { name: 'files', type: 'http', http: { mediaType: 'json', baseURI } }))._id as string
})
afterAll(() => void server.close())
beforeEach(() => void (taken = []))

async function blobFlow(relativeURI: string, fields: object = {}): Promise<string> {
  const source = { name: 'files', adaptorType: 'HTTPExport', _connectionId, http: { type: 'blob', relativeURI } }
  const sink = {
    name: 'files',
    adaptorType: 'HTTPImport',
    _connectionId,
    blobKeyPath: 'blobKey',
    http: { method: ['POST'], relativeURI: [`/take${relativeURI}`], ...fields },
  }
  const flow = {
    name: 'files',
    pageGenerators: [{ _exportId: (await make(api, 'exports', source))._id }],
    pageProcessors: [{ type: 'import', _importId: (await make(api, 'imports', sink))._id }],
  }
  return (await make(api, 'flows', flow))._id as string
}

/** Megabytes, resident: now, and at the most since the process began. */
function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
  return { now: of('VmRSS'), most: of('VmHWM') }
}

describe.runIf(process.platform === 'linux')('a file of 200 MB', () => {
  it('comes and goes as it is, asked for again where it broke off, packed, and as the part of a form: in little memory', async () => {
    const plain = await blobFlow('/file')
    const packed = await blobFlow('/packed', { requestMediaType: 'form-data' })
    const worker = await startWorkerProcess(api.config)
    const before = memoryOf(worker.pid).now
    for (const run of [await startRun(api, plain), await startRun(api, packed)])
      expect(await ended(api, run, 200_000)).toMatchObject({ status: 'completed', numError: 0, numExport: 1, numSuccess: 1 })
    const grownBy = memoryOf(worker.pid).most - before
    if (process.env['TEST_LOG']) process.stdout.write(`${before.toFixed(0)} MB, grown by ${grownBy.toFixed(0)} MB at the most\n`)
    expect(asked).toBe(2)
    const of = (to: string) => taken.find((each) => each.to === to)
    expect(of('/take/file')).toMatchObject({ ...expected, length: String(size) })
    // Beside the file a form has what stands around it.
    expect((of('/take/packed')?.bytes ?? 0) - packedSize).toBeLessThan(400)
    expect((of('/take/packed')?.bytes ?? 0) - packedSize).toBeGreaterThan(100)
    expect(grownBy).toBeLessThan(boundMb)
  }, 240_000)
})
