/** Requests as they come over the wire: targets, methods, connections, encodings, and what is no request at all. */
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { exchange, openWire } from '../harness/socket.ts'
import { makeOneOfEach, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
})

const auth = 'Host: a\r\nAuthorization: Bearer owner-token-for-tests\r\n'
const get = (target: string) => exchange(api.url, `GET ${target} HTTP/1.1\r\n${auth}Connection: close\r\n\r\n`)
/** Statuses of all answers on one connection, in order. */
const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status ?? '')

describe('targets', () => {
  test('in absolute-form are read as the path they hold', async () => {
    for (const origin of ['http://sluice.example', 'https://sluice.example:8443', 'HTTP://[::1]:80', api.url]) {
      expect(await get(`${origin}/v1/tokenInfo`)).toMatch(/^HTTP\/1\.1 200 /)
      expect(await get(`${origin}/v1/integrations?include=name`)).toMatch(/^HTTP\/1\.1 200 /)
      expect(await get(`${origin}/v1/integrations/${ids.integrations}`)).toContain(ids.integrations)
    }
    expect(await get('http://sluice.example')).toMatch(/^HTTP\/1\.1 200 [^]*content-type: text\/html/)
  })

  test('with a trailing slash are the same as without', async () => {
    for (const path of ['/v1/integrations', `/v1/integrations/${ids.integrations}`, `/v1/flows/${ids.flows}/errors`, '/v1/tokenInfo'])
      expect((await api.call('GET', `${path}/`)).body).toEqual((await api.call('GET', path)).body)
    expect((await api.call('POST', '/v1/scripts/', { name: 'a', content: '' })).status).toBe(201)
  })

  test('are the same in upper and lower case, and so are what else they are served with', async () => {
    for (const [path, usual] of [
      ['/V1/Integrations', '/v1/integrations'],
      [`/v1/asyncHelpers/${ids.asynchelpers}`, `/v1/asynchelpers/${ids.asynchelpers}`],
      ['/v1/lookupCaches', '/v1/lookupcaches'],
      ['/v1/TOKENINFO/', '/v1/tokenInfo'],
    ] as const)
      expect((await api.call('GET', path)).text).toEqual((await api.call('GET', usual)).text)
    const { status, headers } = await api.call('PATCH', `/v1/AsyncHelpers/${ids.asynchelpers}`)
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'DELETE, GET, HEAD, PUT' })
    expect((await api.call('GET', '/v1/Connections/PING')).status).toBe(405)
    for (const path of ['/V1/unicorns', '/APIS/unicorns']) expect((await fetch(api.url + path)).status).toBe(401)
  })

  test('that no route has are 404 not_found and repeat no query', async () => {
    for (const [method, path] of [
      ['GET', '/v1'],
      ['GET', '/nothing'],
      ['GET', '/v1/'],
      ['GET', '/v1/unicorns?token=hidden'],
      ['OPTIONS', '/v1/unicorns'],
      ['GET', '/v1//integrations'],
    ] as const) {
      const { status, body, text } = await api.call(method, path)
      expect({ path, status, code: body.errors[0].code }).toEqual({ path, status: 404, code: 'not_found' })
      expect(text).not.toContain('hidden')
    }
  })

  test('that have other methods are 405, and Allow names these', async () => {
    const ofDocument = 'DELETE, GET, HEAD, PUT'
    for (const [method, path, allow] of [
      ['POST', `/v1/integrations/${ids.integrations}`, 'DELETE, GET, HEAD, PATCH, PUT'],
      ['PATCH', `/v1/iClients/${ids.iclients}`, ofDocument],
      ['PATCH', `/v1/iClients/${ids.iclients}/?a=hidden`, ofDocument],
      ['POST', `/v1/connections/${ids.connections}`, 'DELETE, GET, HEAD, PATCH, PUT'],
      ['POST', `/v1/iClients/${ids.iclients}`, ofDocument],
      ['DELETE', '/v1/integrations', 'GET, HEAD, POST'],
      ['OPTIONS', '/v1/integrations', 'GET, HEAD, POST'],
      ['PUT', '/v1/connections/ping', 'POST'],
      ['GET', '/v1/connections/ping', 'POST'],
      ['GET', `/v1/integrations/${ids.integrations}/clone`, 'POST'],
      ['DELETE', `/v1/flows/${ids.flows}/${ids.exports}/errors`, 'GET, HEAD'],
      ['POST', '/openapi.json', 'GET, HEAD'],
      ['DELETE', '/docs/assets/swagger-ui.css', 'GET, HEAD'],
    ] as const) {
      const { status, body, text, headers } = await api.call(method, path)
      expect({ path, status, code: body.errors[0].code, allow: headers.get('allow') }).toEqual({
        path,
        status: 405,
        code: 'method_not_allowed',
        allow,
      })
      expect(text).not.toContain('hidden')
    }
  })

  test('with another method ask for a token first', async () => {
    const response = await fetch(`${api.url}/v1/integrations/${ids.integrations}`, { method: 'POST' })
    expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({ status: 401, allow: null })
  })

  test('that cannot be decoded are 400', async () => {
    for (const path of ['/v1/integrations/%zz', '/v1/integrations/%ff%fe', '/%'])
      expect(await get(path)).toMatch(/^HTTP\/1\.1 400 [^]*"bad_request"/)
  })

  test('with ids of any length are refused in order', async () => {
    for (const length of [25, 100, 200]) {
      const { status, body } = await api.call('GET', `/v1/integrations/${'a'.repeat(length)}`)
      expect({ length, status, code: body.errors[0].code }).toEqual({ length, status: 404, code: 'invalid_ref' })
    }
    const { status, body } = await api.call('GET', `/v1/integrations/${'a'.repeat(8000)}`)
    expect({ status, code: body.errors[0].code }).toEqual({ status: 414, code: 'uri_too_long' })
  })
})

describe('methods', () => {
  test('HEAD answers as GET, without the body', async () => {
    const path = `/v1/integrations/${ids.integrations}`
    const head = await api.call('HEAD', path)
    const full = await api.call('GET', path)
    expect({ status: head.status, text: head.text, type: head.headers.get('content-type') }).toEqual({
      status: 200,
      text: '',
      type: full.headers.get('content-type'),
    })
    expect((await api.call('HEAD', '/v1/integrations/000000000000000000000000')).status).toBe(404)
    expect((await fetch(api.url + path, { method: 'HEAD' })).status).toBe(401)
  })

  test('DELETE and GET with a body are taken; the body changes nothing', async () => {
    const { body } = await api.call('POST', '/v1/integrations', { name: 'a' })
    const text = '{"name":"b"}'
    const of = (method: string) =>
      exchange(
        api.url,
        `${method} /v1/integrations/${body._id} HTTP/1.1\r\n${auth}Connection: close\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      )
    expect(await of('GET')).toMatch(/^HTTP\/1\.1 200 [^]*"name": ?"a"/)
    expect(await of('DELETE')).toMatch(/^HTTP\/1\.1 204 /)
  })
})

describe('connections', () => {
  test('take one request after another', async () => {
    const wire = await openWire(api.url)
    wire.send(`GET /v1/tokenInfo HTTP/1.1\r\n${auth}\r\n`)
    await wire.until(/"scope":"\*"\}/)
    wire.send(`GET /v1/unicorns HTTP/1.1\r\n${auth}\r\n`)
    await wire.until(/not_found/)
    wire.send(`GET /v1/tokenInfo HTTP/1.1\r\n${auth}Connection: close\r\n\r\n`)
    expect(statuses(await wire.ended())).toEqual(['200', '404', '200'])
  })

  test('answer requests that are sent ahead in their order', async () => {
    const wire = await openWire(api.url)
    wire.send(
      `GET /v1/integrations HTTP/1.1\r\n${auth}\r\nGET /v1/unicorns HTTP/1.1\r\n${auth}\r\nGET /v1/tokenInfo HTTP/1.1\r\n${auth}Connection: close\r\n\r\n`,
    )
    expect(statuses(await wire.ended())).toEqual(['200', '404', '200'])
  })

  test('end after a body that is refused, so that none of it is taken for a request', async () => {
    const wire = await openWire(api.url)
    wire.send(
      `POST /v1/integrations HTTP/1.1\r\n${auth}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"name": GET /v1/tokenInfo HTTP/1.1\r\n${auth}\r\n`,
    )
    expect(statuses(await wire.ended())).toEqual(['400'])
  })

  test('Expect: 100-continue is honoured', async () => {
    const wire = await openWire(api.url)
    wire.send(
      `POST /v1/integrations HTTP/1.1\r\n${auth}Content-Type: application/json\r\nContent-Length: 12\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    )
    await wire.until(/100 Continue/)
    wire.send('{"name":"a"}')
    expect(statuses(await wire.ended())).toEqual(['100', '201'])
  })

  test('what is no HTTP is 400, and a head that is too large 431, both in the usual envelope', async () => {
    const broken = await exchange(api.url, 'this is not http\r\n\r\n')
    expect(broken).toMatch(/^HTTP\/1\.1 400 [^]*\{"errors":\[\{"code":"bad_request","message":"[^"]+"\}\]\}$/)
    const large = await exchange(api.url, `GET /v1/tokenInfo HTTP/1.1\r\n${auth}X: ${'x'.repeat(40_000)}\r\n\r\n`)
    expect(large).toMatch(/^HTTP\/1\.1 431 [^]*"header_too_large"/)
    expect(await get('/v1/tokenInfo')).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('gzip', () => {
  const path = () => `/v1/integrations/${ids.integrations}`
  const raw = async (encoding: string | undefined, target: string) => {
    const wire = await openWire(api.url)
    wire.send(
      `GET ${target} HTTP/1.0\r\n${auth}${encoding === undefined ? '' : `Accept-Encoding: ${encoding}\r\n`}Connection: close\r\n\r\n`,
    )
    const text = await wire.ended()
    const end = text.indexOf('\r\n\r\n')
    return { head: text.slice(0, end).toLowerCase(), body: Buffer.from(text.slice(end + 4), 'latin1') }
  }

  test('is used when it is asked for and worth it, and holds the same', async () => {
    await api.call('PUT', path(), { name: 'large', settings: { text: 'x'.repeat(5000) } })
    const [plain, packed] = [await raw(undefined, path()), await raw('gzip', path())]
    expect(plain.head).not.toContain('content-encoding')
    expect(packed.head).toContain('content-encoding: gzip')
    expect(packed.head).toMatch(/vary: .*accept-encoding/)
    expect(packed.body.length).toBeLessThan(plain.body.length / 2)
    expect(JSON.parse(gunzipSync(packed.body).toString())).toEqual(JSON.parse(plain.body.toString()))
  })

  test('is not used where it is not asked for or not worth it', async () => {
    for (const encoding of ['identity', 'br', 'gzip;q=0', '*;q=0', 'nonsense'])
      expect((await raw(encoding, path())).head).not.toContain('content-encoding')
    expect((await raw('gzip', '/v1/tokenInfo')).head).not.toContain('content-encoding')
  })
})
