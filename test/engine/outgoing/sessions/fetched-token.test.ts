/** Tokens that a request of the connection's own fetches: before the first of its requests, before they end, and where they are no longer accepted. */
import { describe, expect, it } from 'vitest'
import { serve, type Asked } from '../server.ts'
import { signedIn } from './stage.ts'

/** Accepts the token that it handed out last. */
async function shop(
  answer: (count: number, request: Asked) => { status?: number; headers?: Record<string, string>; body?: string },
  accepted = (count: number) => `token-${count}-of-the-shop`,
) {
  let count = 0
  const server = await serve((request, response) => {
    if (request.url.startsWith('/session')) {
      const { status = 200, headers = { 'content-type': 'application/json' }, body = '' } = answer(++count, request)
      return response.writeHead(status, headers).end(body)
    }
    const told = JSON.stringify(request.headers) + request.url + request.body
    response.writeHead(told.includes(accepted(count)) ? 200 : 401, { 'content-type': 'application/json' }).end('{}')
  })
  return { server, forget: () => void count++, fetched: () => server.asked.filter(({ url }) => url.startsWith('/session')) }
}
const json = (value: object) => ({ body: JSON.stringify(value) })
const auth = (token: object, more: object = {}) => ({
  auth: { type: 'token', token: { location: 'header', refreshRelativeURI: '/session', ...token }, ...more },
})

describe('a token', () => {
  it('is fetched before the first request where the connection holds none, and kept', async () => {
    const { server, fetched } = await shop((count) => json({ access_token: `token-${count}-of-the-shop` }))
    const { ask } = await signedIn(server.origin, auth({}))
    expect([await ask(), await ask()]).toEqual([200, 200])
    expect(fetched()).toHaveLength(1)
    expect(fetched()[0]).toMatchObject({ method: 'POST' })
  })

  it('is fetched anew where the application no longer accepts it, once for all requests that were refused', async () => {
    const { server, fetched } = await shop((count) => json({ access_token: `token-${count}-of-the-shop` }))
    const { ask } = await signedIn(server.origin, auth({ token: 'the-token-of-the-document' }))
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([200, 200, 200])
    expect(fetched()).toHaveLength(1)
  })

  it('is fetched before it ends', async () => {
    const { server, fetched } = await shop((count) =>
      json({ access_token: `token-${count}-of-the-shop`, expires_in: count === 1 ? 1 : 3600 }),
    )
    const { ask } = await signedIn(server.origin, auth({}))
    await ask()
    await new Promise((later) => setTimeout(later, 950))
    expect(await ask()).toBe(200)
    expect(fetched()).toHaveLength(2)
    expect(server.asked.filter(({ url }) => url === '/orders')).toHaveLength(2)
  })

  it('that is refused as soon as it was fetched is not fetched again and again', async () => {
    const { server, fetched } = await shop(
      (count) => json({ access_token: `token-${count}` }),
      () => 'never',
    )
    const { ask, told } = await signedIn(server.origin, auth({}))
    expect([await ask(), await ask(), await ask()]).toEqual([401, 401, 401])
    expect(fetched()).toHaveLength(1)
    expect(told.refused.length).toBeGreaterThan(0)
  })

  it.each([
    [
      'with its method, body and headers, which see the connection and what was obtained before',
      {
        token: {
          refreshMethod: 'PUT',
          refreshRelativeURI: '/session?of={{connection.settings.tenant}}',
          refreshMediaType: 'json',
          refreshToken: 'the-first-refresh',
          refreshBody: '{"with":"{{connection.http.auth.token.refreshToken}}"}',
          refreshHeaders: [{ name: 'X-Key', value: '{{connection.http.encrypted.key}}' }],
          tokenPaths: ['data.refreshToken'],
        },
        more: { encrypted: { key: 'k"1' } },
        sent: {
          method: 'PUT',
          url: '/session?of=t1',
          body: '{"with":"the-first-refresh"}',
          headers: expect.objectContaining({ 'content-type': 'application/json', 'x-key': 'k"1' }),
        },
      },
    ],
    [
      'as fields of a form',
      {
        token: { refreshBody: '{"grant_type":"refresh_token","key":"a b"}' },
        more: {},
        sent: {
          method: 'POST',
          body: 'grant_type=refresh_token&key=a+b',
          headers: expect.objectContaining({ 'content-type': 'application/x-www-form-urlencoded' }),
        },
      },
    ],
  ] as const)('is asked for %s', async (_name, { token, more, sent }) => {
    const { server, fetched } = await shop((count) =>
      json({ access_token: `token-${count}-of-the-shop`, data: { refreshToken: 'the-next-refresh' } }),
    )
    const { ask } = await signedIn(server.origin, { ...auth(token), ...more }, { settings: { tenant: 't1' } })
    expect(await ask()).toBe(200)
    expect(fetched()[0]).toMatchObject(sent)
  })

  it('brings the token that the next one is asked for with, where tokenPaths name it', async () => {
    const { server, fetched, forget } = await shop(
      (count) => json({ token: `token-${count}-of-the-shop`, refresh_token: `refresh-${count}` }),
      (count) => `token-${Math.max(count, 1)}-of-the-shop`,
    )
    const token = {
      refreshTokenPath: 'token',
      refreshToken: 'refresh-0',
      tokenPaths: ['refresh_token'],
      refreshBody: 'with={{connection.http.auth.token.refreshToken}}',
    }
    const { ask, age } = await signedIn(server.origin, auth(token))
    await ask()
    forget()
    await age()
    await ask()
    expect(fetched().map(({ body }) => body)).toEqual(['with=refresh-0', 'with=refresh-1'])
  })

  it.each([
    [
      'XML',
      { refreshResponseMediaType: 'xml', refreshTokenPath: '/session/token' },
      { headers: { 'content-type': 'text/xml' }, body: '<session><token>token-1-of-the-shop</token></session>' },
    ],
    ['a header', { refreshTokenLocation: 'header', refreshTokenPath: 'X-Token' }, { headers: { 'x-token': 'token-1-of-the-shop' } }],
    ['a list', { refreshTokenPath: 'tokens[0].value' }, json({ tokens: [{ value: 'token-1-of-the-shop' }] })],
  ])('is read from %s', async (_name, token, answer) => {
    const { server } = await shop(() => answer)
    const { ask } = await signedIn(server.origin, auth(token))
    expect(await ask()).toBe(200)
  })

  it.each([
    ['the query', { location: 'url', paramName: 'key' }, { relativeURI: '/orders?a=1' }, '/orders?a=1&key=token-1-of-the-shop'],
    [
      'the body, by its name',
      { location: 'body', paramName: 'key' },
      { method: 'POST', body: '{"a":1}' },
      '{"a":1,"key":"token-1-of-the-shop"}',
    ],
    [
      'the body, by a template',
      { location: 'body' },
      { method: 'POST', body: '{"t":"{{connection.http.auth.token.token}}"}' },
      '{"t":"token-1-of-the-shop"}',
    ],
    [
      'a header of the step, by a template',
      { location: 'body' },
      { headers: [{ name: 'x-t', value: 'T {{connection.http.auth.token.token}}' }] },
      'T token-1-of-the-shop',
    ],
  ])('is sent in %s', async (_name, token, asked, found) => {
    const { server } = await shop((count) => json({ access_token: `token-${count}-of-the-shop` }))
    const { ask } = await signedIn(server.origin, auth({ ...token, token: 'the-token-of-the-document' }))
    expect(await ask(asked)).toBe(200)
    const last = server.asked.at(-1)
    expect([last?.url, last?.body, last?.headers['x-t']]).toContain(found)
  })

  it.each([
    [
      'its server is down',
      { status: 503 },
      'sign_in_unavailable',
      /could not sign in\. http:\/\/127\.0\.0\.1:\d+ answered 503\. That may pass/,
    ],
    [
      'its server refuses',
      { status: 403, ...json({ message: 'wrong key' }) },
      'sign_in_refused',
      /answered 403: wrong key\. Correct the connection, and ping it/,
    ],
    [
      'its server answers HTML',
      { headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' },
      'sign_in_refused',
      /answered 200 with text\/html, and not with JSON/,
    ],
    ['its server answers without one', json({ ok: true }), 'sign_in_refused', /holds no token at access_token/],
  ])('that cannot be had fails the request in words: %s', async (_name, answer, code, message) => {
    const { server, fetched } = await shop(() => answer)
    const { ask, told } = await signedIn(server.origin, auth({}))
    expect(await ask()).toMatchObject({ kind: 'unreachable', code, message: expect.stringMatching(message) })
    expect(told.refused).toHaveLength(code === 'sign_in_refused' ? 1 : 0)
    expect(server.asked.some(({ url }) => url === '/orders')).toBe(false)
    expect(fetched()).toHaveLength(1)
  })

  it('stands in no message and no debug line, and neither does what it was asked for with', async () => {
    const { server } = await shop(
      (count) =>
        count === 1
          ? json({ access_token: 'token-1-of-the-shop', hint: 'the-password-of-the-shop' })
          : { status: 403, ...json({ message: 'wrong the-password-of-the-shop, token-1-of-the-shop' }) },
      () => 'never',
    )
    const { ask, told, age } = await signedIn(server.origin, {
      ...auth({ refreshBody: 'p={{connection.http.encrypted.password}}' }),
      encrypted: { password: 'the-password-of-the-shop' },
    })
    await ask()
    await age()
    const said = JSON.stringify([await ask(), told.debug])
    expect(told.secrets).toContain('token-1-of-the-shop')
    expect(said).toMatch(/403: wrong \*{6}, \*{6}/)
    expect(said).not.toMatch(/token-1-of|the-password/)
  })
})
