/** Connections to MCP servers sign in as those over HTTP do: a person agrees, a client asks for its token, a token is renewed and given back. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { client, startAuthorizationServer, textOf, type AuthorizationServer } from '../harness/authorization-server.ts'
import { make, makeFlow, numbered, runToEnd } from '../harness/flows.ts'
import { startMcpServer, type McpServer } from '../harness/mcp-server.ts'

const api = apiForFile({ worker: true, patience: { firstWait: 1 } })
let provider: AuthorizationServer
beforeAll(async () => {
  provider = await startAuthorizationServer({ redirectURIs: [`${api.url}/connection/oauth2callback`] })
})
afterAll(() => provider.close())

const refuse = [401, '{"error":"unknown token"}'] as const

/** An MCP server that answers only who shows a token that `isValid`. */
async function guarded(isValid: (authorization: string) => boolean | Promise<boolean>): Promise<McpServer> {
  const server = await startMcpServer({ take: {} })
  server.before = async ({ headers }) => ((await isValid(headers.authorization ?? '')) ? undefined : refuse)
  onTestFinished(() => server.close())
  return server
}

/** The provider knows which of its tokens are valid. */
const isTaken = async (authorization: string): Promise<boolean> =>
  (await fetch(`${provider.origin}/source/orders`, { headers: { authorization } })).status === 200

const connect = async ({ url }: McpServer, http: object): Promise<string> =>
  (await make(api, 'connections', { name: 'Tools', type: 'mcp', mcp: { serverURL: url, http } }))._id as string

const ping = async (id: string) => (await api.call('POST', `/v1/connections/${id}/test`)).body

const clientOf = async (oauth2: object): Promise<string> =>
  (
    await make(api, 'iclients', {
      name: 'Client',
      provider: 'custom_oauth2',
      oauth2: { clientId: client.id, clientSecret: client.secret, token: { uri: `${provider.origin}/token` }, ...oauth2 },
    })
  )._id as string

it('a person agrees for the client of _iClientId, the tools answer, and what was obtained is given back', async () => {
  const _iClientId = await clientOf({
    grantType: 'authorizecode',
    scope: ['openid', 'offline_access'],
    auth: { uri: `${provider.origin}/auth` },
  })
  const oauth = {
    useIClientFields: true,
    grantType: 'authorizecode',
    authURI: `${provider.origin}/auth`,
    tokenURI: `${provider.origin}/token`,
  }
  const revoke = { uri: `${provider.origin}/token/revocation` }
  const id = await connect(await guarded(isTaken), { auth: { type: 'oauth', oauth, token: { revoke } }, _iClientId })
  expect((await api.call('GET', `/v1/connections/${id}`)).body).toMatchObject({ needsAuthorization: true })
  expect((await ping(id)).errors).toMatchObject([{ code: 'authorization_needed' }])

  const { status, body } = await api.call('GET', `/v1/connections/${id}/oauth2`)
  expect(status).toBe(200)
  const landed = await fetch(await provider.agree(body.authorizationURL as string))
  expect([landed.status, await landed.text()]).toEqual([200, expect.stringContaining('The connection Tools is signed in and works.')])
  expect(await ping(id)).toEqual({ code: 200 })

  const signedOut = await api.call('DELETE', `/v1/connections/${id}/oauth2`)
  expect([signedOut.status, signedOut.headers.get('sluice-warning')]).toEqual([204, null])
  expect((await ping(id)).errors).toMatchObject([{ code: 'authorization_needed' }])
})

it('is refused where no person signs in', async () => {
  const id = await connect(await guarded(() => true), { auth: { type: 'custom' } })
  expect(await api.call('GET', `/v1/connections/${id}/oauth2`)).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'connection_not_authorizable' }] },
  })
})

it('a client asks for its own token, and a run goes on with another one when that is refused', async () => {
  const server = await guarded(isTaken)
  const oauth = { grantType: 'clientcredentials', tokenURI: `${provider.origin}/token`, clientId: client.id, clientSecret: client.secret }
  const _connectionId = await connect(server, { auth: { type: 'oauth', oauth } })
  const application = await startApplication({ sources: { orders: numbered(6) } })
  onTestFinished(() => application.close())
  const flow = await makeFlow(api, application, { imports: { take: { _connectionId, mcp: { tool: 'take' } } } })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 6, numError: 0 })
  const before = provider.asked.length
  provider.forgetAccessTokens()
  // A token that was obtained a moment ago is not doubted at once.
  await new Promise((later) => setTimeout(later, 5100))
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numSuccess: 6, numError: 0 })
  expect(provider.asked.slice(before)).toMatchObject([{ grant: 'client_credentials' }])
  expect(server.calls).toHaveLength(12)
})

it('a token is fetched as the connection writes it, and renewed with what the answer brought', async () => {
  const asked: { readonly method: string | undefined; readonly url: string | undefined; readonly key: unknown; readonly body: string }[] =
    []
  const tokens = createServer((request, response) => {
    void textOf(request).then((body) => {
      asked.push({ method: request.method, url: request.url, key: request.headers['x-key'], body })
      const said = { data: { token: `token-${asked.length}-of-the-tools`, next: `next-${asked.length}` } }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    })
  })
  await new Promise<void>((ready) => tokens.listen(0, '127.0.0.1', ready))
  onTestFinished(() => void tokens.close())
  let valid = 'Bearer token-1-of-the-tools'
  const server = await guarded((authorization) => authorization === valid)
  const token = {
    location: 'header',
    refreshMethod: 'PUT',
    refreshRelativeURI: `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/session`,
    refreshMediaType: 'json',
    refreshResponseMediaType: 'json',
    refreshTokenLocation: 'body',
    refreshBody: '{"with":"{{connection.http.auth.token.refreshToken}}"}',
    refreshHeaders: [{ name: 'X-Key', value: 'k' }],
    refreshToken: 'the-first-of-them',
    refreshTokenPath: 'data.token',
    tokenPaths: ['data.next'],
  }
  const id = await connect(server, { auth: { type: 'token', token } })
  expect(await ping(id)).toEqual({ code: 200 })
  valid = 'Bearer token-2-of-the-tools'
  await new Promise((later) => setTimeout(later, 5100))
  expect(await ping(id)).toEqual({ code: 200 })
  expect(asked).toMatchObject([
    { method: 'PUT', url: '/session', key: 'k', body: '{"with":"the-first-of-them"}' },
    { method: 'PUT', url: '/session', key: 'k' },
  ])
})
