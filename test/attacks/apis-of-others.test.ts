/** APIs are called by those they are for: with their own token, in their own account; and what callers send costs the server no more than it may. */
import { request as rawRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { inOrder, makeApi, type MadeApi } from '../harness/apis.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { make, makeConnection, exportOf, until } from '../harness/flows.ts'

const lines: string[] = []
const api = apiForFile({ log: (line) => void lines.push(line) })
let application: Application
beforeAll(async () => {
  application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' } } } })
})
afterAll(() => application.close())

const tokenFor = async (fields: object): Promise<Record<string, string>> => {
  const { token } = await make(api, 'accesstokens', { name: 'Caller', ...fields })
  return { authorization: `Bearer ${token}` }
}

describe('who may call', () => {
  let made: MadeApi
  let other: MadeApi
  beforeAll(async () => {
    made = await makeApi(api, application, { builder: { request: { method: 'GET', relativeURI: '/mine' } } })
    other = await makeApi(api, application, { builder: { request: { method: 'GET', relativeURI: '/other' } } })
  })

  test('a token for the API, and one for everything; not one for another API or for another document', async () => {
    expect((await api.call('GET', '/apis/v1/mine', undefined, await tokenFor({ _apiIds: [made._id] }))).status).toBe(200)
    expect((await api.call('GET', '/apis/v1/mine', undefined, await tokenFor({ fullAccess: true }))).status).toBe(200)
    expect((await api.call('GET', '/apis/v1/mine', undefined, await tokenFor({ _apiIds: [other._id] }))).status).toBe(403)
    expect((await api.call('GET', '/apis/v1/mine', undefined, await tokenFor({ _connectionIds: [made.connectionId] }))).status).toBe(403)
  })

  test('nobody without a token, with a wrong one, or with a revoked one', async () => {
    expect((await fetch(`${api.url}/apis/v1/mine`)).status).toBe(401)
    expect((await api.call('GET', '/apis/v1/mine', undefined, { authorization: 'Bearer nobody' })).status).toBe(401)
    expect((await api.call('GET', '/v1/mine', undefined, { authorization: 'Bearer nobody' })).status).toBe(401)
    const { _id, token } = await make(api, 'accesstokens', { name: 'Gone', _apiIds: [made._id] })
    await api.call('PUT', `/v1/accesstokens/${_id}`, { name: 'Gone', _apiIds: [made._id], revoked: true })
    expect((await api.call('GET', '/apis/v1/mine', undefined, { authorization: `Bearer ${token}` })).status).toBe(401)
  })

  test('another account has no such API, at its address, by its id, in its log and among its errors', async () => {
    const code = 'function handle() { return { body: "mine" } }'
    const script = await makeApi(api, application, {
      code,
      api: { type: 'script', script: { _scriptId: '{code}', function: 'handle' }, builder: null },
    })
    expect((await api.call('GET', `/v1/apis/${script._id}/request`)).text).toBe('mine')
    const none = await api.stranger('GET', '/apis/v1/never-made')
    for (const path of ['/apis/v1/mine', '/v1/mine', `/v1/apis/${script._id}/request`]) {
      const { status, body } = await api.stranger('GET', path)
      expect({ status, codes: body.errors.map(({ code: each }: { code: string }) => each) }).toEqual({
        status: 404,
        codes: none.body.errors.map(({ code: each }: { code: string }) => each),
      })
    }
    for (const path of ['logs', 'stats', 'errors', `${made._id}/errors`, 'logs/0123456789abcdef01234567'])
      expect((await api.stranger('GET', `/v1/apis/${made._id}/${path}`)).status).toBe(404)
    expect((await api.stranger('POST', `/v1/apis/${made._id}/test`, {})).status).toBe(404)
  })

  test('an API of steps is not called by its id, and a script has no address', async () => {
    expect((await api.call('GET', `/v1/apis/${made._id}/request`)).status).toBe(404)
    expect((await api.call('GET', '/v1/apis/nonsense/request')).status).toBe(404)
  })
})

describe('no API takes the place of what the server has', () => {
  test.each([
    ['v1', 'GET', '/flows'],
    ['v1', 'POST', '/connections/ping'],
    ['v1', 'DELETE', '/flows'],
    ['v1', 'GET', '/:collection'],
    ['docs', 'GET', '/page.js'],
  ])('%s %s %s', async (version, method, relativeURI) => {
    const path = `/${version}${relativeURI.replace(':collection', 'flows')}`
    const before = await api.call(method, path)
    const made = await makeApi(api, application, {
      api: { version },
      builder: { request: { method, relativeURI }, responses: [{ type: 'success', statusCode: 299 }, { type: 'fail' }] },
    })
    expect((await api.call(method, path)).status).toBe(before.status)
    expect(before.status).not.toBe(404)
    expect((await api.call(method, `/apis/${version}${relativeURI}`)).status).toBe(299)
    await api.call('DELETE', `/v1/apis/${made._id}`)
  })

  test('of two at one address the older one is called, and an address in other letters is another', async () => {
    const answering = (statusCode: number, relativeURI = '/twice/:id') =>
      makeApi(api, application, {
        builder: { request: { method: 'GET', relativeURI }, responses: [{ type: 'success', statusCode }, { type: 'fail' }] },
      })
    await answering(210)
    await answering(211, '/twice/:number')
    await answering(212, '/twice/fixed')
    expect((await api.call('GET', '/apis/v1/twice/5')).status).toBe(210)
    expect((await api.call('GET', '/apis/v1/twice/fixed')).status).toBe(212)
    expect((await api.call('GET', '/apis/v1/TWICE/fixed')).status).toBe(404)
    expect((await api.call('GET', '/apis/v1/twice/%2e%2e%2fflows')).status).toBe(210)
    expect((await api.call('GET', '/apis/v1/twice/%ff')).status).toBe(400)
  })
})

describe('what is told', () => {
  test('neither steps nor functions nor logs are told the token of the caller, and secrets of connections are masked', async () => {
    const connectionId = await makeConnection(api, application, {
      auth: { type: 'token', token: { token: 'secret-of-the-connection', location: 'header', headerName: 'x-key' } },
    })
    const { _id: lookup } = await make(
      api,
      'exports',
      exportOf('customer', connectionId, { isLookup: true, http: { relativeURI: '/lookup/customer/9' } }),
    )
    const code = 'function shape({ record }) { return { all: JSON.stringify(record) } }'
    const made = await makeApi(api, application, {
      code,
      imports: { seen: {} },
      builder: {
        request: { method: 'POST', relativeURI: '/told', transform: { _scriptId: '{code}', function: 'shape' } },
        routers: inOrder({ type: 'import', _importId: '{seen}' }, { type: 'export', _exportId: lookup }),
        responses: [
          { type: 'success' },
          {
            type: 'fail',
            mappings: [
              { generate: 'all', extract: 'all' },
              { generate: 'errors', extract: 'errors' },
            ],
          },
        ],
      },
    })
    application.before = (asked) =>
      asked.includes('/lookup/customer/9') ? Promise.resolve([500, { echo: 'secret-of-the-connection' }] as const) : undefined
    const token = await tokenFor({ _apiIds: [made._id] })
    const { text } = await api.call('POST', '/apis/v1/told', { password: 'hunter2', n: 1 }, { ...token, cookie: 'session=abc' })
    application.before = () => undefined
    const bare = token['authorization']?.replace('Bearer ', '') as string
    const { logs } = await until(async () => {
      const { body } = await api.call('GET', `/v1/apis/${made._id}/logs`)
      return body.logs.length > 0 ? body : undefined
    })
    const told = await api.call('GET', `/v1/apis/${made._id}/logs/${logs[0].key}`)
    expect(told.body).toMatchObject({
      success: false,
      statusCode: 500,
      method: 'POST',
      path: '/apis/v1/told',
      request: { body: { n: 1 } },
      errors: [{ stepId: lookup }],
    })
    const errors = await api.call('GET', `/v1/apis/${made._id}/${lookup}/errors`)
    const seen = JSON.stringify(application.ledger)
    for (const place of [text, told.text, errors.text, seen, lines.join('\n')]) {
      expect(place).not.toContain(bare)
      expect(place).not.toContain('secret-of-the-connection')
    }
    expect(told.text).not.toContain('hunter2')
    expect(told.text).not.toContain('session=abc')
  })

  test('browsers do nothing with an answer', async () => {
    const code = 'function page() { return { headers: { "Content-Type": "text/html" }, body: "<script>alert(1)</script>" } }'
    const { _id } = await makeApi(api, application, {
      code,
      api: { type: 'script', script: { _scriptId: '{code}', function: 'page' }, builder: null },
    })
    const { headers } = await api.call('GET', `/v1/apis/${_id}/request`)
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'; sandbox")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('what a call may cost', () => {
  test('a pattern of a bodySchema that never ends is stopped, and others are answered meanwhile', async () => {
    await makeApi(api, application, {
      builder: {
        request: {
          method: 'POST',
          relativeURI: '/slow',
          bodySchema: { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } },
        },
      },
    })
    let isStopped = false
    const slow = api.call('POST', '/apis/v1/slow', { a: `${'a'.repeat(40)}!` }).finally(() => (isStopped = true))
    expect((await api.call('GET', '/v1/tokenInfo')).status).toBe(200)
    expect(isStopped).toBe(false)
    const { status, body } = await slow
    expect({ status, code: body.errors[0].code }).toEqual({ status: 500, code: 'evaluation_stopped' })
  }, 60_000)

  test('a function that never ends is stopped, and one that reaches for the server finds nothing', async () => {
    const code = `function endless() { for (;;); }
      function escape() { return { body: [typeof process, typeof require, typeof globalThis.fetch, typeof this.constructor.constructor('return process')] } }`
    const named = (name: string) => ({ code, api: { type: 'script', script: { _scriptId: '{code}', function: name }, builder: null } })
    const endless = await makeApi(api, application, named('endless'))
    expect(await api.call('GET', `/v1/apis/${endless._id}/request`)).toMatchObject({
      status: 500,
      body: { errors: [{ code: 'script_error' }] },
    })
    const escape = await makeApi(api, application, named('escape'))
    const { text } = await api.call('GET', `/v1/apis/${escape._id}/request`)
    expect(text).not.toContain('"object"')
  }, 60_000)

  test('a body that is too large or nested too deep, or a schema that leads back to itself, is refused in words', async () => {
    await makeApi(api, application, { builder: { request: { method: 'POST', relativeURI: '/big' } } })
    await makeApi(api, application, { builder: { request: { method: 'POST', relativeURI: '/ring', bodySchema: { $ref: '#' } } } })
    expect((await api.call('POST', '/apis/v1/big', `"${'x'.repeat(7 * 1024 * 1024)}"`)).status).toBe(413)
    expect((await api.call('POST', '/apis/v1/big', '['.repeat(100_000))).status).toBe(400)
    expect(await api.call('POST', '/apis/v1/ring', {})).toMatchObject({ status: 500, body: { errors: [{ code: 'invalid_schema' }] } })
  })

  test('an answer beyond 5 MB is not sent, and the call says so', async () => {
    const code = `function large() { return { statusCode: 200, body: { text: 'é'.repeat(3 * 1024 * 1024) } } }`
    const large = await makeApi(api, application, {
      code,
      api: { type: 'script', script: { _scriptId: '{code}', function: 'large' }, builder: null },
    })
    const { status, body, text } = await api.call('GET', `/v1/apis/${large._id}/request`)
    expect({ status, code: body.errors[0].code }).toEqual({ status: 500, code: 'answer_too_large' })
    expect(text.length).toBeLessThan(1000)
  })

  test('what applications answer to the steps of one call is bounded, all together', async () => {
    const megabytes = 4
    await makeApi(api, application, {
      exports: { part: { http: { relativeURI: '/lookup/part' } } },
      builder: {
        request: { method: 'GET', relativeURI: '/parts' },
        routers: inOrder(...Array.from({ length: 14 }, () => ({ type: 'export', _exportId: '{part}' }))),
      },
    })
    let asked = 0
    application.before = (path) => {
      if (!path.includes('/lookup/part')) return undefined
      asked += 1
      return Promise.resolve([200, { text: 'x'.repeat(megabytes * 1024 * 1024) }] as const)
    }
    const { status, body } = await api.call('GET', '/apis/v1/parts')
    application.before = () => undefined
    expect({ status, code: body.errors[0].code }).toEqual({ status: 500, code: 'call_too_large' })
    expect(asked * megabytes).toBe(52)
  }, 60_000)

  test('an account has a bounded number of calls under way, and all of another account go on', async () => {
    await makeApi(api, application, {
      exports: { held: { http: { relativeURI: '/lookup/held' } } },
      connection: { concurrencyLevel: 25 },
      builder: { request: { method: 'GET', relativeURI: '/held' }, routers: inOrder({ type: 'export', _exportId: '{held}' }) },
    })
    const held = Promise.withResolvers<readonly [number, unknown]>()
    application.before = (asked) => (asked.includes('/lookup/held') ? held.promise : undefined)
    const calls = Array.from({ length: 110 }, () => api.call('GET', '/apis/v1/held'))
    const early = await Promise.race(calls)
    expect(early).toMatchObject({ status: 429, body: { errors: [{ code: 'too_many_at_once' }] } })
    expect(early.headers.get('retry-after')).toBe('1')
    expect((await api.stranger('GET', '/v1/tokenInfo')).status).toBe(200)
    // All of them have come by now: the others wait for the application.
    let refused = 0
    for (const each of calls) void each.then(({ status }) => (refused += status === 429 ? 1 : 0))
    await until(() => (refused === 10 ? true : undefined))
    held.resolve([200, { name: 'Ann' }])
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    application.before = () => undefined
    expect(statuses.filter((status) => status === 200)).toHaveLength(100)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
    expect((await api.call('GET', '/apis/v1/held')).status).not.toBe(429)
  }, 60_000)

  test('a caller who leaves ends nothing: what was begun comes to its end', async () => {
    const made = await makeApi(api, application, {
      imports: { kept: {} },
      builder: { request: { method: 'POST', relativeURI: '/left' }, routers: inOrder({ type: 'import', _importId: '{kept}' }) },
    })
    const { port } = new URL(api.url)
    const begun = Promise.withResolvers<void>()
    application.before = (asked) => {
      if (asked.includes('/sink/kept')) begun.resolve()
      return undefined
    }
    const headers = { 'content-type': 'application/json', ...(await tokenFor({ _apiIds: [made._id] })) }
    const leaving = rawRequest({ port, method: 'POST', path: '/apis/v1/left', headers }).on('error', () => undefined)
    leaving.end('{"n":1,"wait":200}')
    await begun.promise
    leaving.destroy()
    const logs = await until(async () => {
      const { body } = await api.call('GET', `/v1/apis/${made._id}/logs`)
      return body.logs.length > 0 ? body.logs : undefined
    })
    application.before = () => undefined
    expect(logs).toMatchObject([{ success: true, statusCode: 200 }])
    expect(application.ledger.filter(({ sink }) => sink === 'kept')).toHaveLength(1)
  })
})
