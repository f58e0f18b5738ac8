/** Trying connections: the request that is made, what is answered, and what is kept of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mask } from '../../src/contract/kit.ts'
import { apiForFile, startApi, type Answer } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { make, makeFlow, runToEnd, errorsOf, until } from '../harness/flows.ts'
import { nobody } from '../harness/samples.ts'

const secret = 'the-token-of-the-connection'
const api = apiForFile({ worker: true })
let application: Application
let headers: Record<string, unknown> = {}
beforeEach(async () => {
  application = await startApplication()
  application.server.on('request', (request: { headers: Record<string, unknown> }) => (headers = request.headers))
})
afterEach(() => application.close())

const auth = { type: 'token', token: { token: secret, location: 'header' } }
const docOf = (ping: object | undefined, http: object = {}) => ({
  name: 'Shop',
  type: 'http',
  http: { mediaType: 'json', baseURI: application.origin, auth, ...(ping && { ping }), ...http },
})
const connectionWith = async (ping?: object, http?: object): Promise<string> => (await make(api, 'connections', docOf(ping, http)))._id
const answering = (status: number, body: unknown): void => {
  application.before = async () => [status, body]
}
const pinged = (id: string): Promise<Answer> => api.call('GET', `/v1/connections/${id}/ping`)
const stateOf = async (id: string) => {
  const { offline, status, lastPingAt, lastPingStatus, lastModified } = (await api.call('GET', `/v1/connections/${id}`)).body
  return { offline, status, lastPingAt, lastPingStatus, lastModified }
}

describe('a ping', () => {
  test('makes the request that the connection says, with its credentials and headers, and answers {code: 200}', async () => {
    const ping = { relativeURI: '/who?as={{connection.http.unencrypted.account}}', method: 'POST', body: '{"hello":"{{connection.name}}"}' }
    const id = await connectionWith(ping, { headers: [{ name: 'X-Shop', value: 'eu' }], unencrypted: { account: 'me' } })
    let body: unknown
    application.before = async (_asked, sent) => {
      body = sent
      return [200, {}]
    }
    for (const [method, path] of [
      ['GET', 'ping'],
      ['POST', 'ping'],
      ['POST', 'test'],
    ] as const) {
      const answer = await api.call(method, `/v1/connections/${id}/${path}`)
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: { code: 200 } })
      expect(application.asked.at(-1)).toBe('POST /who?as=me')
      expect(body).toEqual({ hello: 'Shop' })
      expect(headers).toMatchObject({ authorization: `Bearer ${secret}`, 'x-shop': 'eu' })
    }
  })

  test('that fails answers 200 with the status and the words of the application, and no secret', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    answering(401, { message: `the token ${secret} has expired` })
    const { status, body } = await pinged(id)
    expect(status).toBe(200)
    expect(body).toEqual({ errors: [{ code: 401, message: `the token ${mask} has expired`, source: 'application' }] })
  })

  test.each([
    ['success path that is there', { successPath: 'ok' }, { ok: true }, true],
    ['success path that is not there', { successPath: 'ok' }, {}, false],
    ['success values', { successPath: 'state', successValues: ['up'] }, { state: 'up' }, true],
    ['other values', { successPath: 'state', successValues: ['up'] }, { state: 'down' }, false],
    ['an empty list, unless that is allowed', { successPath: 'list' }, { list: [] }, false],
    ['an empty list where that is allowed', { successPath: 'list', allowArrayforSuccessPath: true }, { list: [] }, true],
    ['fail path', { failPath: 'error' }, { error: 'closed' }, false],
    ['fail values', { failPath: 'state', failValues: ['down'] }, { state: 'up' }, true],
  ])('is judged by its paths: %s', async (_name, paths, body, works) => {
    const id = await connectionWith({ relativeURI: '/me', errorPath: 'why', ...paths })
    answering(200, { ...body, why: 'we are closed' })
    expect((await pinged(id)).body).toEqual(
      works ? { code: 200 } : { errors: [{ code: 200, message: 'we are closed', source: 'application' }] },
    )
  })

  test('is judged by how the application refuses credentials', async () => {
    const id = await connectionWith({ relativeURI: '/me' }, { auth: { ...auth, failPath: 'error', failValues: ['no_auth'] } })
    answering(200, { error: 'no_auth' })
    expect((await pinged(id)).body.errors).toMatchObject([{ code: 200, source: 'application' }])
    answering(200, { error: 'other' })
    expect((await pinged(id)).body).toEqual({ code: 200 })
  })

  test('is made once: nothing is sent again', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    answering(503, {})
    expect((await pinged(id)).body.errors).toMatchObject([{ code: 503 }])
    expect(application.asked).toHaveLength(1)
  })

  test('of nothing that listens, and of a type that cannot be spoken here, says so and is no 500', async () => {
    const gone = await connectionWith({ relativeURI: '/' }, { baseURI: 'http://127.0.0.1:9' })
    expect((await pinged(gone)).body.errors).toMatchObject([{ code: 'connection_refused', source: 'connection' }])
    const nowhere = await connectionWith({ relativeURI: '/' }, { baseURI: 'https://not a url' })
    expect((await pinged(nowhere)).body.errors).toMatchObject([{ code: 'invalid_base_uri', source: 'connection' }])
    const { _id } = await make(api, 'connections', { name: 'F', type: 'salesforce', salesforce: { username: 'us' } })
    expect((await pinged(_id)).body.errors).toMatchObject([{ code: 'connection_type_unsupported', source: 'connection' }])
  })

  test('without a relative URI asks for nothing', async () => {
    const id = await connectionWith()
    expect((await pinged(id)).body).toEqual({ code: 200 })
    expect(application.asked).toEqual([])
  })

  test('of an unknown connection, or somebody else’s, is a 404', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    for (const [method, path] of [
      ['GET', 'ping'],
      ['POST', 'ping'],
      ['POST', 'test'],
    ] as const) {
      expect((await api.call(method, `/v1/connections/${nobody}/${path}`)).status).toBe(404)
      expect((await api.stranger(method, `/v1/connections/${id}/${path}`)).status).toBe(404)
    }
    expect(application.asked).toEqual([])
  })

  test('is refused to who may only look', async () => {
    const watcher = await colleague(api, 'watcher@example.com', { accessLevel: 'monitor' })
    const id = await connectionWith({ relativeURI: '/me' })
    expect((await watcher.call('GET', `/v1/connections/${id}/ping`)).status).toBe(403)
    expect((await watcher.call('POST', '/v1/connections/ping', docOf(undefined))).status).toBe(403)
    expect(application.asked).toEqual([])
  })

  test('waits for a slot of the connection: its level is kept', async () => {
    const id = await connectionWith({ relativeURI: '/me' }, { concurrencyLevel: 1 })
    let now = 0
    let highest = 0
    application.before = async () => {
      highest = Math.max(highest, ++now)
      await pause(100)
      now--
      return [200, {}]
    }
    const answers = await Promise.all([pinged(id), pinged(id), pinged(id)])
    expect(answers.map(({ body }) => body)).toEqual([{ code: 200 }, { code: 200 }, { code: 200 }])
    expect(highest).toBe(1)
  })

  test('does not reach private addresses where the server refuses them', async () => {
    const closed = await startApi({ privateNetwork: 'refuse' })
    try {
      const { _id } = await make(closed, 'connections', docOf({ relativeURI: '/me' }))
      expect((await closed.call('GET', `/v1/connections/${_id}/ping`)).body.errors).toMatchObject([{ code: 'address_refused' }])
      expect(application.asked).toEqual([])
    } finally {
      await closed.close()
    }
  })

  test('is counted: an account has 25 under way and no more', async () => {
    const id = await connectionWith({ relativeURI: '/me' }, { concurrencyLevel: 50 })
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    application.before = async () => {
      await released
      return [200, {}]
    }
    let refused = 0
    const ask = async (): Promise<number> => {
      const { status } = await pinged(id)
      if (status === 429) refused++
      return status
    }
    const asked = Array.from({ length: 30 }, ask)
    await until(() => (refused === 5 ? true : undefined))
    release()
    expect((await Promise.all(asked)).filter((status) => status === 200)).toHaveLength(25)
    expect((await pinged(id)).status).toBe(200)
  })
})

describe('what came of a ping', () => {
  test('is kept: a connection that fails goes offline and comes online when it answers; nobody has edited it', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    const { lastModified } = await stateOf(id)
    answering(403, { message: 'no' })
    await pinged(id)
    const failed = await stateOf(id)
    expect(failed).toMatchObject({ offline: true, status: 'offline', lastPingStatus: 'failed', lastModified })
    expect(Date.parse(failed.lastPingAt)).toBeGreaterThan(Date.now() - 60_000)
    answering(200, {})
    await pinged(id)
    expect(await stateOf(id)).toMatchObject({ offline: false, status: 'active', lastPingStatus: 'success', lastModified })
    await pinged(id)
    const { body } = await api.call('GET', `/v1/connections/${id}/audit`)
    expect(
      body.map((entry: { fieldChanges: { fieldPath: string }[] }) => entry.fieldChanges.some((each) => each.fieldPath === 'offline')),
    ).toEqual([true, true, false])
  })

  test('of a connection that this server cannot ask is nothing: a run says why it cannot use it', async () => {
    const flow = await makeFlow(api, application, {
      connection: { auth: { type: 'specific', basic: { username: 'me', password: 'a password' } }, ping: { relativeURI: '/me' } },
    })
    const { code } = (await pinged(flow.connectionId)).body.errors[0]
    expect(code).not.toBe('connection_offline')
    expect((await stateOf(flow.connectionId)).offline).not.toBe(true)
    expect((await runToEnd(api, flow._id)).status).toBe('failed')
    expect(await errorsOf(api, flow, 'orders')).toMatchObject([{ code }])
    expect(application.asked).toEqual([])
  })

  test('is asked for where a run is refused: what does not work goes offline, and a ping that works brings it back', async () => {
    application.script = { sources: { orders: [{ id: 1 }] } }
    const flow = await makeFlow(api, application, { connection: { ping: { relativeURI: '/me' } } })
    const without = await makeFlow(api, application)
    let proves = false
    application.before = async (asked) => (proves ? (asked.endsWith('/me') ? [200, {}] : undefined) : [401, { message: 'who are you' }])
    for (const each of [flow, without]) {
      expect((await runToEnd(api, each._id)).status).toBe('failed')
      expect(await errorsOf(api, each, 'orders')).toMatchObject([{ code: '401', message: 'who are you' }])
      expect(await stateOf(each.connectionId)).toMatchObject({ offline: true, status: 'offline' })
      const asked = application.asked.length
      expect((await runToEnd(api, each._id)).errorMessage).toMatch(/The connection \w+ \(.+\) is offline\./)
      expect(application.asked).toHaveLength(asked)
    }
    expect((await stateOf(without.connectionId)).lastPingAt).toBeUndefined()
    proves = true
    await pinged(flow.connectionId)
    expect((await runToEnd(api, flow._id)).status).toBe('completed')
  })

  test('keeps a connection online whose run is refused at one place only', async () => {
    application.script = { sources: { orders: [{ id: 1 }] } }
    const flow = await makeFlow(api, application, { connection: { ping: { relativeURI: '/me' } } })
    application.before = async (asked) =>
      asked.endsWith('/me') ? [200, {}] : asked.startsWith('POST') ? [401, { message: 'not here' }] : undefined
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 1 })
    expect(await stateOf(flow.connectionId)).toMatchObject({ offline: false, lastPingStatus: 'success' })
  })

  test('decides whether flows run over it', async () => {
    application.script = { sources: { orders: [{ id: 1 }] } }
    const flow = await makeFlow(api, application, { connection: { ping: { relativeURI: '/lookup/health/me' } } })
    await pinged(flow.connectionId)
    expect((await runToEnd(api, flow._id)).status).toBe('failed')
    expect(await errorsOf(api, flow, 'orders')).toMatchObject([{ code: 'connection_offline', source: 'connection' }])
    application.script = { ...application.script, lookups: { health: { me: {} } } }
    await pinged(flow.connectionId)
    expect((await runToEnd(api, flow._id)).status).toBe('completed')
  })

  test('of a connection that was saved meanwhile is not kept', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    application.before = async () => {
      await api.call('PUT', `/v1/connections/${id}`, { ...docOf({ relativeURI: '/me' }), name: 'Changed' })
      return [401, {}]
    }
    expect((await pinged(id)).body.errors).toMatchObject([{ code: 401 }])
    expect((await stateOf(id)).offline).not.toBe(true)
  })

  test('is forgotten when the connection is saved: it is online, and has not been tried', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    answering(401, {})
    await pinged(id)
    await api.call('PUT', `/v1/connections/${id}`, docOf({ relativeURI: '/me' }))
    expect(await stateOf(id)).toMatchObject({ offline: false, status: 'pending', lastPingStatus: 'pending' })
  })

  test('of one that is offline and has no ping is that it stays so', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    answering(401, {})
    await pinged(id)
    await api.database.pool.query(`update sluice.documents set doc = doc #- '{http,ping}' where doc ->> '_id' = $1`, [id])
    expect((await pinged(id)).body.errors).toMatchObject([{ code: 'connection_offline' }])
    expect((await stateOf(id)).offline).toBe(true)
  })
})

describe('a connection that is not saved', () => {
  const virtual = (body: object): Promise<Answer> => api.call('POST', '/v1/connections/ping', body)

  test('is tried as it is sent, and nothing is stored', async () => {
    const before = (await api.call('GET', '/v1/connections')).text
    answering(200, {})
    expect((await virtual(docOf({ relativeURI: '/me' }))).body).toEqual({ code: 200 })
    expect(headers).toMatchObject({ authorization: `Bearer ${secret}` })
    answering(401, { message: 'no' })
    expect((await virtual(docOf({ relativeURI: '/me' }))).body).toEqual({ errors: [{ code: 401, message: 'no', source: 'application' }] })
    expect((await api.call('GET', '/v1/connections')).text).toBe(before)
  })

  test('takes masked secrets from the stored one that it names, which stays as it is', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    const { text, body } = await api.call('GET', `/v1/connections/${id}`)
    answering(401, {})
    const edited = { ...body, http: { ...body.http, ping: { relativeURI: '/other' } } }
    expect((await virtual(edited)).body.errors).toMatchObject([{ code: 401 }])
    expect(application.asked).toEqual(['GET /other'])
    expect(headers).toMatchObject({ authorization: `Bearer ${secret}` })
    expect((await api.call('GET', `/v1/connections/${id}`)).text).toBe(text)
  })

  test('has to be one that could be saved', async () => {
    const refusal = async (body: object): Promise<object> => {
      const answer = await virtual(body)
      return { status: answer.status, code: answer.body.errors[0].code, field: answer.body.errors[0].field }
    }
    const masked = docOf({ relativeURI: '/me' }, { auth: { type: 'token', token: { token: mask, location: 'header' } } })
    expect(await refusal(masked)).toEqual({ status: 422, code: 'invalid_secret', field: 'http.auth.token.token' })
    expect(await refusal({ name: 'x', type: 'http' })).toMatchObject({ status: 422, code: 'missing_required_field', field: 'http' })
    expect(await refusal({ ...masked, http: { mediaType: 7 } })).toMatchObject({ status: 422 })
    for (const _id of [nobody, 'x', 7, ['x']]) expect(await refusal({ ...masked, _id })).toMatchObject({ status: 404 })
    expect(application.asked).toEqual([])
  })

  test('names a stored one only for those who may change that', async () => {
    const id = await connectionWith({ relativeURI: '/me' })
    const { body } = await api.call('GET', `/v1/connections/${id}`)
    expect((await api.stranger('POST', '/v1/connections/ping', body)).status).toBe(404)
    const { _id } = await make(api, 'integrations', { name: 'Theirs' })
    const level = { integrationAccessLevel: [{ _integrationId: _id, accessLevel: 'manage' }] }
    const manager = await colleague(api, 'manager@example.com', level)
    expect((await manager.call('POST', '/v1/connections/ping', body)).status).toBe(404)
    answering(200, {})
    expect((await manager.call('POST', '/v1/connections/ping', docOf({ relativeURI: '/me' }))).body).toEqual({ code: 200 })
    await api.call('PUT', `/v1/integrations/${_id}/connections/${id}/register`)
    expect((await manager.call('POST', '/v1/connections/ping', body)).body).toEqual({ code: 200 })
  })
})
