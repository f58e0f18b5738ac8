/** What a request body may be. What cannot be stored or trusted is a refusal of its own kind, never a 500, and stores nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operations } from '../../src/contract/operations/index.ts'
import { resources } from '../../src/contract/resources/index.ts'
import { maxBodyBytes } from '../../src/http/body.ts'
import { startApi, type Api } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { nobody } from '../harness/samples.ts'
import { exchange } from '../harness/socket.ts'

let api: Api
let before: number
const stored = async () => Number((await ask(api.config, `select count(*) as n from sluice.documents`))[0]?.['n'])
beforeAll(async () => {
  api = await startApi()
})
beforeEach(async () => {
  before = await stored()
})
afterAll(() => api.close())

const nested = (depth: number): string => '{"name":"a","settings":' + '{"a":'.repeat(depth) + '1' + '}'.repeat(depth) + '}'
const post = (body: string, headers: Record<string, string> = {}) => api.call('POST', '/v1/integrations', body, headers)

describe('is taken', () => {
  test.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset=UTF-8'])(
    'as %s',
    async (type) => {
      expect((await post('{"name":"a"}', { 'content-type': type })).status).toBe(201)
    },
  )

  test('with names and values of any language, as they are', async () => {
    const name = 'Größe 大小 🧪 \u202e\u0001 "\\'
    const { body } = await api.call('POST', '/v1/integrations', { name, settings: { [name]: name } })
    expect(body).toMatchObject({ name, settings: { [name]: name } })
    expect((await api.call('GET', `/v1/integrations/${body._id}`)).body).toEqual(body)
  })

  test('with keys that JavaScript objects have of their own, where anything may be named', async () => {
    const settings = { constructor: 'a', toString: 'b', hasOwnProperty: 'c', length: 4 }
    expect((await post(JSON.stringify({ name: 'a', settings }))).body.settings).toEqual(settings)
  })

  test('nested up to 60 levels', async () => {
    expect((await post(nested(60))).status).toBe(201)
  })

  test('with large numbers kept', async () => {
    const { body } = await post('{"name":"a","settings":{"big":9007199254740991,"small":-1.5e-7}}')
    expect((await api.call('GET', `/v1/integrations/${body._id}`)).body.settings).toEqual({ big: 9007199254740991, small: -1.5e-7 })
  })

  test('of several megabytes', async () => {
    const content = 'x'.repeat(1_000_000)
    expect((await api.call('POST', '/v1/scripts', { name: 'a', content })).body.content).toHaveLength(content.length)
  })
})

describe('is none where it is empty', () => {
  const types = ['application/x-www-form-urlencoded', 'text/plain', 'nonsense', 'application/zip']

  test.each(types)('whatever its type: %s, at every operation that takes none', async (type) => {
    const { body: integration } = await post('{"name":"a"}')
    const http = { mediaType: 'json', baseURI: 'https://shop.example' }
    const { body: connection } = await api.call('POST', '/v1/connections', { name: 'a', type: 'http', http })
    const at = `/v1/integrations/${integration._id}`
    for (const [method, path, status] of [
      ['PUT', `${at}/connections/${connection._id}/register`, 204],
      ['DELETE', `${at}/connections/${connection._id}/register`, 204],
      ['PUT', `${at}/resume`, 422],
      ['POST', `${at}/changeEdition`, 422],
      ['POST', `${at}/initChild`, 422],
      ['PUT', `${at}/detachLicense`, 204],
      ['POST', `${at}/clone`, 200],
      ['DELETE', at, 204],
    ] as const)
      expect({ path, status: (await api.call(method, path, '', { 'content-type': type })).status }).toEqual({ path, status })
  })

  test.each(types)('also in chunks: %s', async (type) => {
    const { body } = await post('{"name":"a"}')
    const head = `PUT /v1/integrations/${body._id}/detachLicense HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer owner-token-for-tests\r\n`
    const answer = await exchange(
      api.url,
      `${head}Content-Type: ${type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n`,
    )
    expect(answer).toMatch(type === 'nonsense' ? /^HTTP\/1\.1 415 / : /^HTTP\/1\.1 204 /)
  })

  test.each(types)('and where one is needed it is missing: %s', async (type) => {
    const answer = await post('', { 'content-type': type })
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 400, code: 'malformed_json' })
  })
})

describe('is not looked at', () => {
  const ofDocuments = Object.entries(operations).filter(([, { body, path }]) => {
    const [, collection = ''] = /^\/v1\/([^/:]+)\/:_id(?:\/|$)/.exec(path) ?? []
    return body !== undefined && collection in resources
  })

  test.each(ofDocuments)('where its document is not there: %s is 404 before it is 400, 415 or 422', async (id, { method, path }) => {
    const at = path.replace(':index', '0').replaceAll(/:\w+/g, nobody)
    const query = id === 'appendUpload' ? '?offset=0' : ''
    const answer = await api.call(method, at + query, '5', { prefer: 'handling=strict' })
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 404, code: 'invalid_ref' })
  })

  test('where its document is in the recycle bin, or of another account', async () => {
    const deleted = (await post('{"name":"a"}')).body._id
    await api.call('DELETE', `/v1/integrations/${deleted}`)
    const theirs = (await api.stranger('POST', '/v1/integrations', { name: 'a' })).body._id
    for (const id of [deleted, theirs]) {
      const { status, body } = await api.call('PUT', `/v1/integrations/${id}`, {})
      const [error] = body.errors
      expect({ status, code: error.code, message: error.message }).toEqual({
        status: 404,
        code: 'invalid_ref',
        message: 'Integration not found.',
      })
    }
  })
})

describe('is refused and stores nothing', () => {
  const lone = '\ud800'
  test.each([
    [400, 'malformed_json', 'malformed JSON', '{"name":'],
    [400, 'malformed_json', 'an empty body', ''],
    [400, 'malformed_json', 'a __proto__ key', '{"name":"a","__proto__":{"admin":true}}'],
    [400, 'malformed_json', 'a __proto__ key deep inside', '{"name":"a","settings":{"x":[{"__proto__":{"admin":true}}]}}'],
    [400, 'malformed_json', 'an escaped __proto__ key', '{"name":"a","\\u005f_proto__":{"admin":true}}'],
    [400, 'malformed_json', 'a constructor.prototype key', '{"name":"a","settings":{"constructor":{"prototype":{"admin":true}}}}'],
    [422, 'invalid_field', 'NUL in a value', '{"name":"a\\u0000b"}'],
    [422, 'invalid_field', 'NUL in a key', '{"name":"a","settings":{"k\\u0000":1}}'],
    [422, 'invalid_field', 'half of a surrogate pair', '{"name":"a\\ud800b"}'],
    [422, 'invalid_field', 'half of a surrogate pair in a key', '{"name":"a","settings":{"\\udc00":1}}'],
    [422, 'invalid_field', 'a number that no double holds', '{"name":"a","settings":{"n":1e400}}'],
    [422, 'invalid_field', 'nesting past its bound', nested(65)],
    [422, 'invalid_field', 'nesting that would exhaust a stack', nested(200_000)],
    [422, 'invalid_field', 'lists nested the same way', `{"name":"a","settings":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
  ])('%i %s: %s', async (status, code, _what, body) => {
    const answer = await post(body)
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status, code })
    expect(await stored()).toBe(before)
    expect(lone.isWellFormed()).toBe(false)
  })

  test('400: bytes that are no UTF-8', async () => {
    for (const bytes of [
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from([0xe2, 0x82]),
    ]) {
      const body = Buffer.concat([Buffer.from('{"name":"'), bytes, Buffer.from('"}')])
      const head = `POST /v1/integrations HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer owner-token-for-tests\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
      const answer = await exchange(api.url, Buffer.concat([Buffer.from(head), body]))
      expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*"malformed_json"/)
    }
    expect(await stored()).toBe(before)
  })

  test.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
    'application/jsonx',
  ])('415: a body of the type %s', async (type) => {
    const answer = await post('{"name":"a"}', { 'content-type': type })
    expect({ status: answer.status, code: answer.body.errors[0].code }).toEqual({ status: 415, code: 'unsupported_media_type' })
    expect(await stored()).toBe(before)
  })

  test('415: a body without a type', async () => {
    const head =
      'POST /v1/integrations HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer owner-token-for-tests\r\nContent-Length: 12\r\nConnection: close\r\n\r\n'
    expect(await exchange(api.url, `${head}{"name":"a"}`)).toMatch(/^HTTP\/1\.1 415 [^]*"unsupported_media_type"/)
    expect(await stored()).toBe(before)
  })

  test('413: a body past the bound, announced or not', async () => {
    const announced = `POST /v1/integrations HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer owner-token-for-tests\r\nContent-Type: application/json\r\nContent-Length: ${maxBodyBytes + 1}\r\nConnection: close\r\n\r\n`
    expect(await exchange(api.url, announced)).toMatch(/^HTTP\/1\.1 413 [^]*"request_too_large"/)
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    let sent = 0
    const stream = new ReadableStream({
      pull(controller) {
        sent += 1
        if (sent > 7) controller.close()
        else controller.enqueue(chunk)
      },
    })
    const headers = { authorization: 'Bearer owner-token-for-tests', 'content-type': 'application/json' }
    const response = await fetch(`${api.url}/v1/integrations`, { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit)
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ errors: [{ code: 'request_too_large' }] })
    expect(await stored()).toBe(before)
  })

  test('and the server is well afterwards', async () => {
    expect((await post('{"name":"a"}')).status).toBe(201)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })
})
