/** What a connection adds to requests: to which, where, and to which never. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { requestBuilder } from '../../../src/engine/adaptors/http/request.ts'
import { readCredentials } from '../../../src/engine/outgoing/auth/credentials.ts'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import type { HttpRequest } from '../../../src/engine/outgoing/message.ts'
import { connectionTo } from '../adaptors/stage.ts'
import { evaluate } from '../evaluator.ts'
import { signInPorts } from './sign-in-ports.ts'
import { serve } from './server.ts'

async function request(
  http: object,
  { relativeURI = '/a', body = undefined as string | undefined, mediaType = 'json', method = 'POST' } = {},
  origin = 'https://api.example',
): Promise<HttpRequest> {
  const credentials = await readCredentials(connectionTo(origin, http, { settings: { tenant: 't1' } }), signInPorts)
  const templates = { method, relativeURI, headers: [], body, mediaType, shared: credentials.context }
  return (await requestBuilder(templates, { credentials, evaluate })({})) as HttpRequest
}
const token = (fields: object) => ({ auth: { type: 'token', token: { token: 'abc', ...fields } } })

describe('credentials', () => {
  it.each([
    [
      'basic',
      { auth: { type: 'basic', basic: { username: 'u', password: 'p:ä' } } },
      { authorization: `Basic ${Buffer.from('u:p:ä').toString('base64')}` },
    ],
    ['a token', token({ location: 'header' }), { authorization: 'Bearer abc' }],
    ['a token with a scheme', token({ location: 'header', scheme: 'Token' }), { authorization: 'Token abc' }],
    ['a token without one', token({ location: 'header', scheme: ' ', headerName: 'X-Key' }), { 'x-key': 'abc' }],
    ['a token of a custom scheme', token({ location: 'header', scheme: 'Custom' }), { authorization: 'abc' }],
    ['OAuth with an access token', { auth: { type: 'oauth', token: { token: 'abc' } } }, { authorization: 'Bearer abc' }],
    [
      'headers',
      {
        auth: { type: 'custom' },
        headers: [{ name: 'X-K', value: '{{{connection.http.encrypted.k}}}/{{connection.settings.tenant}}' }],
        encrypted: { k: 'a&b' },
      },
      { 'x-k': 'a&b/t1' },
    ],
    [
      'secrets that are stored as text',
      { headers: [{ name: 'X-K', value: '{{connection.http.encrypted.k}}' }], encrypted: '{"k":"v"}' },
      { 'x-k': 'v' },
    ],
  ])('by %s', async (_name, http, headers) => expect((await request(http)).headers).toMatchObject(headers))

  it.each([
    [false, 'Bearer abc'],
    [true, undefined],
  ])(
    'within the origin, where skipFollowAuthorizationHeader is %s, follow a redirect as %s',
    async (skipFollowAuthorizationHeader, after) => {
      const server = await serve((_request, response, index) =>
        index === 0 ? response.writeHead(302, { location: '/b' }).end() : response.end(),
      )
      const client = createHttpClient({ privateNetwork: 'allow' })
      onTestFinished(() => client.close())
      const auth = { type: 'token', token: { token: 'abc' }, skipFollowAuthorizationHeader }
      await client.send(await request({ auth }, { method: 'GET' }, server.origin), AbortSignal.timeout(5000))
      expect(server.asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
        ['/a', 'Bearer abc'],
        ['/b', after],
      ])
    },
  )

  it('by user info in the base URI, which is not called itself', async () => {
    expect(await request({}, {}, 'https://u:p@api.example/v1')).toMatchObject({
      url: 'https://api.example/v1/a',
      headers: { authorization: `Basic ${btoa('u:p')}` },
    })
  })

  it('in the query and in the body', async () => {
    expect((await request(token({ location: 'url', paramName: 'key' }), { relativeURI: '/a?b=1' })).url).toBe(
      'https://api.example/a?b=1&key=abc',
    )
    expect(await request(token({ location: 'body', paramName: 'key' }), { body: '{"a":1}' })).toMatchObject({
      body: '{"a":1,"key":"abc"}',
      secretBody: true,
    })
    expect((await request(token({ location: 'body', paramName: 'key' }), { body: 'a=1', mediaType: 'urlencoded' })).body).toBe(
      'a=1&key=abc',
    )
    expect((await request(token({ location: 'body', paramName: 'key' }), { method: 'GET' })).body).toBeUndefined()
    await expect(request(token({ location: 'body', paramName: 'key' }), { body: '[1]' })).rejects.toThrow('not a JSON object')
  })

  it('by certificate', async () => {
    expect((await request({ disableStrictSSL: true, clientCertificates: { cert: 'c', key: 'k' } })).tls).toEqual({
      rejectUnauthorized: false,
      cert: 'c',
      key: 'k',
    })
  })

  it('by certificate that stands in ssl, as it does with other kinds of connections; what http.clientCertificates says goes before it', async () => {
    const ssl = { ca: 'authority', cert: 'own', key: 'a-private-key', passphrase: 'opens-the-key' }
    const tlsOf = async (http: object) => {
      const credentials = await readCredentials(connectionTo('https://api.example', http, { ssl }), signInPorts)
      const templates = { method: 'GET', relativeURI: '/a', headers: [], body: undefined, mediaType: 'json', shared: credentials.context }
      return { tls: ((await requestBuilder(templates, { credentials, evaluate })({})) as HttpRequest).tls, credentials }
    }
    const { tls, credentials } = await tlsOf({})
    expect(tls).toEqual(ssl)
    expect(['a-private-key', 'opens-the-key'].map((secret) => credentials.holds(secret))).toEqual([true, true])
    expect((await tlsOf({ clientCertificates: { cert: 'other' } })).tls).toEqual({ ...ssl, cert: 'other' })
  })

  it.each([
    ['specific', {}, 'Connections with specific authorization are not supported yet'],
    ['oauth', {}, 'neither an access token nor the tokenURI'],
    ['jwtbearer', {}, 'no signatureMethod and no key'],
  ])('by %s that has nothing to prove with are refused in words', async (type, more, message) => {
    await expect(request({ auth: { type, ...more } })).rejects.toThrow(message)
  })

  it.each([
    'https://evil.example/a',
    'http://api.example:8080/a',
    'https://api.example.evil.example/',
    'https://api.example:444/',
    'https://api.example@evil.example/',
  ])('are not sent to %s', async (relativeURI) => {
    for (const http of [token({ location: 'header' }), token({ location: 'url', paramName: 'key' })]) {
      const sent = await request({ ...http, headers: [{ name: 'X-K', value: 'abc' }] }, { relativeURI })
      expect(JSON.stringify(sent)).not.toContain('abc')
    }
  })

  it('are sent to the own origin however it is written, also where a proxy hides TLS', async () => {
    for (const relativeURI of ['https://API.example:443/a', 'http://api.example/a']) {
      expect(await request(token({ location: 'header' }), { relativeURI })).toMatchObject({
        url: 'https://api.example/a',
        headers: { authorization: 'Bearer abc' },
      })
    }
  })

  it.each(['@evil.example/', '.evil.example/', '\\evil.example', '//evil.example/'])(
    'a relative URI %s stays behind the base URI',
    async (relativeURI) => {
      expect(new URL((await request({}, { relativeURI })).url).host).toBe('api.example')
    },
  )

  it('need a base URI', async () => {
    for (const origin of ['', '/relative', 'file:///etc'])
      await expect(request({}, {}, origin)).rejects.toThrow('not an absolute http or https URL')
  })
})

describe('redaction', () => {
  it('takes secrets out of messages, encoded ones too', async () => {
    const { redact } = await readCredentials(
      connectionTo('https://x.example', {
        auth: { type: 'basic', basic: { username: 'user', password: 'pass-word' } },
        encrypted: { k: 'key-value' },
      }),
      signInPorts,
    )
    expect(redact(`pass-word ${btoa('user:pass-word')} key-value user`)).toBe('****** ****** ****** user')
  })
})
