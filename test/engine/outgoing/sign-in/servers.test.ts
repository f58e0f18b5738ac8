/** Connections against applications that check each request: what they sign in with is accepted, also beside each other, again and after a redirect. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { digest as digestByLibrary } from 'http-auth'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMasker } from '../../../../src/domain/redaction/masker.ts'
import type { ConnectionDoc } from '../../../../src/engine/adaptor.ts'
import type { Exchange } from '../../../../src/engine/exchange.ts'
import { listConnectionSecrets } from '../../../../src/engine/outgoing/connection-secrets.ts'
import { tellExchange } from '../../../../src/engine/recording/tell-exchange.ts'
import { aRun, collect, connectionTo, exportDoc, importDoc, stage } from '../../adaptors/stage.ts'
import { json, serve } from '../server.ts'
import { checkForAws, checking, digestChecker, oauth1Checker, wsseChecker, type DigestRules } from './checking-servers.ts'

const basic = { username: 'shop', password: 'a-password: of "mine"' }
const records = (count: number) => Array.from({ length: count }, (_, id) => ({ record: { id }, mapped: { id, 'a b': 'ü+&=' } }))

async function send(origin: string, auth: object, { count = 1, http = {}, concurrencyLevel = 1, run = {} } = {}) {
  const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/orders?b=2&a=%C3%BC%20%2B%26&a='], ...http } })
  return stage().sink.write({ doc, connection: connectionTo(origin, { auth, concurrencyLevel }), run: aRun(run) }, records(count))
}
const done = (count: number) => Array.from({ length: count }, () => expect.objectContaining({ kind: 'done' }))

describe('digest', () => {
  const auth = { type: 'digest', basic }

  it.each<DigestRules>([
    { algorithm: 'MD5', qop: 'auth', uses: 3 },
    { algorithm: 'SHA-256', qop: 'auth,auth-int', uses: 3 },
    { algorithm: 'SHA-256', qop: 'auth-int', uses: 3 },
    { algorithm: 'SHA-512-256', qop: 'auth', uses: 2, tellsStale: false },
  ])('$algorithm, $qop, a nonce for $uses requests', async (rules) => {
    const { check, given } = digestChecker(basic.username, basic.password, rules)
    const server = await checking(check)
    expect(await send(server.origin, auth, { count: 12 })).toEqual(done(12))
    // One for the first request, and one whenever the one before has run out.
    expect(given()).toBe(12 / rules.uses)
    expect(server.asked.length).toBe(12 + 12 / rules.uses)
  })

  it('the nonce that an answer names is used for the next request, and nobody has to ask for it', async () => {
    const { check } = digestChecker(basic.username, basic.password, { algorithm: 'SHA-256', qop: 'auth', uses: 1, saysNext: true })
    const server = await checking(check)
    expect(await send(server.origin, auth, { count: 6 })).toEqual(done(6))
    expect(server.asked.length).toBe(7)
  })

  it('requests that are under way together each count their own nonce, which the next ones use on', async () => {
    const { check, given } = digestChecker(basic.username, basic.password, { algorithm: 'SHA-256', qop: 'auth', uses: 1000 })
    const server = await checking(check)
    expect(await send(server.origin, auth, { count: 100, concurrencyLevel: 10 })).toEqual(done(100))
    expect(given()).toBeLessThanOrEqual(10)
  })

  it.each(['MD5', 'MD5-sess'])('is accepted by a library that checks it by %s', async (algorithm) => {
    const start = async (password: string): Promise<string> => {
      const hash = createHash('md5').update(`shop:library:${password}`).digest('hex')
      const guard = digestByLibrary({ realm: 'library', algorithm }, (username, answer) => answer(username === 'shop' ? hash : ''))
      const server = createServer(guard.check((_request, response) => response.end('{"id":1}')))
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
      onTestFinished(() => void server.close())
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }
    expect(await send(await start(basic.password), auth, { count: 40, concurrencyLevel: 8 })).toEqual(done(40))
    expect(await send(await start('another'), auth)).toMatchObject([{ kind: 'failed', failures: [{ code: '401' }] }])
  })

  it('a wrong password is asked for once, and makes the connection known as refused', async () => {
    const { check } = digestChecker(basic.username, 'another', { algorithm: 'SHA-256', qop: 'auth', uses: 1 })
    const server = await checking(check)
    const refused: string[] = []
    const outcomes = await send(server.origin, auth, { run: { refused: ({ _id }: { _id: string }) => refused.push(_id) } })
    expect(outcomes).toMatchObject([{ kind: 'failed', failures: [{ code: '401', message: 'who are you?' }] }])
    expect(server.asked.map(({ headers }) => headers.authorization?.slice(0, 6))).toEqual([undefined, 'Digest'])
    expect(refused.length).toBe(1)
  })

  it('a redirect within the origin is signed for its own address; the nonce of another origin proves nothing there', async () => {
    const { check } = digestChecker(basic.username, basic.password, { algorithm: 'SHA-256', qop: 'auth', uses: 1000 })
    const elsewhere = await serve((_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'Digest realm="e", nonce="e", qop="auth"' }).end(),
    )
    const server = await checking((request, response) => {
      const wrong = check(request, response)
      if (response.writableEnded || wrong !== undefined) return wrong
      if (request.url === '/old') return void response.writeHead(307, { location: '/new' }).end()
      return request.url === '/away' ? void response.writeHead(307, { location: `${elsewhere.origin}/taken` }).end() : undefined
    })
    expect(await send(server.origin, auth, { count: 3, http: { relativeURI: ['/old'] } })).toEqual(done(3))
    await send(server.origin, auth, { http: { relativeURI: ['/away'] } })
    expect(elsewhere.asked.length).toBeGreaterThan(0)
    expect(elsewhere.asked.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
  })

  it('a digest of an unknown kind is said in words, and no application without one is asked twice', async () => {
    const unknown = await serve((_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'Digest realm="r", nonce="n", algorithm=SHA-1' }).end(),
    )
    expect(await send(unknown.origin, auth)).toMatchObject([
      { failures: [{ source: 'connection', code: 'sign_in_failed', message: expect.stringContaining('MD5, SHA-256 and SHA-512-256') }] },
    ])
    const other = await serve((_request, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end('no'))
    expect(await send(other.origin, auth)).toMatchObject([{ failures: [{ code: '401' }] }])
    expect([unknown.asked.length, other.asked.length]).toEqual([1, 1])
  })
})

describe('OAuth 1.0a', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const client = { consumerKey: 'a key', accessToken: 'a token' }
  const shared = { ...client, consumerSecret: 'consumer & secret', tokenSecret: "token's secret!" }

  it.each(['hmac-sha1', 'hmac-sha256', 'hmac-sha512', 'rsa-sha1', 'rsa-sha256', 'rsa-sha512', 'plaintext'])(
    '%s is accepted: in the body of a form, in JSON and without one, and again after a failure',
    async (signatureMethod) => {
      const isRsa = signatureMethod.startsWith('rsa')
      const check = oauth1Checker(signatureMethod.toUpperCase(), isRsa ? { ...client, publicKey } : shared)
      let failures = 0
      const server = await checking(
        (request, response) => check(request) ?? (failures++ % 4 === 0 ? void response.writeHead(503).end() : undefined),
      )
      const oauth1 = {
        signatureMethod,
        realm: 'acct {{connection.settings.n}}_SB',
        ...(isRsa ? { ...client, consumerPrivateKey: privateKey } : shared),
      }
      const connection = connectionTo(server.origin, { auth: { type: 'oauth1', oauth: { oauth1 } } }, { settings: { n: 1 } })
      const { sink, source } = stage()
      for (const http of [{ requestMediaType: 'urlencoded' }, {}, { relativeURI: ["/orders/it's (new)*!?q=a%2Bb"] }]) {
        const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/orders?b=2&a=%C3%BC%20%2B%26&a='], ...http } })
        expect(await sink.write({ doc, connection, run: aRun() }, records(3))).toEqual(done(3))
      }
      const pages = source.pages(
        { doc: exportDoc({ http: { method: 'GET', relativeURI: '/orders?updated=2026-01-01T00:00:00Z' } }), connection, run: aRun() },
        undefined,
      )
      expect((await collect(pages)).flatMap((page) => page.records).length).toBe(1)
    },
  )

  it('a private key that cannot be read is said where the connection is', async () => {
    const oauth1 = { ...client, signatureMethod: 'rsa-sha1', consumerPrivateKey: '-----BEGIN a-private-key-that-is-none' }
    await expect(send('http://127.0.0.1:1', { type: 'oauth1', oauth: { oauth1 } })).rejects.toMatchObject({
      failure: { source: 'connection', code: 'private_key_invalid', message: expect.stringContaining('cannot be read') },
    })
  })
})

describe('WSSE', () => {
  it.each([
    ['x-wsse', undefined],
    ['x-token', { headerName: 'X-Token' }],
  ])('in the header %s is accepted, each time anew', async (header, token) => {
    const server = await checking(wsseChecker(header, 'shop', basic.password))
    expect(await send(server.origin, { type: 'wsse', basic, ...(token && { token }) }, { count: 5, concurrencyLevel: 5 })).toEqual(done(5))
    expect(JSON.stringify(server.asked)).not.toContain('of \\"mine')
  })
})

describe('AWS Signature Version 4', () => {
  const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
  const doc = (http: object = {}) => importDoc({ http: { method: ['POST'], relativeURI: ['/orders?b=2&a=%C3%BC%20%2B&a='], ...http } })
  const helper = (region: string, service: string, token = '""') =>
    `{{{aws4 connection.http.encrypted.accessKeyId connection.http.encrypted.secretAccessKey ${token} "${region}" "${service}"}}}`

  it.each(['s3', 'execute-api'])(
    'by the helper aws4 in a header is accepted for %s, also after a failure and a redirect',
    async (service) => {
      let failures = 0
      const server = await checking(async (request, response) => {
        const wrong = await checkForAws(request, { ...key, region: 'eu-west-1', service })
        if (wrong !== undefined || failures++ % 3 > 0) return wrong
        return failures % 2 === 0
          ? void response.writeHead(503).end()
          : void response.writeHead(307, { location: '/new%20place?z=1' }).end()
      })
      const connection = connectionTo(server.origin, {
        auth: { type: 'custom' },
        encrypted: { ...key, sessionToken: 'a-session-token' },
        headers: [
          { name: 'Authorization', value: helper('eu-west-1', service, 'connection.http.encrypted.sessionToken') },
          { name: 'X-Amz-Date', value: '{{timestamp "YYYYMMDDTHHmmss"}}Z' },
          { name: 'X-Amz-Security-Token', value: '{{connection.http.encrypted.sessionToken}}' },
        ],
      })
      expect(await stage().sink.write({ doc: doc(), connection, run: aRun() }, records(9))).toEqual(done(9))
      expect(server.asked.some(({ url }) => url.startsWith('/new'))).toBe(true)
    },
  )

  it('a signature is made for the origin of the connection, and for no other', async () => {
    const elsewhere = await serve((_request, response) => json(response, 200, {}))
    const signs = { headers: [{ name: 'Authorization', value: helper('eu-west-1', 's3') }] }
    const connection = connectionTo('http://127.0.0.1:1', { encrypted: key })
    const [outcome] = await stage().sink.write(
      { doc: doc({ ...signs, relativeURI: [`${elsewhere.origin}/a`] }), connection, run: aRun() },
      records(1),
    )
    expect(outcome).toMatchObject({ failures: [{ code: 'address_refused', message: expect.stringContaining('signs its request') }] })
    const led = await serve(({ url }, response) =>
      url === '/a' ? json(response, 200, [{ id: 1 }], { link: `<${elsewhere.origin}/b>; rel="next"` }) : response.end(),
    )
    const paged = exportDoc({ http: { method: 'GET', relativeURI: '/a', ...signs, paging: { method: 'linkheader' } } })
    await collect(stage().source.pages({ doc: paged, connection: connectionTo(led.origin, { encrypted: key }), run: aRun() }, undefined))
    expect(led.asked[0]?.headers.authorization).toContain('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/')
    expect(elsewhere.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/b', undefined]])
  })

  it.each([
    ['northAmerica', 'us-east-1'],
    ['europe', 'eu-west-1'],
    ['farEast', 'us-west-2'],
  ])(
    'a connection to Amazon sells in %s: its token has a header of its own, and with a key it signs for %s',
    async (sellingRegion, region) => {
      const server = await checking(async (request) =>
        request.headers['x-amz-access-token'] === 'Atza|token' && request.url === '/orders?MarketplaceIds=ATVPDKIKX0DER'
          ? checkForAws(request, { ...key, region, service: 'execute-api' })
          : 'no token',
      )
      const amazon = {
        type: 'Amazon-SP-API',
        unencrypted: { marketplaceId: 'ATVPDKIKX0DER', sellingRegion },
        auth: { type: 'token', token: { token: 'Atza|token', location: 'header' } },
      }
      const step = (http: object) => ({
        doc: doc({ relativeURI: ['/orders?MarketplaceIds={{connection.http.unencrypted.marketplaceId}}'] }),
        connection: connectionTo(server.origin, { ...amazon, ...http }),
        run: aRun(),
      })
      expect(await stage().sink.write(step({ encrypted: key }), records(2))).toEqual(done(2))
      await stage().sink.write(step({}), records(1))
      expect(server.asked.at(-1)?.headers).toMatchObject({ 'x-amz-access-token': 'Atza|token' })
      expect(server.asked.at(-1)?.headers.authorization).toBeUndefined()
      const moon = stage().sink.write(step({ encrypted: key, unencrypted: { marketplaceId: 'm', sellingRegion: 'moon' } }), records(1))
      await expect(moon).rejects.toMatchObject({ failure: { code: 'selling_region_unknown' } })
    },
  )
})

it('an application that repeats what it was sent gives no secret away', async () => {
  const secrets = { consumerSecret: 'consumer-secret-of-it', tokenSecret: 'token-secret-of-it', accessToken: 'access-token-of-it' }
  const server = await serve(({ headers }, response) => json(response, 400, { message: `${headers.authorization}` }))
  const oauth1 = { consumerKey: 'key', signatureMethod: 'plaintext', ...secrets }
  const [plaintext] = await send(server.origin, { type: 'oauth1', oauth: { oauth1 } })
  expect(plaintext).toMatchObject({ failures: [{ message: expect.stringContaining('OAuth oauth_consumer_key="key"') }] })
  const told = JSON.stringify((plaintext as { failures: unknown }).failures)
  for (const secret of Object.values(secrets)) expect(told).not.toContain(secret)
})

it('what is recorded of a connection that somebody watches holds no proof', async () => {
  const { check } = digestChecker(basic.username, basic.password, { algorithm: 'MD5', qop: 'auth', uses: 1 })
  const server = await checking(check)
  const recorded: unknown[] = []
  const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/orders'] } })
  const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
  const oauth1 = {
    consumerKey: 'key',
    signatureMethod: 'plaintext',
    consumerSecret: 'consumer-secret',
    tokenSecret: 'token-secret',
    accessToken: 'a',
  }
  const run = aRun({
    debug: {
      isWatched: () => true,
      tell: (connection: ConnectionDoc, _step: object, exchange: Exchange) =>
        recorded.push(tellExchange(exchange, createMasker(listConnectionSecrets(connection)).redact)),
    },
  })
  for (const http of [
    { auth: { type: 'digest', basic } },
    { auth: { type: 'wsse', basic } },
    { auth: { type: 'oauth1', oauth: { oauth1 } } },
    {
      encrypted: key,
      headers: [
        { name: 'X-Sign', value: '{{{aws4 connection.http.encrypted.accessKeyId connection.http.encrypted.secretAccessKey "" "a" "b"}}}' },
      ],
    },
  ])
    await stage().sink.write({ doc, connection: connectionTo(server.origin, http), run }, records(1))
  expect(recorded.length).toBeGreaterThan(4)
  expect(JSON.stringify(recorded)).not.toMatch(/a-password|consumer-secret|token-secret|wJalrX|PasswordDigest=|response=|Signature=/)
})
