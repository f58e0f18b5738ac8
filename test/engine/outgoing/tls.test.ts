/** TLS: certificates are verified unless the connection says otherwise, and what it says holds for it alone. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
let key = ''
let cert = ''
beforeAll(() => {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
      '-keyout',
      keyFile,
      '-out',
      certFile,
      ...subject,
    ],
    { stdio: 'ignore' },
  )
  key = readFileSync(keyFile, 'utf8')
  cert = readFileSync(certFile, 'utf8')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function serveTls(options: ServerOptions = {}): Promise<string> {
  const server = createServer({ key, cert, ...options }, (request, response) =>
    response.end(String((request.socket as TLSSocket).authorized)),
  )
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function sender() {
  const client = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => client.close())
  return (url: string, tls?: object) => client.send({ method: 'GET', url, headers: {}, ...(tls && { tls }) }, AbortSignal.timeout(5000))
}

it('a certificate that cannot be verified is refused, also after a connection that accepts it', async () => {
  const url = await serveTls()
  const send = sender()
  const refused = { kind: 'unreachable', code: 'tls_failed', passing: false }
  expect(await send(url)).toMatchObject(refused)
  expect(await send(url, { rejectUnauthorized: false })).toMatchObject({ statusCode: 200 })
  expect(await send(url, { ca: cert })).toMatchObject({ statusCode: 200 })
  expect(await send(url)).toMatchObject(refused)
})

it('a client certificate is shown', async () => {
  const url = await serveTls({ requestCert: true, ca: cert, rejectUnauthorized: false })
  const send = sender()
  const answers = [await send(url, { ca: cert, cert, key }), await send(url, { ca: cert })]
  expect(answers.map((answer) => answer.kind === 'answer' && answer.body.toString())).toEqual(['true', 'false'])
})

it('a client certificate may come with its key in one file, which a passphrase opens', async () => {
  const file = join(folder, 'client.pfx')
  const made = ['-inkey', join(folder, 'key.pem'), '-in', join(folder, 'cert.pem'), '-out', file, '-passout', 'pass:opens']
  execFileSync('openssl', ['pkcs12', '-export', ...made], { stdio: 'ignore' })
  const pfx = readFileSync(file, 'base64')
  const url = await serveTls({ requestCert: true, ca: cert, rejectUnauthorized: false })
  const send = sender()
  const answers = [await send(url, { ca: cert, pfx, passphrase: 'opens' }), await send(url, { ca: cert, pfx, passphrase: 'not this one' })]
  expect(answers.map((answer) => (answer.kind === 'answer' ? answer.body.toString() : answer.code))).toEqual(['true', 'tls_failed'])
})

it('a client certificate that cannot be read is a failure in words', async () => {
  const result = await sender()(await serveTls(), { cert: 'nonsense', key: 'nonsense' })
  expect(result).toMatchObject({ kind: 'unreachable', code: 'tls_failed' })
  expect(JSON.stringify(result)).not.toContain('nonsense')
})
