/** Settings whose cases try them on one step, each on a flow that runs: what the application was asked with, and what arrived of it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { createMessage, encrypt, generateKey, readKey } from 'openpgp'
import { describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { make, runToEnd } from '../harness/flows.ts'
import { json, serve, type Asked } from './outgoing/server.ts'
import { checking, oauth1Checker, wsseChecker } from './outgoing/sign-in/checking-servers.ts'

const api = apiForFile({ worker: true })

type Doc = Readonly<Record<string, unknown>>

/** A flow of one export and one import over the connection; answers its job and the errors of both steps. */
async function runOver(connection: Doc, exported: Doc, imported: Doc = {}) {
  const _connectionId = (await make(api, 'connections', { name: 'application', type: 'http', ...connection }))._id as string
  const source = { method: 'GET', relativeURI: '/source' }
  const sink = { method: ['POST'], relativeURI: ['/sink'] }
  const anExport = {
    name: 'source',
    adaptorType: 'HTTPExport',
    _connectionId,
    ...exported,
    http: { ...source, ...(exported['http'] as Doc) },
  }
  const anImport = { name: 'sink', adaptorType: 'HTTPImport', _connectionId, ...imported, http: { ...sink, ...(imported['http'] as Doc) } }
  const _exportId = (await make(api, 'exports', anExport))._id as string
  const _importId = (await make(api, 'imports', anImport))._id as string
  const pageProcessors = [{ type: 'import', _importId }]
  const flow = await make(api, 'flows', { name: 'flow', pageGenerators: [{ _exportId }], pageProcessors })
  const job = await runToEnd(api, flow._id as string)
  const errorsOf = async (id: string) => (await api.call('GET', `/v1/flows/${flow._id}/${id}/errors`)).body.errors as Doc[]
  return { job, errors: [...(await errorsOf(_exportId)), ...(await errorsOf(_importId))] }
}

const http = (baseURI: string, more: Doc = {}) => ({ baseURI, mediaType: 'json', ...more })
const bodiesOf = (asked: readonly Asked[]) => asked.filter(({ url }) => url === '/sink').map(({ body }) => JSON.parse(body) as unknown)

/** An application that checks the certificates of those who ask, and is known by one of the same authority. */
async function serveTls(answer: RequestListener) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-authority-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-x509', '-days', '1']
  const names = ['-subj', '/CN=application', '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', ...curve, '-keyout', 'a.key', '-out', 'a.crt', ...names], { cwd: folder, stdio: 'ignore' })
  const own = { ca: read('a.crt'), cert: read('a.crt'), key: read('a.key') }
  const server = createServer({ ...own, requestCert: true, rejectUnauthorized: true }, answer)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, own }
}

describe('on a running flow', () => {
  it('ssl: the certificate of the connection is shown with each request, and the authority that it names is trusted', async () => {
    const shown: unknown[] = []
    const { origin, own } = await serveTls((request, response) => {
      shown.push([request.url, (request.socket as TLSSocket).getPeerCertificate().subject.CN])
      response.setHeader('content-type', 'application/json').end(JSON.stringify([{ id: 1 }]))
    })
    expect(await runOver({ http: http(origin), ssl: own }, {})).toMatchObject({ job: { status: 'completed', numSuccess: 1 }, errors: [] })
    expect(shown).toEqual([
      ['/source', 'application'],
      ['/sink', 'application'],
    ])
  })

  it.each([
    [true, undefined],
    [false, 'Bearer the-token-of-it'],
  ])(
    'skipFollowAuthorizationHeader %s: a redirect within the application is followed as %s',
    async (skipFollowAuthorizationHeader, proof) => {
      const server = await serve(({ url }, response) =>
        url === '/source' ? response.writeHead(302, { location: '/moved' }).end() : response.end('[{"id":1}]'),
      )
      const auth = { type: 'token', token: { token: 'the-token-of-it', location: 'header', headerName: 'Authorization', scheme: 'Bearer' } }
      const { job } = await runOver({ http: http(server.origin, { auth: { ...auth, skipFollowAuthorizationHeader } }) }, {})
      expect(job).toMatchObject({ status: 'completed', numSuccess: 1 })
      expect(server.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
        ['/source', 'Bearer the-token-of-it'],
        ['/moved', proof],
        ['/sink', 'Bearer the-token-of-it'],
      ])
    },
  )

  it('http.type Amazon-SP-API: the token has a header of its own, and requests are signed for the region that sells', async () => {
    const server = await serve((_request, response) => response.end('[{"id":1}]'))
    const amazon = {
      type: 'Amazon-SP-API',
      unencrypted: { marketplaceId: 'ATVPDKIKX0DER', sellingRegion: 'europe' },
      encrypted: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-access-key' },
      auth: { type: 'token', token: { token: 'Atza|token', location: 'header' } },
    }
    const { job } = await runOver(
      { http: http(server.origin, amazon) },
      { http: { relativeURI: '/source?of={{connection.http.unencrypted.marketplaceId}}' } },
    )
    expect(job).toMatchObject({ status: 'completed', numSuccess: 1 })
    expect(server.asked.map(({ url }) => url)).toEqual(['/source?of=ATVPDKIKX0DER', '/sink'])
    for (const { headers } of server.asked) {
      expect(headers['x-amz-access-token']).toBe('Atza|token')
      expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d+\/eu-west-1\/execute-api\/aws4_request/)
    }
  })

  it('_iClientId: the connection signs in as the client that the iClient names', async () => {
    const server = await serve(({ url }, response) =>
      url === '/token'
        ? response.setHeader('content-type', 'application/json').end('{"access_token":"from-it"}')
        : response.end('[{"id":1}]'),
    )
    const oauth2 = {
      clientId: 'the client',
      clientSecret: 'secret-of-the-client',
      clientCredentialsLocation: 'body',
      validDomainNames: ['127.0.0.1'],
    }
    const iClient = await make(api, 'iclients', { name: 'application', provider: 'custom_oauth2', oauth2 })
    const oauth = { tokenURI: `${server.origin}/token`, grantType: 'clientcredentials', clientCredentialsLocation: 'body' }
    const auth = { type: 'oauth', oauth, token: { location: 'header', headerName: 'Authorization', scheme: 'Bearer' } }
    const { job, errors } = await runOver({ http: http(server.origin, { auth, _iClientId: iClient._id }) }, {})
    expect({ job, errors }).toMatchObject({ job: { status: 'completed', numSuccess: 1 }, errors: [] })
    const [token, ...rest] = server.asked
    expect(Object.fromEntries(new URLSearchParams(token?.body))).toMatchObject({
      client_id: 'the client',
      client_secret: 'secret-of-the-client',
    })
    expect(rest.map(({ headers }) => headers.authorization)).toEqual(['Bearer from-it', 'Bearer from-it'])
  })

  it('pgp, sortByFields: a download is opened with the key of the connection, and its records arrive sorted', async () => {
    const { publicKey, privateKey } = await generateKey({ userIDs: [{ name: 'ours' }], passphrase: 'of the key' })
    const message = await createMessage({ text: 'id,name\n1,b\n2,a\n' })
    const file = String(await encrypt({ message, encryptionKeys: await readKey({ armoredKey: publicKey }) }))
    const server = await serve(({ url }, response) => response.end(url === '/source' ? file : '{}'))
    const exported = {
      http: { type: 'file' },
      file: { type: 'csv', csv: { hasHeaderRow: true }, decrypt: 'pgp', sortByFields: [{ field: 'name' }] },
    }
    const pgp = { publicKey, privateKey, passphrase: 'of the key' }
    const { job, errors } = await runOver({ http: http(server.origin, { concurrencyLevel: 1 }), pgp }, exported)
    expect({ job, errors }).toMatchObject({ job: { status: 'completed', numSuccess: 2 }, errors: [] })
    expect(bodiesOf(server.asked)).toEqual([
      { id: '2', name: 'a' },
      { id: '1', name: 'b' },
    ])
  })

  it('successMediaType, parsers: answers in XML become records as the parser says', async () => {
    const xml = '<orders><order no="1"><line> a </line></order><order no="2"><line>b</line></order></orders>'
    const server = await serve(({ url }, response) =>
      url === '/source' ? response.setHeader('content-type', 'text/xml').end(xml) : response.end('{}'),
    )
    const rules = { V0_json: false, trimSpaces: true, attributePrefix: '$', listNodes: ['line'] }
    const exported = { http: { successMediaType: 'xml' }, parsers: [{ type: 'xml', version: 1, resourcePath: '/orders/order', rules }] }
    const { job, errors } = await runOver({ http: http(server.origin, { concurrencyLevel: 1 }) }, exported)
    expect({ job, errors }).toMatchObject({ job: { status: 'completed', numSuccess: 2 }, errors: [] })
    expect(bodiesOf(server.asked)).toEqual([
      { $no: '1', line: ['a'] },
      { $no: '2', line: ['b'] },
    ])
  })

  it('successMediaType and errorMediaType xml of an import: a fault in an answer is the error of its record, and its id is read', async () => {
    const answers = ['<r><id>7</id></r>', '<r><fault>no stock</fault></r>', '<e><message>closed</message></e>']
    let count = 0
    const server = await serve(({ url }, response) => {
      if (url === '/source') return response.setHeader('content-type', 'application/json').end('[{"id":1},{"id":2},{"id":3}]')
      const answer = answers[count++]
      return response.writeHead(answer?.startsWith('<e>') ? 422 : 200, { 'content-type': 'text/xml' }).end(answer)
    })
    const imported = {
      http: {
        successMediaType: 'xml',
        errorMediaType: 'xml',
        response: { resourceIdPath: ['/r/id/text()'], failPath: ['/r/fault/text()'], errorPath: '/e/message/text()' },
      },
    }
    const { job, errors } = await runOver({ http: http(server.origin, { concurrencyLevel: 1 }) }, {}, imported)
    expect(job).toMatchObject({ status: 'completed', numSuccess: 1, numError: 2 })
    expect(new Set(errors.map(({ message }) => message))).toEqual(new Set(['The answer holds no stock at /r/fault/text().', 'closed']))
  })

  it.each(['webhook', 'simple', 'distributed', 'stream', 'tranlinedelta'])(
    'an export over HTTP of the type %s ends the run before anybody is asked',
    async (type) => {
      const server = await serve((_request, response) => response.end('[{"id":1}]'))
      const { job, errors } = await runOver({ http: http(server.origin) }, { type })
      expect(job).toMatchObject({ status: 'failed', numSuccess: 0 })
      expect(errors).toMatchObject([{ code: 'export_type_unsupported', message: expect.stringContaining(`cannot be of the type ${type}`) }])
      expect(server.asked).toEqual([])
    },
  )
})

describe('a connection of the older type rest, on a running flow', () => {
  const overRest = (baseURI: string, rest: Doc) => ({ type: 'rest', rest: { baseURI, mediaType: 'json', concurrencyLevel: 1, ...rest } })
  const through = { job: { status: 'completed', numSuccess: 1 }, errors: [] }
  const basicAuth = { username: 'shop', password: 'a-password of it' }

  it('cookieAuth: a session is begun before the first request, and kept for all of them', async () => {
    const server = await serve(({ url, headers }, response) =>
      url === '/login'
        ? json(response, 200, {}, { 'set-cookie': 'sid=1' })
        : json(response, headers.cookie === 'sid=1' ? 200 : 401, [{ id: 1 }]),
    )
    const cookieAuth = { uri: '/login', method: 'POST', body: '{"p":"{{connection.rest.encrypted.p}}"}', successStatusCode: 200 }
    const connection = overRest(server.origin, { authType: 'cookie', cookieAuth, encrypted: { p: 'the-password' } })
    expect(await runOver(connection, {})).toMatchObject(through)
    expect(server.asked.map(({ url }) => url)).toEqual(['/login', '/source', '/sink'])
    expect(server.asked[0]?.body).toBe('{"p":"the-password"}')
  })

  it('refreshToken: a token that is no longer accepted is fetched anew, as refreshTokenURI, Method, Body and Path say', async () => {
    const server = await serve(({ url, headers, body }, response) => {
      if (url === '/renew') return json(response, 200, { its: { token: `new of ${body} by ${String(headers['x-by'])}` } })
      return json(response, headers.authorization?.startsWith('Bearer new of') ? 200 : 401, [{ id: 1 }])
    })
    const connection = overRest(server.origin, {
      authType: 'token',
      bearerToken: 'the-old-token',
      tokenLocation: 'header',
      authHeader: 'Authorization',
      authScheme: 'Bearer',
      refreshToken: 'the-refresh-token',
      refreshTokenURI: '/renew',
      refreshTokenMethod: 'POST',
      refreshTokenBody: '{"r":"{{connection.rest.refreshToken}}"}',
      refreshTokenPath: 'its.token',
      refreshTokenMediaType: 'json',
      refreshTokenHeaders: [{ name: 'X-By', value: 'a flow' }],
    })
    expect(await runOver(connection, {})).toMatchObject(through)
    const renewed = 'Bearer new of {"r":"the-refresh-token"} by a flow'
    expect(server.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/source', 'Bearer the-old-token'],
      ['/renew', undefined],
      ['/source', renewed],
      ['/sink', renewed],
    ])
  })

  it('wsse: each request has a digest of its own of the name and password in basicAuth', async () => {
    const check = wsseChecker('x-wsse', basicAuth.username, basicAuth.password)
    const server = await checking(check)
    expect(await runOver(overRest(server.origin, { authType: 'wsse', basicAuth }), {})).toMatchObject(through)
  })

  it('oauth1: each request is signed', async () => {
    const secrets = { consumerKey: 'a key', consumerSecret: 'consumer secret', accessToken: 'a token', tokenSecret: 'token secret' }
    const server = await checking(oauth1Checker('HMAC-SHA256', secrets))
    const oauth = { oauth1: { signatureMethod: 'hmac-sha256', realm: 'acct 1_SB', ...secrets } }
    expect(await runOver(overRest(server.origin, { authType: 'oauth1', oauth }), {})).toMatchObject(through)
  })
})
