/** Who may come in: the refusal of everybody else comes first, in the documented two texts. */
import { describe, expect, test } from 'vitest'
import { addUser } from '../../src/domain/accounts/accounts.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { exchange } from '../harness/socket.ts'

const api = apiForFile()

const bare = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
  const response = await fetch(api.url + path, { method, headers, ...(body !== undefined && { body }) })
  return { status: response.status, body: (await response.json()) as unknown, challenge: response.headers.get('www-authenticate') }
}
const missing = { status: 401, body: { message: 'Unauthorized' }, challenge: 'Bearer' }
const failed = { status: 401, body: { message: 'Bearer Authentication Failed' }, challenge: 'Bearer' }

describe('is let in', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('with the scheme written %s', async (scheme) => {
    expect((await api.call('GET', '/v1/tokenInfo', undefined, { authorization: `${scheme} owner-token-for-tests` })).status).toBe(200)
  })

  test('tokenInfo says whose token it is and what it may do', async () => {
    const [owner, stranger] = [await api.call('GET', '/v1/tokenInfo'), await api.stranger('GET', '/v1/tokenInfo')]
    expect(owner).toMatchObject({ status: 200, body: { _userId: expect.stringMatching(/^[0-9a-f]{24}$/), scope: '*' } })
    expect(Object.keys(owner.body).toSorted()).toEqual(['_userId', 'scope'])
    expect(stranger.body._userId).not.toBe(owner.body._userId)
  })

  test('everyone, where there is nothing of anybody: the contract, its page, and whether the server is up', async () => {
    for (const path of ['/openapi.json', '/docs', '/docs/page.js', '/health']) expect((await fetch(api.url + path)).status).toBe(200)
  })
})

describe('is refused', () => {
  test('without an Authorization header: "Unauthorized"', async () => {
    expect(await bare('GET', '/v1/integrations')).toEqual(missing)
  })

  test.each([
    'Bearer wrong',
    'Bearer',
    'Bearer ',
    'Bearer two words',
    'Basic b3duZXI6',
    'owner-token-for-tests',
    `Bearer ${'x'.repeat(8000)}`,
  ])('with a header that names no valid token (%.40s): "Bearer Authentication Failed"', async (authorization) => {
    expect(await bare('GET', '/v1/integrations', { authorization })).toEqual(failed)
  })

  test.each([
    ['an unknown route', 'GET', '/v1/nothing/here', undefined, {}],
    ['the bare prefix', 'GET', '/v1', undefined, {}],
    ['a wrong method', 'PATCH', '/v1/exports', '[]', {}],
    ['malformed JSON', 'POST', '/v1/integrations', '{"name":', { 'content-type': 'application/json' }],
    ['another media type', 'POST', '/v1/integrations', '<a/>', { 'content-type': 'application/xml' }],
    ['an invalid body', 'POST', '/v1/integrations', '{}', { 'content-type': 'application/json' }],
    ['a query that is refused', 'GET', '/v1/integrations?include=a&exclude=b', undefined, {}],
    ['an id that is none', 'GET', '/v1/integrations/abc', undefined, {}],
    ['a very long id', 'GET', `/v1/integrations/${'a'.repeat(5000)}`, undefined, {}],
    ['a URL that cannot be decoded', 'GET', '/v1/integrations/%zz', undefined, {}],
    ['a path in percent-encoding', 'GET', '/%761/integrations', undefined, {}],
  ])('before anything else is looked at: %s', async (_what, method, path, body, headers) => {
    expect(await bare(method, path, headers as Record<string, string>, body)).toEqual(missing)
  })

  test('in absolute-form too', async () => {
    const answer = await exchange(api.url, 'GET http://sluice.example/v1/integrations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    expect(answer).toContain('{"message":"Unauthorized"}')
  })

  test('within a second or so of the token being revoked', async () => {
    const { token } = await addUser(api.world, 'soon-gone@example.com')
    const look = async () => (await api.call('GET', '/v1/tokenInfo', undefined, { authorization: `Bearer ${token}` })).status
    expect(await look()).toBe(200)
    await ask(api.config, `update sluice.tokens set revoked_at = now() where user_id = (select _id from sluice.users where email = $1)`, [
      'soon-gone@example.com',
    ])
    await expect.poll(look, { timeout: 3000 }).toBe(401)
  })
})

test('tokens are kept as hashes alone', async () => {
  const rows = await ask(api.config, `select t::text as row, encode(hash, 'escape') as hash from sluice.tokens t`)
  expect(rows.length).toBeGreaterThan(1)
  expect(JSON.stringify(rows)).not.toContain('owner-token-for-tests')
})
