/** Whoever may change a connection and not read its secret points it at a host of their own, and waits for the secret to come. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { make } from '../harness/flows.ts'

const secret = 'the-secret-of-the-shop'
let api: Api
/** What came to the host of whoever attacks. */
const heard: string[] = []
const host = createServer((request, response) => {
  heard.push(JSON.stringify(request.headers))
  response.end('{}')
})
const thief = { origin: '' }
let manager: Colleague
let wide: Colleague
let admin: Colleague
let integration: string
beforeAll(async () => {
  api = await startApi()
  host.listen(0, '127.0.0.1')
  await once(host, 'listening')
  thief.origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  integration = (await make(api, 'integrations', { name: 'I' }))._id
  manager = await colleague(api, 'manager@example.com', {
    integrationAccessLevel: [{ _integrationId: integration, accessLevel: 'manage' }],
  })
  wide = await colleague(api, 'wide@example.com', { accessLevel: 'manage' })
  admin = await colleague(api, 'admin@example.com', { accessLevel: 'administrator' })
})
afterAll(async () => {
  host.closeAllConnections()
  host.close()
  await api.close()
})

interface Http {
  [field: string]: unknown
}
const http: Http = {
  baseURI: 'https://shop.example/v1',
  mediaType: 'json',
  auth: { type: 'token', token: { token: secret, location: 'header', headerName: 'Authorization', scheme: 'Bearer' } },
  ping: { relativeURI: '/me', method: 'GET' },
  unencrypted: { region: 'eu' },
}
const made = async (more: Http = {}): Promise<Record<string, unknown> & { _id: string; http: Http }> => {
  const doc = await make(api, 'connections', { name: 'Shop', type: 'http', http: { ...http, ...more } })
  await api.call('PUT', `/v1/integrations/${integration}/connections/${doc._id}/register`)
  return doc
}
const token = async (_connectionIds: string[]): Promise<Api['call']> => {
  const { token: text } = await make(api, 'accesstokens', { name: 'Some', _connectionIds })
  return (method, path, body) => api.call(method, path, body, { authorization: `Bearer ${text}` })
}
const refusal = ({ status, body }: Answer) => ({
  status,
  errors: body?.errors?.map(({ code, field }: { code: string; field: string }) => `${code} ${field}`),
})
const asked = (field = 'http.auth.token.token') => ({ status: 422, errors: [`invalid_secret ${field}`] })
const masked = (doc: { http: Http }): Http => doc.http

const moves: [string, (kept: Http) => Http][] = [
  ['the base URI', (kept) => ({ ...kept, baseURI: thief.origin })],
  ['the base URI, by a port', (kept) => ({ ...kept, baseURI: 'https://shop.example:8443/v1' })],
  ['the base URI, by a template', (kept) => ({ ...kept, baseURI: 'https://{{connection.http.unencrypted.region}}.example' })],
  ['the base URI, without encryption', (kept) => ({ ...kept, baseURI: 'http://shop.example/v1' })],
  ['the base URI, by way of the mask', (kept) => ({ ...kept, baseURI: '******' })],
  ['the address of the ping', (kept) => ({ ...kept, ping: { relativeURI: `${thief.origin}/me`, method: 'GET' } })],
  ['the type of the proof', (kept) => ({ ...kept, auth: { ...(kept['auth'] as object), type: 'custom' } })],
  ['the place of the token', (kept) => ({ ...kept, auth: { type: 'token', token: { token: '******', location: 'url', paramName: 'q' } } })],
  [
    'where a new token is asked for',
    (kept) => ({
      ...kept,
      auth: { type: 'token', token: { ...(kept['auth'] as { token: object }).token, refreshRelativeURI: `${thief.origin}/token` } },
    }),
  ],
  ['a value that a template of the address reads', (kept) => ({ ...kept, unencrypted: { region: '127.0.0.1:1/' } })],
  ['whether certificates are checked', (kept) => ({ ...kept, disableStrictSSL: true })],
]

describe.each(moves)('%s', (_what, move) => {
  test('with the secret kept: refused of who manages one integration, the account, or has a token for the connection, with the field; nothing changes', async () => {
    const doc = await made()
    const path = `/v1/connections/${doc._id}`
    const before = (await api.call('GET', path)).text
    const changed = { ...doc, http: move(masked(doc)) }
    for (const call of [manager.call, wide.call, await token([doc._id])]) {
      expect(refusal(await call('PUT', path, changed))).toEqual(asked())
      expect((await api.call('GET', path)).text).toBe(before)
    }
  })

  test('in a virtual ping with the secret of the stored one: refused, and nobody is asked', async () => {
    const doc = await made()
    const before = heard.length
    for (const call of [manager.call, wide.call]) {
      const { _id, name, type } = doc
      expect(refusal(await call('POST', '/v1/connections/ping', { _id, name, type, http: move(masked(doc)) }))).toEqual(asked())
    }
    expect(heard.length).toBe(before)
  })
})

test('with the secret sent again, whoever may change the connection may move it', async () => {
  const doc = await made()
  const auth = { type: 'token', token: { token: 'another-secret', location: 'header', headerName: 'Authorization', scheme: 'Bearer' } }
  const answer = await manager.call('PUT', `/v1/connections/${doc._id}`, { ...doc, http: { ...doc.http, baseURI: thief.origin, auth } })
  expect(answer.status).toBe(200)
})

test('what does not lead elsewhere changes with the secret kept: names, limits, paths at the same host', async () => {
  const doc = await made()
  const harmless = {
    ...doc,
    name: 'Renamed',
    externalId: 'x',
    settings: { a: 1 },
    http: { ...doc.http, baseURI: 'https://shop.example/v2', concurrencyLevel: 3, ping: { relativeURI: '/you', method: 'GET' } },
  }
  expect((await manager.call('PUT', `/v1/connections/${doc._id}`, harmless)).status).toBe(200)
})

test('settings count where a template of the connection reads them', async () => {
  const doc = await made({ baseURI: 'https://{{connection.settings.host}}' })
  expect(
    refusal(await manager.call('PUT', `/v1/connections/${doc._id}`, { ...doc, settings: { host: new URL(thief.origin).host } })),
  ).toEqual(asked())
})

test('every secret that is kept is named', async () => {
  const doc = await made({ encrypted: { key: 'second-secret' } })
  const moved = { ...doc, http: { ...doc.http, baseURI: thief.origin } }
  expect(refusal(await manager.call('PUT', `/v1/connections/${doc._id}`, moved)).errors).toEqual(
    expect.arrayContaining(['invalid_secret http.encrypted', 'invalid_secret http.auth.token.token']),
  )
})

test('the client secret of an iClient does not follow another token address either', async () => {
  const body = (tokenURI: string, clientSecret: string) => ({
    name: 'App',
    provider: 'custom_oauth2',
    oauth2: { clientId: 'us', clientSecret, token: { uri: tokenURI } },
  })
  const { _id } = await make(api, 'iclients', body('https://shop.example/token', secret))
  const answer = await wide.call('PUT', `/v1/iclients/${_id}`, body(`${thief.origin}/token`, '******'))
  expect(refusal(answer)).toEqual(asked('oauth2.clientSecret'))
})

describe('the owner and administrators', () => {
  test('move it with the secret kept, and the record says so without the secret', async () => {
    for (const call of [api.call, admin.call] as const) {
      const doc = await made()
      const path = `/v1/connections/${doc._id}`
      expect((await call('PUT', path, { ...doc, http: { ...doc.http, baseURI: thief.origin } })).status).toBe(200)
      const [entry] = (await api.call('GET', `${path}/audit?limit=1`)).body
      expect(entry.fieldChanges).toContainEqual({
        fieldPath: 'http.auth.token.token',
        oldValue: '******',
        newValue: '****** (kept while http.baseURI changed)',
      })
      expect(JSON.stringify(entry)).not.toContain(secret)
    }
  })

  test('ping elsewhere with the secret kept, and that is on record too', async () => {
    const doc = await made()
    const { _id, name, type } = doc
    await api.call('POST', '/v1/connections/ping', { _id, name, type, http: { ...doc.http, baseURI: thief.origin } })
    const [entry] = (await api.call('GET', `/v1/connections/${_id}/audit?limit=1`)).body
    expect(entry.fieldChanges).toContainEqual({
      fieldPath: 'http.auth.token.token',
      oldValue: '******',
      newValue: '****** (kept while http.baseURI changed)',
    })
  })

  test('and their scripts do not: a script is no administrator', async () => {
    const doc = await made()
    const script = await make(api, 'scripts', {
      name: 'S',
      content: `function save(o) {
        const { connections } = require('integrator-api')
        const doc = connections.get('${doc._id}')
        doc.http.baseURI = '${thief.origin}'
        try { connections.update(doc._id, doc) } catch (e) { return { errors: [{ message: 'refused: ' + e.message }] } }
        return { newResource: o.newResource }
      }`,
    })
    await api.call('POST', '/v1/exports', {
      name: 'E',
      _connectionId: doc._id,
      adaptorType: 'HTTPExport',
      http: { method: 'GET', relativeURI: '/x' },
      preSave: { _scriptId: script._id, function: 'save' },
    })
    expect((await api.call('GET', `/v1/connections/${doc._id}`)).body.http.baseURI).toBe('https://shop.example/v1')
  })
})
