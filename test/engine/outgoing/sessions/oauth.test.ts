/** OAuth 2.0 without a person: how tokens are asked for, what of the answer counts, and what an iClient says for its connections. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { client, startAuthorizationServer } from '../../../harness/authorization-server.ts'
import { serve, type Asked } from '../server.ts'
import { signedIn } from './stage.ts'

const ofClient = { clientId: client.id, clientSecret: client.secret }
async function tokenServer(answer: (request: Asked, count: number) => { status?: number; headers?: Record<string, string>; body: string }) {
  let count = 0
  const server = await serve((request, response) => {
    if (!request.url.startsWith('/token') && !request.url.startsWith('/renew')) return response.end('{}')
    const { status = 200, headers = { 'content-type': 'application/json' }, body } = answer(request, ++count)
    response.writeHead(status, headers).end(body)
  })
  return {
    server,
    tokens: () => server.asked.filter(({ url }) => /^\/(?:token|renew)/.test(url)),
    orders: () => server.asked.filter(({ url }) => url.startsWith('/orders')),
  }
}
const json = (value: object) => ({ body: JSON.stringify(value) })
const auth = (oauth: object, token: object = {}) => ({ auth: { type: 'oauth', oauth, token } })
const fields = (body: string) => Object.fromEntries(new URLSearchParams(body))

describe('against an authorization server', () => {
  it.each(['basicauthheader', 'body'] as const)(
    'client credentials in the %s win a token, and another one where it is not accepted',
    async (clientCredentialsLocation) => {
      const server = await startAuthorizationServer({
        authMethod: clientCredentialsLocation === 'body' ? 'client_secret_post' : 'client_secret_basic',
      })
      onTestFinished(() => server.close())
      const { ask, age } = await signedIn(
        server.origin,
        auth({
          grantType: 'clientcredentials',
          tokenURI: `${server.origin}/token`,
          clientCredentialsLocation,
          scope: ['orders', 'customers'],
          ...ofClient,
        }),
      )
      expect(await ask({ relativeURI: '/source/orders' })).toBe(200)
      server.forgetAccessTokens()
      await age()
      expect(await ask({ relativeURI: '/source/orders' })).toBe(200)
      expect(server.asked.map(({ grant }) => grant)).toEqual(['client_credentials', 'client_credentials'])
      expect(server.asked[0]?.body.get('scope')).toBe('orders customers')
      expect(server.asked[0]?.body.get('client_secret')).toBe(clientCredentialsLocation === 'body' ? client.secret : null)
      expect(server.requests).toEqual(['GET /source/orders 200', 'GET /source/orders 401', 'GET /source/orders 200'])
    },
  )
})

describe('a token', () => {
  const clientCredentials = (origin: string, more: object = {}) => ({
    grantType: 'clientcredentials',
    tokenURI: `${origin}/token`,
    ...ofClient,
    ...more,
  })

  it('for a user name and a password is renewed by its refresh token, and won anew where that is used up', async () => {
    const { server, tokens } = await tokenServer(({ body }, count) =>
      body.includes('refresh_token=refresh-2')
        ? { status: 400, ...json({ error: 'invalid_grant' }) }
        : json({ access_token: `token-${count}`, token_type: 'Bearer', refresh_token: `refresh-${count}`, expires_in: 1 }),
    )
    const oauth = {
      grantType: 'password',
      tokenURI: `${server.origin}/token`,
      username: 'ada',
      password: 'p w',
      scope: ['a', 'b'],
      scopeDelimiter: ',',
      ...ofClient,
    }
    const { ask } = await signedIn(server.origin, auth(oauth))
    for (let i = 0; i < 3; i++) {
      expect(await ask()).toBe(200)
      await new Promise((later) => setTimeout(later, 950))
    }
    expect(tokens().map(({ body }) => fields(body))).toEqual([
      { grant_type: 'password', username: 'ada', password: 'p w', scope: 'a,b' },
      { grant_type: 'refresh_token', refresh_token: 'refresh-1' },
      { grant_type: 'refresh_token', refresh_token: 'refresh-2' },
      { grant_type: 'password', username: 'ada', password: 'p w', scope: 'a,b' },
    ])
  })

  it('is asked for as the connection writes it, with its headers', async () => {
    const { server, tokens, orders } = await tokenServer(() => json({ data: { token: 'token-of-theirs', expires_in: '3600' } }))
    const oauth = clientCredentials(server.origin, {
      accessTokenBody: '{"grant":"cc","id":"{{oauth2.clientId}}","tenant":"{{connection.settings.tenant}}"}',
      accessTokenHeaders: [{ name: 'X-Api', value: '2' }],
      accessTokenPath: 'data.token',
    })
    const { ask } = await signedIn(server.origin, auth(oauth), { settings: { tenant: 't 1' } })
    expect(await ask()).toBe(200)
    expect(tokens()[0]).toMatchObject({
      body: 'grant=cc&id=sluice&tenant=t+1',
      headers: { 'x-api': '2', authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` },
    })
    expect(orders()[0]?.headers.authorization).toBe('Bearer token-of-theirs')
  })

  it('is asked for with an id and a secret that are encoded only where they have to be: many servers do not decode them', async () => {
    const { server, tokens } = await tokenServer(() => json({ access_token: 'token-of-theirs', token_type: 'Bearer' }))
    const { ask } = await signedIn(server.origin, auth(clientCredentials(server.origin, { clientId: 'a-b.c_d', clientSecret: 's-1:+/ %' })))
    expect(await ask()).toBe(200)
    expect(tokens()[0]?.headers.authorization).toBe(`Basic ${btoa('a-b.c_d:s-1%3A%2B%2F+%25')}`)
  })

  it.each([
    [
      'a token of a type that takes more than to be sent',
      { access_token: 'token-of-theirs', token_type: 'mac' },
      /does not fit the standard/,
    ],
    ['an expiry that is none', { access_token: 'token-of-theirs', token_type: 'Bearer', expires_in: 'soon' }, /does not fit the standard/],
  ])('is checked, and with skipOauthValidations it is not: %s', async (_name, answer, message) => {
    const { server } = await tokenServer(() => json(answer))
    const checked = await signedIn(server.origin, auth(clientCredentials(server.origin)))
    expect(await checked.ask()).toMatchObject({ code: 'sign_in_refused', message: expect.stringMatching(message) })
    const { ask } = await signedIn(server.origin, auth(clientCredentials(server.origin, { skipOauthValidations: true })))
    expect(await ask()).toBe(200)
  })

  it('may come as a form, and without its type', async () => {
    const { server, orders } = await tokenServer(() => ({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'access_token=token-of-theirs&scope=a',
    }))
    const { ask } = await signedIn(server.origin, auth(clientCredentials(server.origin)))
    expect(await ask()).toBe(200)
    expect(orders()[0]?.headers.authorization).toBe('Bearer token-of-theirs')
  })

  it.each([
    [
      'refuses',
      { status: 401, ...json({ error: 'invalid_client', error_description: `no ${client.secret} here` }) },
      'sign_in_refused',
      /answered 401: invalid_client, no \*{6} here\./,
    ],
    ['is down', { status: 502, body: '' }, 'sign_in_unavailable', /answered 502/],
    [
      'answers HTML',
      { headers: { 'content-type': 'text/html' }, body: '<html></html>' },
      'sign_in_refused',
      /text\/html, and not with JSON/,
    ],
    ['says 200 to an error', json({ ok: false, error: 'bad_client' }), 'sign_in_refused', /answered 200: bad_client/],
  ])('is missing in words where its server %s', async (_name, answer, code, message) => {
    const { server, orders } = await tokenServer(() => answer)
    const { ask } = await signedIn(server.origin, auth(clientCredentials(server.origin)))
    expect(await ask()).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(orders()).toEqual([])
  })

  it('is not asked for where nobody listens, and the address guard is asked for it as for any other', async () => {
    const { server } = await tokenServer(() => json({}))
    const nobody = await signedIn(server.origin, auth(clientCredentials('http://127.0.0.1:1')))
    expect(await nobody.ask()).toMatchObject({ code: 'sign_in_unavailable' })
    const metadata = await signedIn(server.origin, auth(clientCredentials('http://169.254.169.254')))
    expect(await metadata.ask()).toMatchObject({
      code: 'sign_in_refused',
      message: expect.stringContaining('169.254.169.254 is not called'),
    })
  })

  it('that a person won is renewed by its refresh token; where that is refused, a person has to sign in again', async () => {
    const { server, tokens } = await tokenServer(() => ({ status: 400, ...json({ error: 'invalid_grant', error_description: 'expired' }) }))
    const oauth = { grantType: 'authorizecode', authURI: `${server.origin}/auth`, tokenURI: `${server.origin}/token`, ...ofClient }
    const { ask, told } = await signedIn(server.origin, auth(oauth, { refreshToken: 'the-refresh-token' }))
    expect(await ask()).toMatchObject({
      code: 'authorization_needed',
      message: expect.stringMatching(
        /invalid_grant, expired\. Somebody has to sign in again: open the address that GET \/v1\/connections\/0+1\/oauth2 answers\./,
      ),
    })
    expect(told.refused).toHaveLength(1)
    // Nobody asks the token server once for each record.
    await Promise.all([ask(), ask(), ask()])
    expect(tokens()).toHaveLength(1)
  })

  it('of a connection that nobody has signed in is asked for nowhere', async () => {
    const { server } = await tokenServer(() => json({}))
    const { ask } = await signedIn(
      server.origin,
      auth({ grantType: 'authorizecode', authURI: `${server.origin}/auth`, tokenURI: `${server.origin}/token`, ...ofClient }),
    )
    expect(await ask()).toMatchObject({ code: 'authorization_needed', message: expect.stringContaining('Nobody has signed in yet.') })
    expect(server.asked).toEqual([])
  })
})

describe('an iClient', () => {
  const iClient = (oauth2: object, more: object = {}) => ({ iClient: { _id: 'c', provider: 'custom_oauth2', oauth2, ...more } })
  const http = { ...auth({ grantType: 'clientcredentials', useIClientFields: true }), _iClientId: 'c' }

  it('says the id and the secret, and with useIClientFields the addresses, rights and requests', async () => {
    const { server, tokens, orders } = await tokenServer((_request, count) =>
      json({ access_token: `token-${count}`, expires_in: 1, refresh_token: 'r' }),
    )
    const oauth2 = {
      ...ofClient,
      grantType: 'password',
      username: 'ada',
      password: 'pw',
      scope: 'a b',
      token: { uri: `${server.origin}/token`, headers: '[{"name":"x-k","value":"1"}]' },
      refresh: { uri: `${server.origin}/renew`, method: 'GET' },
      accessTokenLocation: 'header',
      accessTokenHeaderName: 'X-Token',
      scheme: ' ',
    }
    const { ask } = await signedIn(server.origin, { ...auth({ useIClientFields: true }), _iClientId: 'c' }, iClient(oauth2))
    await ask()
    await new Promise((later) => setTimeout(later, 950))
    await ask()
    expect(tokens().map(({ method, url, body, headers }) => [method, url, fields(body), headers['x-k']])).toEqual([
      ['POST', '/token', { grant_type: 'password', username: 'ada', password: 'pw', scope: 'a b' }, '1'],
      ['GET', '/renew?grant_type=refresh_token&refresh_token=r', {}, undefined],
    ])
    expect(orders().map(({ headers }) => headers['x-token'])).toEqual(['token-1', 'token-2'])
  })

  it('has its token sent in the query, as accessTokenParamName says', async () => {
    const { server, orders } = await tokenServer(() => json({ access_token: 'the-token' }))
    const oauth2 = {
      ...ofClient,
      token: { uri: `${server.origin}/token` },
      accessTokenLocation: 'url',
      accessTokenParamName: 'access',
    }
    const { ask } = await signedIn(server.origin, http, iClient(oauth2))
    expect(await ask()).toBe(200)
    expect(orders().map(({ url }) => url)).toEqual(['/orders?access=the-token'])
  })

  it.each([
    [true, 'clientId-of-it'],
    [false, undefined],
  ])('with enableIClientReferences %s has templates of the connection read %s', async (enableIClientReferences, read) => {
    const { server, orders, tokens } = await tokenServer(() => json({ access_token: 't' }))
    const reading = '{{connection.iClient.oauth2.clientId}}'
    const oauth2 = { clientId: 'clientId-of-it', clientSecret: 's', token: { uri: `${server.origin}/token`, body: `by=${reading}` } }
    const headers = [{ name: 'X-Client', value: reading }]
    const { ask } = await signedIn(server.origin, { ...http, headers }, iClient(oauth2, { enableIClientReferences }))
    expect(await ask()).toBe(200)
    expect(orders()[0]?.headers['x-client'] || undefined).toBe(read)
    expect(tokens()[0]?.body).toBe(`by=${read ?? ''}`)
  })

  it('has its secret sent to its own addresses and domains, and to none that a connection names', async () => {
    const { server } = await tokenServer(() => json({ access_token: 't' }))
    const elsewhere = { ...auth({ grantType: 'clientcredentials', tokenURI: `${server.origin}/token` }), _iClientId: 'c' }
    const { ask } = await signedIn(server.origin, elsewhere, iClient({ ...ofClient, token: { uri: 'https://login.example/token' } }))
    expect(await ask()).toMatchObject({ code: 'sign_in_refused', message: expect.stringContaining('which its iClient does not name') })
    expect(server.asked).toEqual([])
    const named = await signedIn(server.origin, elsewhere, iClient({ ...ofClient, validDomainNames: ['127.0.0.1'] }))
    expect(await named.ask()).toBe(200)
  })

  it('keeps its connections to its domains', async () => {
    const { server } = await tokenServer(() => json({ access_token: 't' }))
    const oauth2 = { ...ofClient, token: { uri: `${server.origin}/token` }, validDomainNames: ['shop.example'] }
    await expect(signedIn(server.origin, http, iClient(oauth2))).rejects.toMatchObject({ failure: { code: 'address_refused' } })
  })

  it('with enableJWT says who it is by a signed token', async () => {
    const { server, tokens } = await tokenServer(() => json({ access_token: 't' }))
    const jwt = {
      signatureMethod: 'hmac-sha256',
      secret: 'the-secret-that-signs-the-token',
      payload: '{"iss":"{{iClient.oauth2.clientId}}","exp":4102444800}',
    }
    const { ask } = await signedIn(
      server.origin,
      http,
      iClient({ ...ofClient, token: { uri: `${server.origin}/token` } }, { enableJWT: true, jwt }),
    )
    expect(await ask()).toBe(200)
    const { client_assertion: assertion = '', ...sent } = fields(tokens()[0]?.body ?? '')
    expect(sent).toEqual({
      grant_type: 'client_credentials',
      client_id: client.id,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    expect(JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      iss: client.id,
      exp: 4102444800,
    })
  })
})
