/** A person signs a connection in: the address, the way back, what is kept, and what is never shown. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { client, startAuthorizationServer, type AuthorizationServer } from '../harness/authorization-server.ts'
import { giveBackSessions } from '../../src/domain/on-request/authorizations.ts'
import { ask } from '../harness/database.ts'
import { make, runToEnd } from '../harness/flows.ts'

const logged: string[] = []
const api = apiForFile({ worker: true, log: (line) => void logged.push(line) })
let server: AuthorizationServer
beforeAll(async () => {
  server = await startAuthorizationServer({ redirectURIs: [`${api.url}/connection/oauth2callback`] })
})
afterAll(() => server.close())

const oauth = (more: object = {}) => ({
  grantType: 'authorizecode',
  authURI: `${server.origin}/auth`,
  tokenURI: `${server.origin}/token`,
  clientId: client.id,
  clientSecret: client.secret,
  scope: ['openid', 'offline_access'],
  ...more,
})
const connect = async (more: object = {}, http: object = {}): Promise<string> =>
  (
    await make(api, 'connections', {
      name: 'Shop <b>&',
      type: 'http',
      http: {
        mediaType: 'json',
        baseURI: server.origin,
        auth: { type: 'oauth', oauth: oauth(more) },
        ping: { relativeURI: '/source/orders' },
        ...http,
      },
    })
  )._id as string
const start = async (id: string): Promise<string> => {
  const { status, body } = await api.call('GET', `/v1/connections/${id}/oauth2`)
  expect(status).toBe(200)
  expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(14 * 60_000)
  return body.authorizationURL as string
}
const land = async (url: string): Promise<{ status: number; page: string; headers: Headers }> => {
  const answer = await fetch(url, { redirect: 'manual' })
  return { status: answer.status, page: await answer.text(), headers: answer.headers }
}
const read = async (id: string) => (await api.call('GET', `/v1/connections/${id}`)).body
const signIn = async (id: string) => land(await server.agree(await start(id)))

it('a person agrees, comes back, and the connection works', async () => {
  const id = await connect()
  expect(await read(id)).toMatchObject({ needsAuthorization: true })
  const url = new URL(await start(id))
  expect(url.searchParams.get('code_challenge_method')).toBe('S256')
  expect(url.searchParams.get('scope')).toBe('openid offline_access')
  expect(url.href).not.toContain(client.secret)
  const { status, page, headers } = await land(await server.agree(url.href))
  expect([status, page]).toEqual([200, expect.stringContaining('The connection Shop &lt;b&gt;&amp; is signed in and works.')])
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(await read(id)).toMatchObject({ needsAuthorization: false, offline: false, lastPingStatus: 'success', status: 'active' })
  expect((await api.call('GET', `/v1/connections/${id}/ping`)).body).toEqual({ code: 200 })
  expect(server.asked.at(-1)).toMatchObject({ grant: 'authorization_code', authorization: expect.stringMatching(/^Basic /) })
})

describe('the way back', () => {
  it.each([
    ['an unknown state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43)), /This sign-in is not known here/],
    ['no state', (url: URL) => url.searchParams.delete('state'), /This sign-in is not known here/],
    ['no code', (url: URL) => url.searchParams.delete('code'), /came back without a code/],
    ['a wrong code', (url: URL) => url.searchParams.set('code', 'another-code-than-theirs'), /answered 400: invalid_grant/],
  ])('with %s signs nobody in', async (_name, change, message) => {
    const id = await connect()
    const url = new URL(await server.agree(await start(id)))
    change(url)
    const { status, page } = await land(url.href)
    expect([status, page]).toEqual([400, expect.stringMatching(message)])
    expect(page).not.toContain('another-code')
    expect(await read(id)).toMatchObject({ needsAuthorization: true })
    expect(await ask(api.config, 'select 1 from sluice.connection_sessions where connection_id = $1 and sealed is not null', [id])).toEqual(
      [],
    )
  })

  it('with a code that has expired signs nobody in', async () => {
    const quick = await startAuthorizationServer({ redirectURIs: [`${api.url}/connection/oauth2callback`], codeSeconds: 1 })
    onTestFinished(() => quick.close())
    const id = await connect({ authURI: `${quick.origin}/auth`, tokenURI: `${quick.origin}/token` })
    const url = await quick.agree(await start(id))
    await new Promise((wake) => setTimeout(wake, 2100))
    expect(await land(url)).toMatchObject({ status: 400, page: expect.stringMatching(/answered 400: invalid_grant/) })
    expect(await read(id)).toMatchObject({ needsAuthorization: true })
  })

  it('works once', async () => {
    const url = await server.agree(await start(await connect()))
    expect((await land(url)).status).toBe(200)
    expect(await land(url)).toMatchObject({ status: 400, page: expect.stringContaining('was used already') })
  })

  it('works for 15 minutes', async () => {
    const url = await server.agree(await start(await connect()))
    await ask(api.config, `update sluice.authorizations set ends_at = now() - interval '1 second'`)
    expect((await land(url)).status).toBe(400)
  })

  it('shows what the application says where the person does not agree, and runs none of it', async () => {
    const state = new URL(await start(await connect())).searchParams.get('state')
    const said = new URLSearchParams({ state: state ?? '', error: 'access_denied', error_description: '<script>alert(1)</script>' })
    const { status, page } = await land(`${api.url}/connection/oauth2callback?${said.toString()}`)
    expect([status, page]).toEqual([400, expect.stringContaining('access_denied, &lt;script&gt;alert(1)&lt;/script&gt;.')])
  })

  it('brings no code to a connection that leads elsewhere by now', async () => {
    const id = await connect()
    const url = await server.agree(await start(id))
    const before = server.asked.length
    const doc = await read(id)
    doc.http.auth.oauth.tokenURI = `${server.origin}/elsewhere`
    expect((await api.call('PUT', `/v1/connections/${id}`, doc)).status).toBe(200)
    expect(await land(url)).toMatchObject({ status: 400, page: expect.stringContaining('changed since this sign-in began') })
    expect(server.asked).toHaveLength(before)
  })

  it('fails in words where the token server is down, or answers HTML', async () => {
    const id = await connect()
    for (const [status, type, message] of [
      [503, 'text/plain', /answered 503/],
      [200, 'text/html', /with text\/html, and not with JSON/],
    ] as const) {
      const url = await server.agree(await start(id))
      server.token = (_request, response) => {
        response.writeHead(status, { 'content-type': type }).end('<html>')
        return true
      }
      expect(await land(url)).toMatchObject({ status: 400, page: expect.stringMatching(message) })
      server.token = () => false
    }
  })

  it('leads on to the address of the connection', async () => {
    const id = await connect({ oauth2RedirectUrl: 'https://portal.example/done?of={{connection.name}}' })
    const { status, headers } = await signIn(id)
    expect([status, headers.get('location')]).toEqual([302, 'https://portal.example/done?of=Shop%20%3Cb%3E&'])
  })

  it('says where the connection is signed in and does not work all the same', async () => {
    const id = await connect({}, { ping: { relativeURI: '/nothing' } })
    expect(await signIn(id)).toMatchObject({ status: 200, page: expect.stringContaining('is signed in, and its ping failed') })
    expect(await read(id)).toMatchObject({ offline: true, needsAuthorization: false })
  })
})

describe('the address', () => {
  it.each([
    ['another kind', { type: 'basic', basic: { username: 'u', password: 'p' } }],
    ['another grant', { type: 'oauth', oauth: { grantType: 'clientcredentials', tokenURI: 'https://shop.example/token' } }],
  ])('is refused for a connection of %s', async (_name, auth) => {
    const id = await connect({}, { auth })
    expect(await api.call('GET', `/v1/connections/${id}/oauth2`)).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'connection_not_authorizable', field: 'http.auth' }] },
    })
  })

  it('is a 404 for a connection of somebody else', async () => {
    const id = await connect()
    expect((await api.stranger('GET', `/v1/connections/${id}/oauth2`)).status).toBe(404)
    expect((await api.stranger('DELETE', `/v1/connections/${id}/oauth2`)).status).toBe(404)
  })

  it('takes its client from the iClient, and the way back too', async () => {
    const oauth2 = {
      clientId: client.id,
      clientSecret: client.secret,
      grantType: 'authorizecode',
      scope: ['openid'],
      redirectUri: 'https://proxy.example/connection/oauth2callback',
      auth: { uri: `${server.origin}/auth`, queryParameters: { prompt: 'consent' } },
      token: { uri: `${server.origin}/token` },
    }
    const begun = async (more: object = {}): Promise<URL> => {
      const _iClientId = (await make(api, 'iclients', { name: 'Client', provider: 'custom_oauth2', oauth2: { ...oauth2, ...more } }))._id
      const oauth = { useIClientFields: true, authURI: 'https://other.example', tokenURI: 'https://other.example' }
      return new URL(await start(await connect({}, { auth: { type: 'oauth', oauth }, _iClientId })))
    }
    const url = await begun()
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: client.id,
      prompt: 'consent',
      redirect_uri: oauth2.redirectUri,
      code_challenge_method: 'S256',
    })
    expect(url.origin).toBe(server.origin)
    const plain = (await begun({ pkceCodeChallengeMethod: 'plain' })).searchParams
    expect(plain.get('code_challenge_method')).toBe('plain')
    expect(plain.get('code_challenge')?.length).toBeGreaterThan(42)
    expect((await begun({ pkceCodeChallengeMethod: null })).searchParams.has('code_challenge')).toBe(false)
  })
})

describe('what was obtained', () => {
  it('is sealed, and stands in no answer, log, debug line, clone, audit entry or revision', async () => {
    const id = await connect()
    await api.call('PATCH', `/v1/connections/${id}`, [
      { op: 'replace', path: '/debugDate', value: new Date(Date.now() + 600_000).toISOString() },
    ])
    await signIn(id)
    const integration = (await make(api, 'integrations', { name: 'Orders' }))._id
    const exported = (
      await make(api, 'exports', {
        name: 'Orders',
        _connectionId: id,
        adaptorType: 'HTTPExport',
        http: { method: 'GET', relativeURI: '/source/orders' },
      })
    )._id
    const flow = (await make(api, 'flows', { name: 'Orders', _integrationId: integration, pageGenerators: [{ _exportId: exported }] }))._id
    server.forgetAccessTokens()
    await ask(api.config, 'update sluice.connection_sessions set sealed = sealed')
    // Obtained long enough ago for a refusal to count.
    await new Promise((later) => setTimeout(later, 5100))
    expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed', numSuccess: 0 })
    expect(server.asked.at(-1)).toMatchObject({ grant: 'refresh_token' })
    const clone = await api.call('POST', `/v1/connections/${id}/clone`, { name: 'Copy' })
    await new Promise((later) => setTimeout(later, 500))
    const seen = [
      await api.call('GET', `/v1/connections/${id}`),
      await api.call('GET', '/v1/connections'),
      await api.call('GET', `/v1/connections/${id}/debug`),
      await api.call('GET', '/v1/audit'),
      await api.call('GET', `/v1/integrations/${integration}/template`),
      clone,
    ].map(({ text }) => text)
    const stored = await ask(
      api.config,
      `select to_jsonb(d)::text from sluice.documents d union all select to_jsonb(s)::text from sluice.connection_sessions s union all select to_jsonb(a)::text from sluice.audit a`,
    )
    const all = [...seen, JSON.stringify(stored), logged.join('\n')].join('\n')
    expect(seen[2]).toContain(`POST ${server.origin}/token`)
    expect(server.handedOut.length).toBeGreaterThan(3)
    for (const token of [...server.handedOut, client.secret]) expect(all).not.toContain(token)
  })

  it('is given back on request, and the connection needs somebody again', async () => {
    const id = await connect(
      {},
      { auth: { type: 'oauth', oauth: oauth(), token: { revoke: { uri: `${server.origin}/token/revocation` } } } },
    )
    await signIn(id)
    expect((await api.call('GET', `/v1/connections/${id}/ping`)).body).toEqual({ code: 200 })
    const { status, headers } = await api.call('DELETE', `/v1/connections/${id}/oauth2`)
    expect([status, headers.get('sluice-warning')]).toEqual([204, null])
    expect((await api.call('GET', `/v1/connections/${id}/ping`)).body.errors[0]).toMatchObject({
      code: 'authorization_needed',
      message: expect.stringContaining('Nobody has signed in yet.'),
    })
    expect(await read(id)).toMatchObject({ offline: true, needsAuthorization: true })
  })

  it('is given back as the connection writes it, and a refusal is told', async () => {
    const refused: string[] = []
    const elsewhere = await startAuthorizationServer()
    elsewhere.token = (_request, response) => {
      refused.push(elsewhere.asked.at(-1)?.body.toString() ?? '', String(_request.headers['x-key']))
      response.writeHead(400).end()
      return true
    }
    const revoke = {
      uri: `${elsewhere.origin}/token`,
      body: 't={{oauth2.token}}&of={{connection.name}}',
      headers: [{ name: 'X-Key', value: 'k' }],
    }
    const id = await connect({}, { auth: { type: 'oauth', oauth: oauth(), token: { revoke } } })
    await signIn(id)
    const { status, headers } = await api.call('DELETE', `/v1/connections/${id}/oauth2`)
    expect([status, headers.get('sluice-warning')]).toEqual([204, expect.stringMatching(/could not be told: .* answered 400/)])
    expect(refused).toEqual([expect.stringMatching(/^t=[\w-]+&of=Shop/), 'k'])
    await elsewhere.close()
  })

  it('is given back once the connection is deleted', async () => {
    const id = await connect(
      {},
      { auth: { type: 'oauth', oauth: oauth(), token: { revoke: { uri: `${server.origin}/token/revocation` } } } },
    )
    await signIn(id)
    const kept = () => ask(api.config, 'select 1 from sluice.connection_sessions where connection_id = $1', [id])
    await giveBackSessions(api.world)
    expect(await kept()).toHaveLength(1)
    await api.call('DELETE', `/v1/connections/${id}`)
    await giveBackSessions(api.world)
    expect(await kept()).toEqual([])
  })

  it('stays where the connection is renamed, and goes with another sign-in', async () => {
    const id = await connect()
    await signIn(id)
    const doc = await read(id)
    expect((await api.call('PUT', `/v1/connections/${id}`, { ...doc, name: 'Renamed' })).body).toMatchObject({ needsAuthorization: false })
    expect((await api.call('GET', `/v1/connections/${id}/ping`)).body).toEqual({ code: 200 })
    const moved = { ...doc, http: { ...doc.http, baseURI: 'http://127.0.0.1:1' } }
    expect((await api.call('PUT', `/v1/connections/${id}`, moved)).body).toMatchObject({ needsAuthorization: true })
    expect((await api.call('GET', `/v1/connections/${id}/ping`)).body.errors[0]).toMatchObject({ code: 'authorization_needed' })
  })

  it('is used by the ping of a connection that is being edited, as long as it leads where it led', async () => {
    const id = await connect()
    await signIn(id)
    const { name, type, http } = await read(id)
    expect((await api.call('POST', '/v1/connections/ping', { _id: id, name, type, http })).body).toEqual({ code: 200 })
    const answer = await api.call('POST', '/v1/connections/ping', { _id: id, name, type, http: { ...http, baseURI: 'http://127.0.0.1:1' } })
    expect(answer.body.errors[0]).toMatchObject({ code: 'authorization_needed' })
  })
})

it('a run whose refresh token is refused fails in words, and the connection goes offline until somebody signs in', async () => {
  const id = await connect()
  await signIn(id)
  const exported = (
    await make(api, 'exports', {
      name: 'Orders',
      _connectionId: id,
      adaptorType: 'HTTPExport',
      http: { method: 'GET', relativeURI: '/source/orders' },
    })
  )._id
  const flow = (await make(api, 'flows', { name: 'Orders', pageGenerators: [{ _exportId: exported }] }))._id
  server.forgetAccessTokens()
  server.token = (_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
    return true
  }
  await new Promise((later) => setTimeout(later, 5100))
  const job = await runToEnd(api, flow)
  server.token = () => false
  expect(job).toMatchObject({ status: 'failed' })
  expect(JSON.stringify(job)).toContain('Somebody has to sign in again')
  expect(await read(id)).toMatchObject({ offline: true, needsAuthorization: true })
  expect(JSON.stringify(await runToEnd(api, flow))).toContain(
    `Somebody has to sign in (again): open the address that GET /v1/connections/${id}/oauth2 answers.`,
  )
  expect((await signIn(id)).status).toBe(200)
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed' })
})
