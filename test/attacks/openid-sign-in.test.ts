/** What others try on people who sign in at an OpenID provider: codes of others, forged answers, addresses that only look like somebody's. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { addUser } from '../../src/domain/accounts/accounts.ts'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { openBrowser, type Browser } from '../harness/browser.ts'
import { startOpenIdProvider, type OpenIdPeer, type Person } from '../harness/openid-provider.ts'

/** Each sign-in takes ten requests, and many times as long where other tests run beside these. */
vi.setConfig({ testTimeout: 240_000 })

let provider: OpenIdPeer
let api: Api
beforeAll(async () => {
  provider = await startOpenIdProvider()
  api = await startApi({ openId: { ...provider.settings, createsUsersOf: ['new.example'] } })
  provider.register(`${api.url}/sign-in/openid`)
})
afterAll(async () => {
  await api.close()
  await provider.close()
})
const victim: Person = { sub: 'victim', email: 'stranger@example.com', email_verified: true }
beforeEach(async () => {
  provider.who = victim
  provider.forge = undefined
  await api.database.pool.query('delete from sluice.rate_limits')
})

const begin = async (browser: Browser): Promise<URL> =>
  provider.agree((await browser.call('POST', '/v1/session/openid')).body.authorizationURL)
const finish = (browser: Browser, back: URL, headers?: Record<string, string>): Promise<Answer> =>
  browser.call('POST', '/v1/session/openid/callback', Object.fromEntries(back.searchParams), headers)
const expectOutside = ({ status, headers, body }: Answer, browser: Browser): void => {
  expect([status, body?.errors?.[0]?.code]).toEqual([401, 'sign_in_failed'])
  expect(headers.getSetCookie()).toEqual([])
  expect(browser.cookie()).toBeUndefined()
}

describe('a code', () => {
  test('works once, and only in the browser that went for it', async () => {
    const [own, other] = [openBrowser(api), openBrowser(api)]
    const back = await begin(own)
    // The address that leads back, sent to somebody else to sign them in as its sender.
    expectOutside(await finish(other, back), other)
    // Nor where they have begun to sign in themselves.
    await other.call('POST', '/v1/session/openid')
    expectOutside(await finish(other, back), other)
    const kept = new Map(own.cookies)
    expect((await finish(own, back)).status).toBe(204)
    for (const [name, value] of kept) other.cookies.set(name, value)
    expectOutside(await finish(other, back), other)
  })

  test('is not exchanged with the state of another way, nor after its time', async () => {
    const browser = openBrowser(api)
    const first = await begin(browser)
    const second = await begin(browser)
    first.searchParams.set('state', second.searchParams.get('state') ?? '')
    expectOutside(await finish(browser, first), browser)
    const late = await begin(browser)
    const [name, value = ''] = [...browser.cookies].find(([each]) => each === 'sluice_sign_in') ?? ['']
    const ended = JSON.parse(api.world.vault.open(value, 'openid sign-in')) as { endsAt: number }
    expect(ended.endsAt).toBeGreaterThan(Date.now())
    browser.cookies.set(name, api.world.vault.seal(JSON.stringify({ ...ended, endsAt: Date.now() - 1 }), 'openid sign-in'))
    expectOutside(await finish(browser, late), browser)
    // Sealed by this server for something else.
    browser.cookies.set(name, api.world.vault.seal(JSON.stringify(ended), 'another place'))
    expectOutside(await finish(browser, late), browser)
    browser.cookies.set(name, `${value.slice(0, -4)}AAAA`)
    expectOutside(await finish(browser, late), browser)
  })

  test('of another provider is refused by who says that it is of it', async () => {
    const browser = openBrowser(api)
    const back = await begin(browser)
    back.searchParams.set('iss', 'https://evil.example')
    expectOutside(await finish(browser, back), browser)
    expect(browser.cookie()).toBeUndefined()
  })
})

describe('an answer that says who somebody is', () => {
  const stranger = generateKeyPair('RS256')
  const forged: Readonly<Record<string, (claims: JWTPayload) => Promise<string>>> = {
    'of another sign-in': (claims) => provider.sign({ ...claims, nonce: 'another' }),
    'without a nonce': ({ nonce: _nonce, ...claims }) => provider.sign(claims),
    'for another client': (claims) => provider.sign({ ...claims, aud: 'another-client' }),
    'of another provider': (claims) => provider.sign({ ...claims, iss: 'https://evil.example' }),
    'that is over': (claims) => provider.sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 3600 }),
    'for others too, and of one of them': (claims) => provider.sign({ ...claims, aud: ['sluice', 'another'], azp: 'another' }),
    'that nobody has signed': async (claims) => new UnsecuredJWT(claims).encode(),
    'signed by somebody else': async (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign((await stranger).privateKey),
    'signed with the secret of the client': (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(provider.settings.clientSecret)),
    'of nobody who could be kept': (claims) => provider.sign({ ...claims, sub: 'vic\u0000tim' }),
    'of somebody with an endless name': (claims) => provider.sign({ ...claims, sub: 'x'.repeat(256) }),
    'that is none': async () => 'eyJhbGciOiJSUzI1NiJ9.e30.',
  }
  test.each(Object.entries(forged))('is refused: %s', async (_what, forge) => {
    const browser = openBrowser(api)
    const back = await begin(browser)
    provider.forge = forge
    const answer = await finish(browser, back)
    expect([401, 503]).toContain(answer.status)
    expect(['sign_in_failed', 'provider_unavailable']).toContain(answer.body.errors[0].code)
    expect(answer.text).not.toMatch(/eyJ|nonce"|the-secret/)
    expect(browser.cookie()).toBeUndefined()
  })

  test('and is right is taken: the others were refused for what was wrong with them', async () => {
    const browser = openBrowser(api)
    const back = await begin(browser)
    provider.forge = provider.sign
    expect((await finish(browser, back)).status).toBe(204)
  })
})

describe('an address', () => {
  test('that the database takes for that of a user, and the provider has given to somebody else, opens nothing', async () => {
    const { _id } = await addUser(api.world, 'ilk@new.example')
    for (const email of ['\u0130lk@new.example', 'il\u212a@new.example', ' ilk@new.example', 'ilk@new.example\u0000']) {
      provider.who = { sub: `lookalike ${email}`, email, email_verified: true }
      const browser = openBrowser(api)
      const answer = await finish(browser, await begin(browser))
      // A user of their own, where the database can tell them apart.
      if (answer.status === 204) expect((await browser.call('GET', '/v1/session')).body.user.email).toBe(email)
      else expectOutside(answer, browser)
    }
    expect((await api.database.pool.query('select from sluice.user_identities where user_id = $1', [_id])).rowCount).toBe(0)
  })

  test('written as yes in a text is not verified', async () => {
    provider.who = { sub: 'text', email: 'unverified@new.example', email_verified: 'true' as never }
    const browser = openBrowser(api)
    const answer = await finish(browser, await begin(browser))
    expectOutside(answer, browser)
    expect(answer.text).toContain('has not verified')
  })
})

test('no page of another site begins or finishes a sign-in, and nobody goes for one all day', async () => {
  const browser = openBrowser(api)
  const back = await begin(browser)
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'x-sluice-console': '' }]) {
    expect((await browser.call('POST', '/v1/session/openid', undefined, headers)).status).toBe(403)
    expect((await finish(browser, back, headers)).status).toBe(403)
  }
  const statuses: number[] = []
  for (let i = 0; i < 32; i++) statuses.push((await openBrowser(api).call('POST', '/v1/session/openid')).status)
  expect(statuses.at(-1)).toBe(429)
})
