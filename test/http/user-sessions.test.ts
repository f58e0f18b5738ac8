/** People sign in with a password, a token or a link, and are who they are until they sign out, are idle for too long, or are ended elsewhere. */
import { beforeAll, describe, expect, test } from 'vitest'
import { makePasswordLink, setPassword } from '../../src/domain/accounts/sign-in.ts'
import { apiForFile } from '../harness/api.ts'
import { openBrowser, type Browser } from '../harness/browser.ts'
import { colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { makeEnvironment } from '../harness/environment.ts'
import { make } from '../harness/flows.ts'

const api = apiForFile()
const owner = { email: 'owner@localhost', password: 'a horse of some colour' }
beforeAll(() => setPassword(api.world, owner.email, owner.password))

async function signedIn(as: object = owner): Promise<Browser> {
  const browser = openBrowser(api)
  expect((await browser.signIn(as)).status).toBe(204)
  return browser
}
const problem = ({ status, body }: { status: number; body?: { errors?: { code: string; field?: string }[] } }) => {
  const { code, field } = body?.errors?.[0] ?? {}
  return { status, code, ...(field !== undefined && { field }) }
}

describe('with an address and a password', () => {
  test('somebody is their user, with everything in their account, by a cookie that no script reads and no other site sends', async () => {
    const browser = openBrowser(api)
    const { headers } = await browser.signIn({ ...owner, email: 'Owner@LocalHost' })
    expect(headers.get('set-cookie')).toMatch(/^sluice_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/)
    const { body } = await browser.call('GET', '/v1/session')
    expect(body).toMatchObject({
      via: 'session',
      user: { email: 'owner@localhost' },
      account: { name: 'Owner' },
      environment: { name: 'Production' },
      accessLevel: 'owner',
    })
    expect(Date.parse(body.endsAt) - Date.now()).toBeGreaterThan(11.9 * 3_600_000)
    expect((await browser.call('POST', '/v1/integrations', { name: 'Made in the console' })).status).toBe(201)
    expect((await api.call('GET', '/v1/session')).body).toMatchObject({ via: 'token', accessLevel: 'owner' })
  })

  test('nobody learns whether an address is known; neither is what was tried kept', async () => {
    const answers = await Promise.all(
      [
        { ...owner, password: 'not the password' },
        { email: 'nobody@example.com', password: 'not the password' },
        { email: 'stranger@example.com', password: 'has no password yet' },
      ].map((as) => openBrowser(api).signIn(as)),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers.map(problem)).toEqual(answers.map(() => ({ status: 401, code: 'sign_in_failed' })))
  })

  test('what is incomplete, or both, is refused with its field', async () => {
    const refusals = [{}, { email: 'a@b' }, { ...owner, token: 'x' }, { ...owner, remember: true }, { email: 7, password: 'x' }, 'text', []]
    const answers = await Promise.all(refusals.map((as) => openBrowser(api).signIn(as as object)))
    expect(answers.map(problem)).toEqual([
      { status: 422, code: 'missing_required_field', field: 'email' },
      { status: 422, code: 'missing_required_field', field: 'password' },
      { status: 422, code: 'invalid_field', field: 'token' },
      { status: 422, code: 'unknown_field', field: 'remember' },
      { status: 422, code: 'invalid_field', field: 'email' },
      { status: 422, code: 'invalid_field' },
      { status: 422, code: 'invalid_field' },
    ])
  })

  test('the environment and a shared account are entered as with a token, in a header or in the address', async () => {
    const sandbox = await makeEnvironment(api, 'Sandbox')
    const browser = await signedIn()
    const there = await browser.call('GET', '/v1/session', undefined, { 'sluice-environment': sandbox._id })
    expect(there.body.environment).toEqual({ _id: sandbox._id, name: 'Sandbox' })
    const linked = await browser.call('GET', `/v1/session?sluice-environment=${sandbox._id}`)
    expect(linked.body.environment._id).toBe(sandbox._id)
    const friend = await colleague(api, 'friend@example.com', { accessLevel: 'monitor' })
    await setPassword(api.world, friend.email, 'the friend of the owner')
    const theirs = await signedIn({ email: friend.email, password: 'the friend of the owner' })
    const { body } = await theirs.call('GET', '/v1/session', undefined, { 'integrator-ashareid': friend.ashareId })
    expect(body).toMatchObject({ account: { name: 'Owner' }, accessLevel: 'monitor', _ashareId: friend.ashareId })
    expect(body).not.toHaveProperty('integrationAccessLevel')
    const { _id: _integrationId } = await make(api, 'integrations', { name: 'Theirs to manage' })
    const integrationAccessLevel = [{ _integrationId, accessLevel: 'manage' }]
    const reach = async (terms: object) => {
      await api.call('PUT', `/v1/ashares/${friend.ashareId}`, terms)
      return (await friend.call('GET', '/v1/session')).body
    }
    await expect
      .poll(() => reach({ accessLevel: 'monitor', integrationAccessLevel }), { timeout: 30_000 })
      .toMatchObject({ accessLevel: 'manage', accountAccessLevel: 'monitor', integrationAccessLevel })
    await expect.poll(() => reach({ integrationAccessLevel }), { timeout: 30_000 }).not.toHaveProperty('accountAccessLevel')
    await reach({ accessLevel: 'monitor' })
    const refused = await theirs.call('POST', '/v1/integrations', { name: 'No' }, { 'integrator-ashareid': friend.ashareId })
    expect(problem(refused)).toEqual({ status: 403, code: 'access_denied' })
  })
})

describe('with a token', () => {
  test('the session may do what the token may, and ends with it', async () => {
    const { _id, token } = await make(api, 'accesstokens', { name: 'Pasted', fullAccess: true })
    const browser = await signedIn({ token })
    expect((await browser.call('GET', '/v1/session')).body).toMatchObject({ via: 'session', accessLevel: 'owner' })
    await api.call('PUT', `/v1/accesstokens/${_id}`, { name: 'Pasted', fullAccess: true, revoked: true })
    await expect.poll(async () => (await browser.call('GET', '/v1/session')).status, { timeout: 30_000 }).toBe(401)
  })

  test('of some documents, it reaches these alone, and neither sees the sessions of its user nor sets their password', async () => {
    const { _id } = await make(api, 'integrations', { name: 'Its own' })
    const { token } = await make(api, 'accesstokens', { name: 'Some', integrationLevels: [{ _integrationId: _id, level: 'read' }] })
    const browser = await signedIn({ token })
    expect((await browser.call('GET', '/v1/session')).body).toMatchObject({ via: 'session' })
    for (const [method, path, body] of [
      ['GET', '/v1/sessions'],
      ['PUT', '/v1/profile/password', { password: 'taken over by a token' }],
      ['GET', '/v1/flows'],
    ] as const)
      expect(problem(await browser.call(method, path, body))).toEqual({ status: 403, code: 'access_denied' })
  })

  test('that nobody has is refused', async () => {
    expect(problem(await openBrowser(api).signIn({ token: 'nobody-has-this-token' }))).toEqual({ status: 401, code: 'sign_in_failed' })
  })
})

describe('a session', () => {
  test('ends when its user signs out, and its cookie goes', async () => {
    const browser = await signedIn()
    const cookie = browser.cookie() as string
    expect((await browser.call('DELETE', '/v1/session')).status).toBe(204)
    expect(browser.cookie()).toBeUndefined()
    await expect.poll(async () => (await browser.call('GET', '/v1/session', undefined, { cookie })).status, { timeout: 30_000 }).toBe(401)
  })

  test('is listed with the others of its user, and ended from another one', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    const { body } = await here.call('GET', '/v1/sessions')
    const own = body.find(({ current }: { current: boolean }) => current)
    expect(own).toMatchObject({ from: '127.0.0.1', userAgent: 'Firefox', via: 'user' })
    const other = (await there.call('GET', '/v1/session')).body._id
    expect(body.map(({ _id }: { _id: string }) => _id)).toContain(other)
    expect((await here.call('DELETE', `/v1/sessions/${other}`)).status).toBe(204)
    expect((await here.call('DELETE', `/v1/sessions/${other}`)).status).toBe(404)
    await expect.poll(async () => (await there.call('GET', '/v1/session')).status, { timeout: 30_000 }).toBe(401)
    expect((await here.call('GET', '/v1/session')).status).toBe(200)
  })

  test('is over when it was idle for twelve hours, and is not before', async () => {
    const browser = await signedIn()
    const { _id } = (await browser.call('GET', '/v1/session')).body
    const idle = (hours: number) =>
      ask(api.config, `update sluice.user_sessions set seen_at = now() - make_interval(hours => $1) where _id = $2`, [hours, _id])
    await idle(11)
    await expect.poll(async () => (await browser.call('GET', '/v1/session')).status, { timeout: 30_000 }).toBe(200)
    // It was used now, and that is noted.
    await expect
      .poll(
        async () => {
          await browser.call('GET', '/v1/session')
          return (await ask(api.config, `select 1 from sluice.user_sessions where _id = $1 and seen_at > now() - interval '1 hour'`, [_id]))
            .length
        },
        { timeout: 30_000 },
      )
      .toBe(1)
    await idle(13)
    await expect.poll(async () => (await browser.call('GET', '/v1/session')).status, { timeout: 30_000 }).toBe(401)
  })

  test('is kept as a hash, and passwords are sealed', async () => {
    const browser = await signedIn()
    const secret = browser.cookie()?.split('=')[1] as string
    const rows = await ask(
      api.config,
      `select s::text as row from sluice.user_sessions s union all select p::text from sluice.passwords p`,
      [],
    )
    expect(rows.length).toBeGreaterThan(1)
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect(JSON.stringify(rows)).not.toMatch(/argon|horse/)
  })
})

describe('the password', () => {
  const changed = { email: owner.email, password: 'another horse entirely' }

  test('is changed with the one up to now, which ends all other sessions and goes on record', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    const wrong = await here.call('PUT', '/v1/profile/password', { currentPassword: 'a guess', password: changed.password })
    expect(problem(wrong)).toEqual({ status: 422, code: 'invalid_field', field: 'currentPassword' })
    const short = await here.call('PUT', '/v1/profile/password', { currentPassword: owner.password, password: 'short' })
    expect(problem(short)).toEqual({ status: 422, code: 'invalid_field', field: 'password' })
    const done = await here.call('PUT', '/v1/profile/password', { currentPassword: owner.password, password: changed.password })
    expect(done.status).toBe(204)
    await expect.poll(async () => (await there.call('GET', '/v1/session')).status, { timeout: 30_000 }).toBe(401)
    expect((await here.call('GET', '/v1/session')).status).toBe(200)
    expect(problem(await openBrowser(api).signIn(owner))).toEqual({ status: 401, code: 'sign_in_failed' })
    await signedIn(changed)
    const [entry] = (await api.call('GET', '/v1/audit?resourceType=user&action=update')).body
    expect(entry).toMatchObject({ event: 'update', fieldChanges: [{ fieldPath: 'password', newValue: 'set' }] })
    await setPassword(api.world, owner.email, owner.password)
  })

  test('is the same however its accents were typed', async () => {
    await setPassword(api.world, 'stranger@example.com', 'caf\u00e9 au lait, twice')
    const { status } = await openBrowser(api).signIn({ email: 'stranger@example.com', password: 'cafe\u0301 au lait, twice' })
    expect(status).toBe(204)
  })

  test('is set by a link that works once, within a day', async () => {
    const browser = openBrowser(api)
    const redeem = (oneTimeToken: string, password = 'set by the link itself') =>
      browser.call('POST', '/v1/session/password', { oneTimeToken, password })
    const token = await makePasswordLink(api.world, 'stranger@example.com')
    expect(problem(await redeem(token, 'short'))).toEqual({ status: 422, code: 'invalid_field', field: 'password' })
    expect((await redeem(token)).status).toBe(204)
    expect((await browser.call('GET', '/v1/session')).body.user.email).toBe('stranger@example.com')
    expect(problem(await redeem(token))).toEqual({ status: 401, code: 'sign_in_failed' })
    const late = await makePasswordLink(api.world, 'stranger@example.com')
    await ask(api.config, `update sluice.password_links set ends_at = now() - interval '1 second'`, [])
    expect(problem(await redeem(late))).toEqual({ status: 401, code: 'sign_in_failed' })
    await signedIn({ email: 'stranger@example.com', password: 'set by the link itself' })
  })
})

test('the ways to sign in are told to everybody', async () => {
  expect((await openBrowser(api).call('GET', '/v1/session/methods')).body).toEqual({ password: true, token: true })
})
