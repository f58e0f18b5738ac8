/** People sign in at the OpenID provider of the installation, and are the users whom it has verified. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { unlinkUser } from '../../src/domain/accounts/openid-sign-in.ts'
import { changeEmail } from '../../src/domain/accounts/accounts.ts'
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
beforeEach(async () => {
  provider.answers = () => false
  provider.forge = undefined
  await api.database.pool.query('delete from sluice.rate_limits')
})

const stranger: Person = { sub: 'stranger-at-the-company', email: 'Stranger@Example.com', email_verified: true, name: 'A stranger' }

async function begin(browser: Browser): Promise<string> {
  const { status, body, text } = await browser.call('POST', '/v1/session/openid')
  if (status !== 200) throw new Error(text)
  return body.authorizationURL
}
const finish = (browser: Browser, back: URL): Promise<Answer> =>
  browser.call('POST', '/v1/session/openid/callback', Object.fromEntries(back.searchParams))
async function signIn(who: Person, browser = openBrowser(api)): Promise<{ answer: Answer; browser: Browser }> {
  provider.who = who
  return { answer: await finish(browser, await provider.agree(await begin(browser))), browser }
}
const whoIs = async (browser: Browser): Promise<string> => (await browser.call('GET', '/v1/session')).body.user.email
const problem = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, message: body?.errors?.[0]?.message })

describe('a user of this installation', () => {
  test('is found by the address that the provider has verified, and signed in as by a password', async () => {
    const { answer, browser } = await signIn(stranger)
    expect(answer.status).toBe(204)
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^sluice_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/),
      'sluice_sign_in=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ])
    expect(await whoIs(browser)).toBe('stranger@example.com')
    expect((await browser.call('GET', '/v1/sessions')).body).toMatchObject([{ via: 'user', current: true }])
  })

  test('is the same one afterwards, whatever their address there becomes', async () => {
    const { browser } = await signIn({ ...stranger, email: 'married@example.com' })
    expect(await whoIs(browser)).toBe('stranger@example.com')
    const renamed = await signIn({ sub: stranger.sub })
    expect(await whoIs(renamed.browser)).toBe('stranger@example.com')
  })

  test('is not who has their address at the provider later, until that is forgotten here', async () => {
    const other = { ...stranger, sub: 'somebody-who-got-the-address' }
    const { answer } = await signIn(other)
    expect(problem(answer)).toMatchObject({ status: 401, code: 'sign_in_failed', message: expect.stringContaining('user unlink') })
    expect(await unlinkUser(api.world, 'stranger@example.com')).toBe(true)
    expect((await signIn(other)).answer.status).toBe(204)
    expect(problem((await signIn(stranger)).answer)).toMatchObject({ status: 401 })
    await unlinkUser(api.world, 'stranger@example.com')
  })

  test('may be the owner, who has an address of their own by then', async () => {
    await changeEmail(api.world, 'owner@localhost', 'boss@example.com')
    const { browser } = await signIn({ sub: 'boss', email: 'boss@example.com', email_verified: true })
    expect((await browser.call('GET', '/v1/session')).body).toMatchObject({
      user: { email: 'boss@example.com' },
      account: { name: 'Owner' },
    })
  })
})

describe('somebody else', () => {
  const refused: readonly (readonly [string, Person, RegExp])[] = [
    [
      'whose address is not verified',
      { ...stranger, sub: 'unverified', email_verified: false },
      /has not verified the address Stranger@Example/,
    ],
    ['of whose address nothing is said', { sub: 'unsaid', email: 'stranger@example.com' }, /has not verified the address/],
    ['without an address', { sub: 'addressless' }, /does not tell your email address/],
    [
      'whom nobody added',
      { sub: 'unknown', email: 'unknown@example.com', email_verified: true },
      /No user here has the address unknown@example/,
    ],
    ['of a domain that only ends like one of ours', { sub: 'evil', email: 'a@evilnew.example', email_verified: true }, /No user here/],
    ['of a domain below one of ours', { sub: 'below', email: 'a@below.new.example', email_verified: true }, /No user here/],
    ['with two domains', { sub: 'two', email: 'a@new.example@evil.example', email_verified: true }, /No user here/],
  ]
  test.each(refused)('%s stays outside, and is told why', async (_what, who, message) => {
    const { answer, browser } = await signIn(who)
    expect(problem(answer)).toEqual({ status: 401, code: 'sign_in_failed', message: expect.stringMatching(message) })
    expect(browser.cookie()).toBeUndefined()
  })

  test('of a domain that the settings name becomes a user, once, with an account of their own and no token', async () => {
    const who = { sub: 'newcomer', email: 'Newcomer@New.Example', email_verified: true, name: 'New Comer' }
    provider.who = who
    const browsers = [openBrowser(api), openBrowser(api), openBrowser(api)]
    const ways: URL[] = []
    for (const browser of browsers) ways.push(await provider.agree(await begin(browser)))
    const answers = await Promise.all(browsers.map((browser, at) => finish(browser, ways[at] as URL)))
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204])
    const sessions = await Promise.all(browsers.map(async (browser) => (await browser.call('GET', '/v1/session')).body))
    expect(new Set(sessions.map(({ user }) => user._id)).size).toBe(1)
    expect(sessions[0]).toMatchObject({ user: { email: 'Newcomer@New.Example', name: 'New Comer' }, accessLevel: 'owner' })
    const first = browsers[0] as Browser
    expect((await first.call('GET', '/v1/accesstokens')).status).toBe(204)
    expect((await first.call('GET', '/v1/integrations')).status).toBe(204)
    expect((await first.call('GET', '/v1/audit?resourceType=user&action=create')).body).toMatchObject([{ event: 'create' }])
  })
})

test('the page tells of the provider, and the address that it leads to has a state, a nonce and a proof key', async () => {
  const browser = openBrowser(api)
  expect((await browser.call('GET', '/v1/session/methods')).body).toEqual({ password: true, token: true, openId: { name: 'The company' } })
  const { headers, body } = await browser.call('POST', '/v1/session/openid')
  const asked = new URL(body.authorizationURL)
  expect(asked.origin).toBe(provider.origin)
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    response_type: 'code',
    client_id: 'sluice',
    redirect_uri: `${api.url}/sign-in/openid`,
    scope: 'openid email profile',
    code_challenge_method: 'S256',
    state: expect.stringMatching(/^\S{43}$/),
    nonce: expect.stringMatching(/^\S{43}$/),
  })
  expect(headers.getSetCookie()).toEqual([
    expect.stringMatching(/^sluice_sign_in=v1\.\S+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=900$/),
  ])
  // Sealed: neither what proves the code nor what the answer has to hold can be read from it.
  const [cookie] = headers.getSetCookie()
  expect(cookie).not.toContain(asked.searchParams.get('nonce'))
  expect(Date.parse(body.expiresAt) - Date.now()).toBeGreaterThan(14 * 60_000)
})

describe('a provider', () => {
  test('that takes the secret of the client in the body, and tells the address in the token itself, is served too', async () => {
    const peer = await startOpenIdProvider()
    const there = await startApi({ openId: peer.settings })
    try {
      peer.register(`${there.url}/sign-in/openid`, { inIdToken: true, authMethod: 'client_secret_post' })
      peer.who = stranger
      const browser = openBrowser(there)
      const { body } = await browser.call('POST', '/v1/session/openid')
      const back = await peer.agree(body.authorizationURL)
      expect((await finish(browser, back)).status).toBe(204)
      expect(peer.asked).toMatchObject([{ authorization: undefined }])
      expect(peer.asked[0]?.body.get('client_secret')).toBe(peer.settings.clientSecret)
    } finally {
      await there.close()
      await peer.close()
    }
  })

  test('where the person says no is quoted', async () => {
    const browser = openBrowser(api)
    const back = new URL(`${api.url}/sign-in/openid`)
    back.searchParams.set('state', new URL(await begin(browser)).searchParams.get('state') ?? '')
    back.searchParams.set('iss', provider.origin)
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('error_description', '<b>Not today</b>')
    expect(problem(await finish(browser, back))).toEqual({
      status: 401,
      code: 'sign_in_failed',
      message: 'The company says: access_denied, <b>Not today</b>.',
    })
  })

  test('that fails when the person is back is named as well, and they begin again', async () => {
    provider.who = stranger
    const browser = openBrowser(api)
    const back = await provider.agree(await begin(browser))
    provider.answers = (request) => request.url?.startsWith('/token') === true && !!request.socket.destroy()
    const answer = await finish(browser, back)
    expect(problem(answer)).toEqual({
      status: 503,
      code: 'provider_unavailable',
      message: expect.stringMatching(/^The company cannot be asked: http:\/\/127\.0\.0\.1:\d+ closed the connection before it answered\.$/),
    })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    provider.answers = () => false
    expect((await signIn(stranger, browser)).answer.status).toBe(204)
  })
})

test('without a provider there is no such way in', async () => {
  const there = await startApi()
  try {
    expect((await openBrowser(there).call('GET', '/v1/session/methods')).body).toEqual({ password: true, token: true })
    for (const [path, body] of [
      ['/v1/session/openid', undefined],
      ['/v1/session/openid/callback', { state: 'x', code: 'y' }],
    ] as const)
      expect((await openBrowser(there).call('POST', path, body)).status).toBe(404)
  } finally {
    await there.close()
  }
})
