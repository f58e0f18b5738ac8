/** What others try on people who are signed in with a browser: other sites, other accounts on the same server, and those who guess. */
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { setPassword } from '../../src/domain/accounts/sign-in.ts'
import { apiForFile, startApi } from '../harness/api.ts'
import { makeApi } from '../harness/apis.ts'
import { openBrowser, type Browser } from '../harness/browser.ts'
import { make, makeFlow } from '../harness/flows.ts'
import { startApplication } from '../harness/application.ts'

/** Passwords are hashed at length, and slowly where other tests run beside these. */
vi.setConfig({ testTimeout: 240_000 })

const api = apiForFile()
const owner = { email: 'owner@localhost', password: 'a horse of some colour' }
let browser: Browser
beforeAll(async () => {
  await setPassword(api.world, owner.email, owner.password)
  browser = openBrowser(api)
  await browser.signIn(owner)
})
const integrations = async (): Promise<number> => ((await api.call('GET', '/v1/integrations')).body ?? []).length
/** A request with the cookie and exactly these headers besides. */
const withCookie = (method: string, path: string, headers: Record<string, string>, body?: string): Promise<Response> =>
  fetch(api.url + path, {
    method,
    headers: { cookie: browser.cookie() as string, ...headers },
    ...(body !== undefined && { body }),
    redirect: 'manual',
  })

describe('a page of another site', () => {
  const json = { 'content-type': 'application/json' }
  const forged: Record<string, Record<string, string>> = {
    'a form': { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    'a form of plain text': { 'content-type': 'text/plain', origin: 'null' },
    'a script without our header': { ...json, 'sec-fetch-site': 'same-origin' },
    'a script of another site': { ...json, 'sec-fetch-site': 'cross-site', 'x-sluice-console': '1' },
    'a neighbouring host, or another port of this one': { ...json, 'sec-fetch-site': 'same-site', 'x-sluice-console': '1' },
    'an old browser, from elsewhere': { ...json, origin: 'https://evil.example', 'x-sluice-console': '1' },
    'an old browser, from nowhere': { ...json, origin: 'null', 'x-sluice-console': '1' },
    'no browser that says where it is': { ...json, 'x-sluice-console': '1' },
  }

  test.each(Object.entries(forged))('writes nothing: %s', async (_name, headers) => {
    const before = await integrations()
    for (const [method, path] of [
      ['POST', '/v1/integrations'],
      ['DELETE', '/v1/session'],
      ['POST', '/v1/session'],
      ['POST', '/v1/session/password'],
    ] as const) {
      const answer = await withCookie(method, path, headers, '{"name":"Forged"}')
      expect([403, 415]).toContain(answer.status)
      expect(answer.headers.get('set-cookie')).toBeNull()
    }
    expect(await integrations()).toBe(before)
    expect((await browser.call('GET', '/v1/session')).status).toBe(200)
  })

  test('reads nothing either, and a page of an old browser that says which host it is of does', async () => {
    expect((await withCookie('GET', '/v1/session', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await withCookie('GET', '/v1/session', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await withCookie('GET', '/v1/session', { 'sec-fetch-site': 'none' })).status).toBe(200)
    const own = { ...json, origin: api.url, 'x-sluice-console': '1' }
    expect((await withCookie('POST', '/v1/integrations', own, '{"name":"Own"}')).status).toBe(201)
  })

  test('frames no answer, and no answer is read as another type than it has', async () => {
    for (const path of ['/', '/docs', '/v1/session', '/v1/unknown', '/health', '/flows/anything']) {
      const { headers } = await withCookie('GET', path, { accept: 'text/html' })
      expect([path, headers.get('content-security-policy')]).toEqual([path, expect.stringContaining("frame-ancestors 'none'")])
      expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe-eval/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})

describe('another account on the same server', () => {
  test('gets the cookie in nothing that it keeps or answers: webhooks and APIs see a request without it', async () => {
    const application = await startApplication()
    onTestFinished(() => application.close())
    const cookie = `a=1; ${browser.cookie()}; b=2`
    const hook = await makeFlow(api, application, { exports: { orders: { webhook: { verify: 'secret_url', token: 'of-its-maker' } } } })
    const path = `/v1/exports/${hook.ids['orders']}/of-its-maker/data`
    expect((await withCookie('POST', path, { 'content-type': 'application/json', cookie }, '{"id":1}')).status).toBe(204)
    const code = 'function handleRequest({ headers }) { return { statusCode: 200, body: headers } }'
    const script = { builder: null, type: 'script', script: { _scriptId: '{code}', function: 'handleRequest' } }
    const { _id } = await makeApi(api, application, { code, api: script })
    const authorization = 'Bearer owner-token-for-tests'
    const told = await withCookie('POST', `/v1/apis/${_id}/request`, { authorization, cookie })
    expect([told.status, ((await told.json()) as { cookie: string }).cookie]).toEqual([200, 'a=1; b=2'])
    const { rows } = await api.database.pool.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'sluice' and table_type = 'BASE TABLE'`,
    )
    const secret = browser.cookie()?.split('=')[1] as string
    for (const { name } of rows) {
      const found = await api.database.pool.query(`select from sluice.${name} t where t::text like $1 limit 1`, [`%${secret}%`])
      expect([name, found.rowCount]).toEqual([name, 0])
    }
  })

  test('cannot use what the cookie holds as a token, nor a token as a cookie', async () => {
    const secret = browser.cookie()?.split('=')[1] as string
    expect((await api.call('GET', '/v1/session', undefined, { authorization: `Bearer ${secret}` })).status).toBe(401)
    const guesses = ['0'.repeat(64), 'owner-token-for-tests', '', `${secret}0`, secret.toUpperCase(), `${secret}; sluice_session=x`]
    for (const guess of guesses.slice(0, -1)) {
      const { status } = await fetch(`${api.url}/v1/session`, { headers: { cookie: `sluice_session=${guess}` } })
      expect([guess, status]).toEqual([guess, 401])
    }
  })

  test('the cookie opens no API of an account, which is called with a token', async () => {
    for (const path of ['/apis/v1/orders', '/v2/orders']) {
      const { status } = await withCookie('POST', path, { 'sec-fetch-site': 'same-origin', 'x-sluice-console': '1' })
      expect([401, 404]).toContain(status)
    }
  })
})

describe('guessing', () => {
  test('one address is tried ten times, then not for a minute, by whomever; somebody who was there before still gets in', async () => {
    const there = await startApi()
    try {
      await setPassword(there.world, owner.email, owner.password)
      const known = openBrowser(there)
      await known.signIn(owner)
      // From another address, as far as the server can tell.
      await there.database.pool.query(`update sluice.passwords set sources = '{10.0.0.7}'`)
      const statuses: number[] = []
      for (let i = 0; i < 12; i++) statuses.push((await openBrowser(there).signIn({ ...owner, password: `guess number ${i}` })).status)
      expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
      const refused = await openBrowser(there).signIn(owner)
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      // Nobody else is kept out, and the address is as good as none that is tried: an unknown one is counted the same way.
      const unknown: number[] = []
      for (let i = 0; i < 11; i++) unknown.push((await openBrowser(there).signIn({ email: 'x@y', password: 'a guess of one' })).status)
      expect(unknown).toEqual([...Array(10).fill(401), 429])
      await there.database.pool.query(`update sluice.passwords set sources = '{127.0.0.1}'`)
      expect((await openBrowser(there).signIn(owner)).status).toBe(204)
    } finally {
      await there.close()
    }
  })

  test('one source tries thirty times on whomever, tokens and links among them, and what is right takes nothing away from that', async () => {
    const there = await startApi()
    try {
      const { token } = await make(there, 'accesstokens', { name: 'Right', fullAccess: true })
      for (let i = 0; i < 40; i++) expect((await openBrowser(there).signIn({ token })).status).toBe(204)
      const statuses: number[] = []
      for (let i = 0; i < 34; i++) {
        const tried = i % 5 === 0 ? { email: `guess-${i}@example.com`, password: 'one for everybody' } : { token: `guess-${i}` }
        statuses.push((await openBrowser(there).signIn(tried)).status)
      }
      expect(statuses.slice(0, 30)).toEqual(Array(30).fill(401))
      expect(statuses.slice(30)).toContain(429)
      const link = await openBrowser(there).call('POST', '/v1/session/password', {
        oneTimeToken: 'guessed',
        password: 'long enough to be one',
      })
      expect([401, 429]).toContain(link.status)
    } finally {
      await there.close()
    }
  })
})
