/** What the client answers, what it refuses to hold in memory, and how it says that nothing came back. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHttpClient, largestBody, largestHttpFile } from '../../../src/engine/outgoing/client.ts'
import { decodeText } from '../../../src/engine/outgoing/decode.ts'
import type { HttpRequest } from '../../../src/engine/outgoing/message.ts'
import { json, serve } from './server.ts'

function send(request: Partial<HttpRequest> & { url: string }, signal = AbortSignal.timeout(10_000)) {
  const client = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => client.close())
  return client.send({ method: 'GET', headers: {}, ...request }, signal)
}

describe('an exchange', () => {
  it('sends method, headers and body and answers status, headers and body', async () => {
    const server = await serve((_request, response) => json(response, 201, { ok: true }, { 'X-Rate': '7' }))
    const result = await send({ url: `${server.origin}/a?b=c#d`, method: 'PATCH', headers: { 'x-one': '1' }, body: 'né' })
    expect(result).toMatchObject({ kind: 'answer', statusCode: 201, headers: { 'x-rate': '7' } })
    expect(result.kind === 'answer' && result.body.toString()).toBe('{"ok":true}')
    expect(server.asked[0]).toMatchObject({ method: 'PATCH', url: '/a?b=c', body: 'né' })
    expect(server.asked[0]?.headers).toMatchObject({ 'x-one': '1', 'content-length': '3', 'accept-encoding': 'gzip, deflate, br' })
  })

  it('keeps its connections open', async () => {
    const sockets = new Set<unknown>()
    const server = await serve((_request, response) => {
      sockets.add(response.socket)
      response.end()
    })
    const client = createHttpClient({ privateNetwork: 'allow' })
    onTestFinished(() => client.close())
    for (let n = 0; n < 5; n++) await client.send({ method: 'GET', url: server.origin, headers: {} }, AbortSignal.timeout(1000))
    // Two and not one: undici gives a socket a turn of the event loop before it uses it again.
    expect(sockets.size).toBeLessThanOrEqual(2)
  })

  const text = 'plain enough '.repeat(100)
  it.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['br', brotliCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
  ])('decompresses %s', async (encoding, body) => {
    const server = await serve((_request, response) => response.writeHead(400, { 'content-encoding': encoding }).end(body))
    const result = await send({ url: server.origin })
    expect(result.kind === 'answer' && decodeText(result.body).text).toBe(text)
  })

  it('says when a body cannot be decompressed', async () => {
    const server = await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip'))
    expect(await send({ url: server.origin })).toMatchObject({ code: 'response_invalid' })
  })

  it('reads other charsets and drops a byte order mark', () => {
    const read = (body: Buffer, contentType?: string) => decodeText(body, contentType)
    const [known, unknown] = [{ isUnknown: false }, { isUnknown: true }]
    expect(read(Buffer.from([0xe9]), 'text/plain; charset=ISO-8859-1')).toEqual({ text: 'é', ...known })
    expect(read(Buffer.from('\ufeff{}'), 'application/json; charset=utf-8')).toEqual({ text: '{}', ...known })
    expect(read(Buffer.from('é'), 'text/plain; charset=nonsense')).toEqual({ text: 'é', ...known })
    // What is not said is seen, where that can be.
    expect(read(Buffer.from('{"a":"é"}', 'utf16le'))).toEqual({ text: '{"a":"é"}', ...known })
    expect(read(Buffer.from('\ufeff{"a":"é"}', 'utf16le').swap16())).toEqual({ text: '{"a":"é"}', ...known })
    expect(read(Buffer.from(`<?xml version="1.0" encoding='ISO-8859-1'?><a>é</a>`, 'latin1')).text).toContain('<a>é</a>')
    expect(read(Buffer.from('{"a":"Müller, Köln"}', 'latin1'))).toMatchObject(unknown)
    expect(read(Buffer.from('{"a":"Müller, Köln"}', 'latin1'), 'application/json; charset=utf-8')).toMatchObject(unknown)
    // One character that was cut in half elsewhere does not make the others unreadable.
    expect(read(Buffer.concat([Buffer.from('{"a":"Müller, Köln '), Buffer.from([0xc3]), Buffer.from('"}')]))).toEqual({
      text: '{"a":"Müller, Köln \ufffd"}',
      ...known,
    })
  })
})

describe('an answer that may be a file', () => {
  it('is a body as any other where it is small, however it is packed', async () => {
    const server = await serve(({ url }, response) => {
      const body = url === '/empty' ? '' : gzipSync('{"error":"invalid_auth"}')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
    })
    const asked = async (path: string) => {
      const result = await send({ url: server.origin + path, maxFile: largestHttpFile })
      return result.kind === 'answer' && { file: result.file, body: result.body.toString() }
    }
    expect(await asked('/small')).toEqual({ file: undefined, body: '{"error":"invalid_auth"}' })
    expect(await asked('/empty')).toEqual({ file: undefined, body: '' })
  })

  it('that is an error is bounded as an error, and said so', async () => {
    const server = await serve((_request, response) => {
      response.on('error', () => undefined)
      response.writeHead(500).end(Buffer.alloc(largestBody + 1))
    })
    const result = await send({ url: server.origin, maxFile: largestHttpFile })
    expect(result).toMatchObject({ code: 'response_too_large', message: expect.stringContaining(' MB. Ask it for less') })
  })
})

describe('a bound', () => {
  it('holds for a body', async () => {
    const server = await serve((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024)
      response.on('error', () => undefined)
      for (let mb = 0; mb <= largestBody / chunk.length; mb++) response.write(chunk)
      response.end()
    })
    expect(await send({ url: server.origin })).toMatchObject({ code: 'response_too_large', passing: false })
  })

  it('holds for a body that is small until it is decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(largestBody + 1))
    const server = await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    expect(await send({ url: server.origin })).toMatchObject({ code: 'response_too_large' })
  })

  it('holds for time, headers or no headers', async () => {
    const server = await serve((request, response) => void (request.url === '/half' && response.write('{')))
    expect(await send({ url: server.origin, timeout: 80 })).toMatchObject({ code: 'timeout', passing: true })
    expect(await send({ url: `${server.origin}/half`, timeout: 80 })).toMatchObject({ code: 'timeout' })
  })

  it('can be set by hand: an abort rejects with its reason at once', async () => {
    const server = await serve(() => undefined)
    const controller = new AbortController()
    const sent = send({ url: server.origin }, controller.signal)
    setTimeout(() => controller.abort(new Error('cancelled')), 50)
    await expect(sent).rejects.toThrow('cancelled')
    await expect(send({ url: server.origin }, controller.signal)).rejects.toThrow('cancelled')
  })
})

describe('no answer', () => {
  it('is a value with a code', async () => {
    expect(await send({ url: 'http://127.0.0.1:1/' })).toEqual({
      kind: 'unreachable',
      code: 'connection_refused',
      message: 'http://127.0.0.1:1 refused the connection.',
      passing: true,
    })
    expect(await send({ url: 'http://no-such-host.invalid/' })).toMatchObject({ code: 'host_not_found' })
    const server = await serve((_request, response) => response.socket?.destroy())
    expect(await send({ url: server.origin })).toMatchObject({ code: 'connection_reset', passing: true })
  })

  it('is one of something that does not speak HTTP, too', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-x\r\n'))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    expect(await send({ url: `http://127.0.0.1:${port}/` })).toMatchObject({ code: 'response_invalid' })
    expect(await send({ url: `https://127.0.0.1:${port}/` })).toMatchObject({ code: 'tls_failed' })
  })

  it('is one of the disk that fills up while a large file is kept on its way', async () => {
    const server = await serve((_request, response) => response.end(Buffer.alloc(5_000_000, 'x')))
    const program = `
      import { createHttpClient } from './src/engine/outgoing/client.ts'
      const client = createHttpClient({ privateNetwork: 'allow' })
      const request = { method: 'GET', url: process.env.ORIGIN, headers: {}, maxFile: 1e9 }
      const { code, message } = await client.send(request, AbortSignal.timeout(60000))
      process.stdout.write(JSON.stringify({ code, message }), () => process.exit(0))`
    // A bound of the system's own for files is reached as the end of the disk is.
    const bounded = `trap '' XFSZ; ulimit -f 1024; exec "${process.execPath}" --input-type=module -e "$PROGRAM"`
    const { stdout } = await promisify(execFile)('bash', ['-c', bounded], {
      env: { ...process.env, PROGRAM: program, ORIGIN: server.origin },
    })
    expect(JSON.parse(stdout)).toEqual({ code: 'disk_full', message: expect.stringContaining('(TMPDIR) is full') })
  })

  it('never shows user info, path, query or headers', async () => {
    const secret = 's3cret'
    for (const url of [
      `http://u:${secret}@127.0.0.1:1/${secret}?key=${secret}`,
      `http://${secret}:x@169.254.169.254/?${secret}`,
      `http://${secret}:99999999/`,
    ]) {
      const result = await send({ url, headers: { authorization: secret } })
      expect(result.kind === 'unreachable' && result.message).toBeTypeOf('string')
      expect(JSON.stringify(result)).not.toContain(secret)
    }
    const result = await send({ url: 'http://127.0.0.1:1/', headers: { 'x-key': `${secret}\n` } })
    expect(result).toMatchObject({ code: 'invalid_request' })
    expect(JSON.stringify(result)).not.toContain(secret)
  })
})
