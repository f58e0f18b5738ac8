/** What is tried on those who sign in with a password: links that were forgotten, sessions that never end, names of cookies, spellings of addresses. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { makePasswordLink, setPassword } from '../../src/domain/accounts/sign-in.ts'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { openBrowser, type Browser } from '../harness/browser.ts'
import { ask } from '../harness/database.ts'
import { make } from '../harness/flows.ts'

/** Passwords are hashed at length, and slowly where other tests run beside these. */
vi.setConfig({ testTimeout: 240_000 })

const owner = { email: 'owner@localhost', password: 'a horse of some colour' }
let api: Api
beforeAll(async () => {
  api = await startApi({ trustProxy: true })
})
afterAll(() => api.close())
beforeEach(async () => {
  await api.database.pool.query('delete from sluice.rate_limits')
  await setPassword(api.world, owner.email, owner.password)
})

async function signedIn(as: object = owner): Promise<Browser> {
  const browser = openBrowser(api)
  expect((await browser.signIn(as)).status).toBe(204)
  return browser
}
const codeOf = ({ body }: Answer): string => body?.errors?.[0]?.code
/** A session that has ended is believed for a second. */
async function isOver(browser: Browser): Promise<void> {
  await expect.poll(async () => (await browser.call('GET', '/v1/session')).status, { timeout: 30_000 }).toBe(401)
}

describe('a link that sets a password', () => {
  const redeem = (oneTimeToken: string): Promise<Answer> =>
    openBrowser(api).call('POST', '/v1/session/password', { oneTimeToken, password: 'whoever found the link' })

  test('is worth nothing once its user has set a password in another way', async () => {
    const found = await makePasswordLink(api.world, owner.email)
    const browser = await signedIn()
    const changed = { currentPassword: owner.password, password: 'another horse entirely' }
    expect((await browser.call('PUT', '/v1/profile/password', changed)).status).toBe(204)
    expect(codeOf(await redeem(found))).toBe('sign_in_failed')
    const another = await makePasswordLink(api.world, owner.email)
    await setPassword(api.world, owner.email, owner.password)
    expect(codeOf(await redeem(another))).toBe('sign_in_failed')
  })

  test('is worth nothing once another one was used, and is used by one of those who try at a time', async () => {
    const [first, second] = [await makePasswordLink(api.world, owner.email), await makePasswordLink(api.world, owner.email)]
    const answers = await Promise.all([redeem(first), redeem(first), redeem(first)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 401, 401])
    expect(codeOf(await redeem(second))).toBe('sign_in_failed')
  })
})

describe('sessions', () => {
  test('are no more than a hundred of a user: one that takes many ends its own, and a token takes nobody else their place', async () => {
    const browser = await signedIn()
    const { _id } = (await browser.call('GET', '/v1/session')).body
    const { token } = await make(api, 'accesstokens', { name: 'Takes many', fullAccess: true })
    const ofToken = await signedIn({ token })
    await ask(
      api.config,
      `insert into sluice.user_sessions (hash, _id, user_id, token_hash, created_at, seen_at, source)
       select sha256(('x' || n)::bytea), lpad(to_hex(n), 24, '0'), s.user_id, s.token_hash, now(), now() - interval '1 hour', 'x'
       from sluice.user_sessions s, generate_series(1, 150) n where s.token_hash is not null limit 150`,
      [],
    )
    await signedIn({ token })
    const count = async (): Promise<{ token: number; own: number }> =>
      (
        await ask(
          api.config,
          `select count(*) filter (where token_hash is not null)::int as token, count(*) filter (where token_hash is null)::int as own from sluice.user_sessions`,
          [],
        )
      )[0] as { token: number; own: number }
    expect((await count()).token).toBe(100)
    expect((await ofToken.call('GET', '/v1/session')).status).toBe(200)
    expect((await browser.call('GET', '/v1/session')).body._id).toBe(_id)
    await ask(
      api.config,
      `insert into sluice.user_sessions (hash, _id, user_id, created_at, seen_at, source)
       select sha256(('y' || n)::bytea), lpad(to_hex(n + 1000), 24, '0'), s.user_id, now(), now() - interval '1 hour', 'y'
       from sluice.user_sessions s, generate_series(1, 150) n where s._id = $1`,
      [_id],
    )
    await signedIn()
    expect((await count()).own).toBe(100)
    expect((await browser.call('GET', '/v1/sessions')).body.length).toBe(200)
  })

  test('are over after thirty days, however much they are used', async () => {
    const browser = await signedIn()
    const { _id } = (await browser.call('GET', '/v1/session')).body
    const age = (hours: number) =>
      ask(api.config, `update sluice.user_sessions set created_at = now() - make_interval(hours => $1), seen_at = now() where _id = $2`, [
        hours,
        _id,
      ])
    await age(30 * 24 - 1)
    await expect
      .poll(async () => Date.parse((await browser.call('GET', '/v1/session')).body.endsAt) - Date.now(), { timeout: 30_000 })
      .toBeLessThan(3_700_000)
    await age(30 * 24 + 1)
    await isOver(browser)
  })

  test('elsewhere end all at once, and the one at hand stays', async () => {
    const [here, there, further] = [await signedIn(), await signedIn(), await signedIn()]
    expect((await here.call('DELETE', '/v1/sessions')).status).toBe(204)
    await isOver(there)
    await isOver(further)
    expect((await here.call('GET', '/v1/sessions')).body).toMatchObject([{ current: true }])
    const { token } = await make(api, 'accesstokens', { name: 'Ends all', fullAccess: true })
    expect((await api.call('DELETE', '/v1/sessions', undefined, { authorization: `Bearer ${token}` })).status).toBe(204)
    await isOver(here)
  })

  test('are left to no cache but that of the browser, which asks whether they still hold', async () => {
    const browser = await signedIn()
    for (const path of ['/v1/session', '/v1/environments', '/v1/integrations'])
      expect([path, (await browser.call('GET', path)).headers.get('cache-control')]).toEqual([path, 'private, no-cache'])
  })

  test('in an environment that is gone are told so, and nothing is at fault', async () => {
    const { _id } = await make(api, 'environments', { name: 'Short-lived' })
    const browser = await signedIn()
    const inIt = { 'sluice-environment': _id }
    expect((await browser.call('GET', '/v1/session', undefined, inIt)).status).toBe(200)
    await ask(api.config, `update sluice.documents set deleted_at = now() where _id = $1`, [_id])
    expect((await browser.call('GET', '/v1/session', undefined, inIt)).status).toBe(404)
  })
})

describe('over TLS', () => {
  const tls = { 'x-forwarded-proto': 'https' }

  test('the cookie has a name that only this host itself can have set, and no other is believed', async () => {
    const browser = openBrowser(api)
    const { headers } = await browser.call('POST', '/v1/session', owner, tls)
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-sluice_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Secure$/),
    ])
    expect((await browser.call('GET', '/v1/session', undefined, tls)).status).toBe(200)
    // A neighbouring host has set a cookie of its own session for the whole domain: whoever works here would work in the account of that one.
    const planted = (await signedIn()).cookie() as string
    expect((await openBrowser(api).call('GET', '/v1/session', undefined, { ...tls, cookie: planted })).status).toBe(401)
    const both = `${planted}; __Host-sluice_session=${browser.cookies.get('__Host-sluice_session')}`
    const { body } = await openBrowser(api).call('GET', '/v1/session', undefined, { ...tls, cookie: both })
    expect(body._id).toBe((await browser.call('GET', '/v1/session', undefined, tls)).body._id)
    const out = await browser.call('DELETE', '/v1/session', undefined, tls)
    expect(out.headers.getSetCookie()).toEqual(['__Host-sluice_session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0'])
  })
})

describe('an address', () => {
  test('is tried ten times in all its spellings together, and who has it is the same in all of them', async () => {
    await ask(api.config, `update sluice.passwords set sources = '{10.0.0.7}'`, [])
    const spellings = ['owner@localhost', 'OWNER@localhost', 'Owner@LOCALHOST', 'o\u0057ner@localhost', 'OwNeR@lOcAlHoSt']
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) {
      const email = spellings[i % spellings.length] as string
      statuses.push((await openBrowser(api).signIn({ email, password: `guess number ${i}` })).status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
  })

  test('with letters that the database lowers in its own way is counted as the user it finds', async () => {
    await ask(api.config, `update sluice.users set email = 'ilkin@example.com' where email = 'stranger@example.com'`, [])
    const [{ same }] = (await ask(api.config, `select lower($1) = 'ilkin@example.com' as same`, ['\u0130lkin@example.com'])) as [
      { same: boolean },
    ]
    const spellings = [
      'ilkin@example.com',
      ...(same ? ['\u0130lkin@example.com', 'ilk\u0130n@example.com', '\u0130lk\u0130n@example.com'] : ['ILKIN@example.com']),
    ]
    const statuses: number[] = []
    for (let i = 0; i < 12; i++) {
      const email = spellings[i % spellings.length] as string
      statuses.push((await openBrowser(api).signIn({ email, password: `guess number ${i}` })).status)
    }
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
  })
})
