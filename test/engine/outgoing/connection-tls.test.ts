/** Connections over TLS, against servers with certificates of an authority of their own: what a connection holds is shown, checked, and stays its own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { aRun, connectionTo, importDoc, stage } from '../adaptors/stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-authority-'))
const at = (name: string): string => join(folder, name)
const read = (name: string): string => readFileSync(at(name), 'utf8')
const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })

function sign(name: string, authority: string, extension: string): void {
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    '-subj',
    `/CN=${name}`,
  )
  writeFileSync(at(`${name}.ext`), extension)
  const by = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial']
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`, '-days', '1', '-extfile', `${name}.ext`)
}

beforeAll(() => {
  for (const authority of ['authority', 'stranger'])
    openssl(
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
      `${authority}.key`,
      '-out',
      `${authority}.crt`,
      '-subj',
      `/CN=${authority}`,
    )
  sign('server', 'authority', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  sign('elsewhere', 'authority', 'subjectAltName=DNS:elsewhere.example')
  sign('client', 'authority', 'extendedKeyUsage=clientAuth')
  sign('intruder', 'stranger', 'extendedKeyUsage=clientAuth')
  openssl('pkcs8', '-topk8', '-in', 'client.key', '-out', 'client-locked.key', '-v2', 'aes256', '-passout', 'pass:opens it')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Answers whose certificate it was shown. */
async function serveTls(name = 'server', needsClient = true): Promise<string> {
  const options = {
    key: read(`${name}.key`),
    cert: read(`${name}.crt`),
    ca: read('authority.crt'),
    requestCert: needsClient,
    rejectUnauthorized: needsClient,
  }
  const server = createServer(options, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate() as { subject?: { CN?: string } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id: subject?.CN ?? 'nobody' }))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Told = { readonly id: unknown } | { readonly code: string; readonly message: string }

async function ask(origin: string, http: object, rest: object = {}, on = stage()): Promise<Told> {
  const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/orders'] } })
  const [outcome] = await on.sink.write({ doc, connection: connectionTo(origin, http, rest), run: aRun() }, [{ record: {}, mapped: {} }])
  if (outcome?.kind === 'done') return { id: outcome.response['id'] }
  const [failure] = outcome?.kind === 'failed' ? outcome.failures : []
  return { code: failure?.code ?? '', message: failure?.message ?? '' }
}

it('a client certificate, its key behind a passphrase, and an authority of its own: in http.clientCertificates, or in ssl', async () => {
  const origin = await serveTls()
  const certificates = { ca: read('authority.crt'), cert: read('client.crt'), key: read('client-locked.key'), passphrase: 'opens it' }
  expect(await ask(origin, { clientCertificates: certificates })).toEqual({ id: 'client' })
  expect(await ask(origin, {}, { ssl: certificates })).toEqual({ id: 'client' })
  const { ca, ...client } = certificates
  expect(await ask(origin, { clientCertificates: client }, { ssl: { ca } })).toEqual({ id: 'client' })
})

it('a server of another authority, or of another name, is refused in words, and nothing is sent to it', async () => {
  const ca = { ca: read('authority.crt') }
  expect(await ask(await serveTls('server', false), {})).toMatchObject({
    code: 'tls_failed',
    message: expect.stringContaining('an authority that is not known here'),
  })
  expect(await ask(await serveTls('server', false), { clientCertificates: { ca: read('stranger.crt') } })).toMatchObject({
    code: 'tls_failed',
  })
  expect(await ask(await serveTls('elsewhere', false), { clientCertificates: ca })).toMatchObject({
    code: 'tls_failed',
    message: expect.stringContaining('for another name'),
  })
  expect(await ask(await serveTls('elsewhere', false), { disableStrictSSL: true })).toEqual({ id: 'nobody' })
})

it('a wrong passphrase, a certificate of somebody else and none at all are failures of the connection that tell no secret', async () => {
  const origin = await serveTls()
  const ca = read('authority.crt')
  const key = read('client-locked.key')
  for (const clientCertificates of [
    { ca, cert: read('client.crt'), key, passphrase: 'does not open it' },
    { ca, cert: read('intruder.crt'), key: read('intruder.key') },
    { ca, cert: read('client.crt'), key: read('intruder.key') },
    { ca },
  ]) {
    const told = await ask(origin, { clientCertificates })
    expect(told).toMatchObject({ code: expect.stringMatching(/^(?:tls_failed|connection_reset|connection_failed)$/) })
    expect(JSON.stringify(told)).not.toMatch(/does not open it|PRIVATE KEY|MI[A-Za-z0-9+/]{20}/)
  }
})

it('what one connection accepts or shows, no other does, also where they go to the same server in turns', async () => {
  const open = await serveTls('server', false)
  const on = stage()
  const client = { ca: read('authority.crt'), cert: read('client.crt'), key: read('client.key') }
  for (const _round of [1, 2]) {
    expect(await ask(open, { disableStrictSSL: true }, {}, on)).toEqual({ id: 'nobody' })
    expect(await ask(open, {}, {}, on)).toMatchObject({ code: 'tls_failed' })
    expect(await ask(open, { clientCertificates: { ca: client.ca } }, {}, on)).toEqual({ id: 'nobody' })
  }
  const closed = await serveTls()
  expect(await ask(closed, { clientCertificates: client }, {}, on)).toEqual({ id: 'client' })
  expect(await ask(closed, { disableStrictSSL: true }, {}, on)).not.toHaveProperty('id')
})
