/** JSON Web Tokens of a connection: signed for each request, or exchanged for a token (RFC 7523). */
import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { jwtVerify, decodeJwt, type JWTVerifyResult } from 'jose'
import { expect, it } from 'vitest'
import { serve } from '../server.ts'
import { signedIn } from './stage.ts'

const api = () =>
  serve(({ url }, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(url.startsWith('/token') ? '{"access_token":"token-for-the-assertion","token_type":"Bearer"}' : '{}'),
  )
const bearer = (header: string | undefined): string => header?.replace(/^Bearer /, '') ?? ''
const payload = { iss: 'sluice', aud: '{{connection.settings.tenant}}', exp: '{{add 1000000000 3102444800}}' }
const settings = { settings: { tenant: 'the shop' } }
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })

it.each([
  ['hmac-sha256', 'HS256'],
  ['hmac-sha384', 'HS384'],
  ['hmac-sha512', 'HS512'],
])('%s signs each request with the secret', async (signatureMethod, alg) => {
  const server = await api()
  const secret = 'the-secret-that-signs-the-tokens-of-the-connection'
  const { ask, told } = await signedIn(
    server.origin,
    { auth: { type: 'jwtbearer', jwt: { signatureMethod, secret, payload, headers: { kid: 'k1' } } } },
    settings,
  )
  expect([await ask(), await ask()]).toEqual([200, 200])
  const verified = (await jwtVerify(
    bearer(server.asked[0]?.headers.authorization),
    createSecretKey(Buffer.from(secret)),
  )) as JWTVerifyResult
  expect(verified.protectedHeader).toEqual({ alg, typ: 'JWT', kid: 'k1' })
  expect(verified.payload).toMatchObject({ iss: 'sluice', aud: 'the shop', exp: 4102444800, iat: expect.any(Number) })
  expect(told.secrets).toContain(bearer(server.asked[0]?.headers.authorization))
})

it.each([
  ['rsa-sha256', 'RS256', rsa],
  ['rsa-sha512', 'RS512', rsa],
  ['ps384', 'PS384', rsa],
  ['es256', 'ES256', ec('P-256')],
  ['es512', 'ES512', ec('P-521')],
] as const)('%s signs with the private key, in one line or in many', async (signatureMethod, alg, { privateKey, publicKey }) => {
  const server = await api()
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  for (const key of [pem, pem.replaceAll('\n', '\\n')]) {
    const { ask } = await signedIn(server.origin, {
      auth: { type: 'jwt', jwt: { signatureMethod, privateKey: key, payload: { iss: 'sluice' } } },
    })
    expect(await ask()).toBe(200)
    const { protectedHeader } = await jwtVerify(bearer(server.asked.at(-1)?.headers.authorization), publicKey)
    expect(protectedHeader.alg).toBe(alg)
  }
})

it('the secret may be in Base64, and the token goes where the connection says', async () => {
  const server = await api()
  const jwt = {
    signatureMethod: 'hmac-sha256',
    secret: Buffer.from('the-secret').toString('base64'),
    isSecretBase64Encoded: true,
    payload: {},
  }
  const { ask } = await signedIn(server.origin, { auth: { type: 'jwtbearer', jwt, token: { location: 'url', paramName: 'jwt' } } })
  await ask()
  const token = new URL(server.asked[0]?.url ?? '', server.origin).searchParams.get('jwt') ?? ''
  expect((await jwtVerify(token, createSecretKey(Buffer.from('the-secret')))).payload.iat).toBeGreaterThan(0)
})

it('a token that is signed already is sent as it is', async () => {
  const server = await api()
  const { ask } = await signedIn(server.origin, { auth: { type: 'jwt', jwt: { token: 'a.b.c' } } })
  await ask()
  expect(server.asked[0]?.headers.authorization).toBe('Bearer a.b.c')
})

it('with a token server the signed token is what an access token is asked for with', async () => {
  const server = await api()
  const jwt = { signatureMethod: 'hmac-sha256', secret: 'the-secret-that-signs', payload: { iss: 'sluice' } }
  const { ask } = await signedIn(server.origin, {
    auth: { type: 'jwtbearer', jwt, oauth: { tokenURI: `${server.origin}/token`, scope: ['orders'] } },
  })
  expect([await ask(), await ask()]).toEqual([200, 200])
  const [asked, ...orders] = server.asked
  const { assertion = '', ...sent } = Object.fromEntries(new URLSearchParams(asked?.body))
  expect(sent).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', scope: 'orders' })
  expect(decodeJwt(assertion).iss).toBe('sluice')
  expect(orders.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-for-the-assertion', 'Bearer token-for-the-assertion'])
})

it.each([
  ['a key that is none', { signatureMethod: 'rsa-sha256', privateKey: 'nonsense', payload: {} }, /no private key in PEM/],
  ['nothing to sign with', {}, /no signatureMethod and no key/],
])('%s keeps the connection from being used', async (_name, jwt, message) => {
  await expect(signedIn('http://127.0.0.1:1', { auth: { type: 'jwt', jwt } })).rejects.toMatchObject({
    failure: { code: 'invalid_jwt', message: expect.stringMatching(message) },
  })
})

it('a key of another kind fails the request in words', async () => {
  const server = await api()
  const privateKey = ec('P-256').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const { ask } = await signedIn(server.origin, { auth: { type: 'jwt', jwt: { signatureMethod: 'rsa-sha256', privateKey, payload: {} } } })
  expect(await ask()).toMatchObject({ code: 'sign_in_refused', message: expect.stringMatching(/cannot be signed/) })
  expect(server.asked).toEqual([])
})
