/** Account shares: who is invited to what, who answers, and when a share is in force. */
import { beforeAll, describe, expect, test } from 'vitest'
import { addUser } from '../../src/domain/accounts/accounts.ts'
import { apiForFile } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let account: string
let friend: Colleague
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  account = (await api.call('GET', '/v1/tokenInfo')).body._userId
  friend = await colleague(api, 'friend@example.com', { accessLevel: 'manage' })
})

const invite = (body: object) => api.call('POST', '/v1/invite', body)
const codes = ({ status, body }: { status: number; body: { errors: { code: string; field?: string }[] } }) => ({
  status,
  errors: body.errors.map(({ code, field }) => `${code} ${field ?? ''}`.trim()),
})

describe('inviting', () => {
  test('201 with the share, which waits for an answer', async () => {
    await addUser(api.world, 'new@example.com')
    const { status, body } = await invite({ email: 'New@Example.com', accessLevel: 'monitor' })
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        accepted: false,
        dismissed: false,
        accessLevel: 'monitor',
        sharedWithUser: { email: 'new@example.com', name: 'new', _id: expect.any(String), accountSSOLinked: 'not_linked' },
      },
    })
    expect((await api.call('GET', `/v1/ashares/${body._id}`)).body).toEqual(body)
  })

  test('an address that is no user yet: the share waits until it is', async () => {
    const { body } = await invite({ email: 'later@example.com', accessLevel: 'monitor' })
    expect(body.sharedWithUser).toEqual({ email: 'later@example.com', allowedToResetMFA: false, accountSSOLinked: 'not_linked' })
    const { token } = await addUser(api.world, 'later@example.com')
    const mine = { authorization: `Bearer ${token}` }
    expect((await api.call('PUT', `/v1/ashares/${body._id}/accept`, undefined, mine)).status).toBe(200)
    expect((await api.call('GET', '/v1/integrations', undefined, { ...mine, 'integrator-ashareid': body._id })).status).toBe(200)
  })

  test('several at once: an answer for each, in their order, and shares for those who had none', async () => {
    const several = (emails: string[], more = {}) => api.call('POST', '/v1/invite/multiple', { emails, accessLevel: 'manage', ...more })
    const { status, body } = await several(['z@example.com', 'friend@example.com', 'b@example.com', 'Z@example.com', 'owner@localhost'])
    expect(status).toBe(200)
    const shared = (email: string) => ({
      statusCode: 201,
      doc: expect.objectContaining({ sharedWithUser: expect.objectContaining({ email }) }),
    })
    const refused = (place: number, why: string) => ({
      statusCode: 400,
      errors: [{ code: 'conflict', message: expect.stringContaining(why), field: `emails.${place}` }],
    })
    expect(body).toEqual([
      shared('z@example.com'),
      refused(1, 'shared with friend@example.com already'),
      shared('b@example.com'),
      refused(3, 'already'),
      refused(4, 'is the owner'),
    ])
    expect((await api.call('GET', `/v1/ashares/${body[0].doc._id}`)).body).toEqual(body[0].doc)
    expect(codes(await several(['c@example.com'], { accessLevel: 'owner' }))).toEqual({
      status: 422,
      errors: ['invalid_field accessLevel'],
    })
    expect((await invite({ email: 'c@example.com', accessLevel: 'manage' })).status).toBe(201)
  })

  test('the same addresses at the same time, in whatever order: each is shared once', async () => {
    const emails = Array.from({ length: 20 }, (_, n) => `same-${n}@example.com`)
    const answers = await Promise.all(
      [emails, emails.toReversed()].map((addresses) =>
        api.call('POST', '/v1/invite/multiple', { emails: addresses, accessLevel: 'monitor' }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const outcomes = answers.flatMap(({ body }) => body.map(({ statusCode }: { statusCode: number }) => statusCode))
    expect(outcomes.filter((code) => code === 201)).toHaveLength(20)
  })

  test('409 for who is invited already, in whatever letters, and for the owner', async () => {
    for (const email of ['friend@example.com', 'FRIEND@example.com', 'owner@localhost'])
      expect(await invite({ email, accessLevel: 'monitor' })).toMatchObject({
        status: 409,
        body: { errors: [{ code: 'conflict', field: 'email' }] },
      })
    const { token } = await addUser(api.world, 'head@example.com')
    const own = await api.call(
      'POST',
      '/v1/invite',
      { email: 'head@example.com', accessLevel: 'monitor' },
      { authorization: `Bearer ${token}` },
    )
    expect(codes(own)).toEqual({ status: 409, errors: ['conflict email'] })
  })

  test.each([
    ['no address', { accessLevel: 'monitor' }, 'missing_required_field email'],
    ['what is no address', { email: 'x', accessLevel: 'monitor' }, 'invalid_field email'],
    ['no level', { email: 'x@example.com' }, 'missing_required_field accessLevel'],
    ['an unknown level', { email: 'x@example.com', accessLevel: 'owner' }, 'invalid_field accessLevel'],
    ['no integration either', { email: 'x@example.com', integrationAccessLevel: [] }, 'missing_required_field accessLevel'],
    [
      'administrator of an integration',
      { email: 'x@example.com', integrationAccessLevel: [{ _integrationId: nobody, accessLevel: 'administrator' }] },
      'invalid_field integrationAccessLevel.0.accessLevel',
    ],
    [
      'an integration that is not there',
      { email: 'x@example.com', integrationAccessLevel: [{ _integrationId: nobody, accessLevel: 'manage' }] },
      'invalid_ref integrationAccessLevel.0._integrationId',
    ],
  ])('422: %s', async (_what, body, error) => {
    expect(codes(await invite(body))).toEqual({ status: 422, errors: [error] })
  })

  test('403 for all but administrators', async () => {
    for (const [path, body] of [
      ['/v1/invite', { email: 'y@example.com', accessLevel: 'monitor' }],
      ['/v1/invite/multiple', { emails: ['y@example.com'], accessLevel: 'monitor' }],
    ] as const)
      expect(codes(await friend.call('POST', path, body))).toEqual({ status: 403, errors: ['access_denied'] })
  })
})

describe('the shares of an account', () => {
  test('are listed without the owner, with projection and pages', async () => {
    const { body } = await api.call('GET', '/v1/ashares')
    expect(body.length).toBeGreaterThan(3)
    expect(JSON.stringify(body)).not.toContain('owner@localhost')
    const { body: projected } = await api.call('GET', '/v1/ashares?include=disabled')
    expect(Object.keys(projected[0]).toSorted()).toEqual(['_id', 'accepted', 'accessLevel', 'sharedWithUser'])
    const page = await api.call('GET', '/v1/ashares?limit=1&skip=1')
    expect(page.body).toEqual([body[1]])
    expect(page.headers.get('link')).toContain('skip=2')
    expect((await api.call('GET', '/v1/ashares?include=a&exclude=b')).status).toBe(400)
  })

  test('204 where there are none', async () => {
    expect((await api.stranger('GET', '/v1/ashares')).status).toBe(204)
    expect((await api.stranger('GET', '/v1/shared/ashares')).status).toBe(204)
  })

  test("are a 404 for everybody else, and so are another account's", async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect(
        codes(await api.stranger(method, `/v1/ashares/${friend.ashareId}`, method === 'PUT' ? { accessLevel: 'monitor' } : undefined)),
      ).toMatchObject({
        status: 404,
        errors: ['invalid_ref _ashareId'],
      })
    for (const how of ['accept', 'dismiss']) expect((await api.stranger('PUT', `/v1/ashares/${friend.ashareId}/${how}`)).status).toBe(404)
  })

  test('change at once, and are on record without anybody being able to set what is not theirs', async () => {
    const changing = await colleague(api, 'changing@example.com', { accessLevel: 'monitor' })
    const create = () => changing.call('POST', '/v1/tags', { tag: 'x' })
    expect((await create()).status).toBe(403)
    const { status, body } = await api.call('PUT', `/v1/ashares/${changing.ashareId}`, {
      accessLevel: 'manage',
      accepted: false,
      dismissed: true,
    })
    expect({ status, body }).toMatchObject({ status: 200, body: { accessLevel: 'manage', accepted: true, dismissed: false } })
    expect((await create()).status).toBe(201)
    const { body: entries } = await api.call('GET', `/v1/audit?resourceType=ashare&_resourceId=${changing.ashareId}`)
    expect(entries.map(({ event }: { event: string }) => event)).toEqual(['update', 'update', 'create'])
    expect(entries[0]).toMatchObject({ resourceType: 'ashare', name: 'changing@example.com' })
    expect(codes(await api.call('PUT', `/v1/ashares/${changing.ashareId}`, {}))).toMatchObject({ status: 422 })
  })

  test('change although an integration that they name was deleted meanwhile', async () => {
    const { body: gone } = await api.call('POST', '/v1/integrations', { name: 'Gone' })
    const level = (id: string) => ({ integrationAccessLevel: [{ _integrationId: id, accessLevel: 'manage' }] })
    const share = await colleague(api, 'gone@example.com', level(gone._id))
    await api.call('DELETE', `/v1/integrations/${gone._id}`)
    const put = (body: object) => api.call('PUT', `/v1/ashares/${share.ashareId}`, body)
    expect(await put({ ...level(gone._id), allowToEditRetryData: true })).toMatchObject({
      status: 200,
      body: { allowToEditRetryData: true },
    })
    expect(codes(await put(level(nobody)))).toEqual({ status: 422, errors: ['invalid_ref integrationAccessLevel.0._integrationId'] })
  })

  test('disabled ones keep their user out until they are enabled, deleted ones for good', async () => {
    const out = await colleague(api, 'out@example.com', { accessLevel: 'monitor' })
    const look = async () => (await out.call('GET', '/v1/integrations')).status
    const put = (disabled: boolean) => api.call('PUT', `/v1/ashares/${out.ashareId}`, { accessLevel: 'monitor', disabled })
    expect(await look()).toBe(200)
    await put(true)
    expect(await look()).toBe(404)
    expect((await out.alone('GET', '/v1/shared/ashares')).status).toBe(204)
    expect((await out.alone('PUT', `/v1/ashares/${out.ashareId}/accept`)).status).toBe(404)
    await put(false)
    expect(await look()).toBe(200)
    expect((await api.call('DELETE', `/v1/ashares/${out.ashareId}`)).status).toBe(204)
    expect(await look()).toBe(404)
    expect((await api.call('GET', `/v1/ashares/${out.ashareId}`)).status).toBe(404)
  })
})

describe('keeping out and inviting again', () => {
  test('PUT .../disable turns it round, and nothing else', async () => {
    const out = await colleague(api, 'turned@example.com', { accessLevel: 'monitor', allowToEditRetryData: true })
    const turn = () => api.call('PUT', `/v1/ashares/${out.ashareId}/disable`, {})
    const { lastModified: _at, lastSignIn: _seen, ...before } = (await api.call('GET', `/v1/ashares/${out.ashareId}`)).body
    expect(await turn()).toMatchObject({ status: 200, body: { ...before, disabled: true } })
    expect((await out.call('GET', '/v1/integrations')).status).toBe(404)
    expect(await turn()).toMatchObject({ status: 200, body: { ...before, disabled: false } })
    expect((await out.call('GET', '/v1/integrations')).status).toBe(200)
  })

  test('PUT .../reinvite asks who has refused once more, and nobody else', async () => {
    const shy = await colleague(api, 'shy@example.com', { accessLevel: 'monitor' }, { accepts: false })
    const again = () => api.call('PUT', `/v1/ashares/${shy.ashareId}/reinvite`, {})
    expect(codes(await again())).toEqual({ status: 422, errors: ['invalid_field dismissed'] })
    await shy.alone('PUT', `/v1/ashares/${shy.ashareId}/dismiss`)
    expect((await shy.alone('GET', '/v1/shared/ashares')).status).toBe(204)
    expect(await again()).toMatchObject({ status: 200, body: { accepted: false, dismissed: false } })
    expect((await shy.alone('GET', '/v1/shared/ashares')).body).toMatchObject([{ _id: shy.ashareId }])
    expect((await shy.alone('PUT', `/v1/ashares/${shy.ashareId}/accept`)).status).toBe(200)
  })
})

describe('who is invited', () => {
  test('sees the account and its owner, accepts, and can leave again', async () => {
    const guest = await colleague(api, 'guest@example.com', { accessLevel: 'monitor' }, { accepts: false })
    expect((await guest.call('GET', '/v1/integrations')).status).toBe(404)
    const { body } = await guest.alone('GET', '/v1/shared/ashares')
    expect(body).toMatchObject([
      {
        _id: guest.ashareId,
        accepted: false,
        accessLevel: 'monitor',
        ownerUser: { _id: account, email: 'owner@localhost', name: 'Owner' },
      },
    ])
    expect(await guest.alone('PUT', `/v1/ashares/${guest.ashareId}/accept`)).toMatchObject({ status: 200, body: { accepted: true } })
    expect((await guest.call('GET', `/v1/integrations/${ids.integrations}`)).status).toBe(200)
    expect((await api.call('GET', `/v1/ashares/${guest.ashareId}`)).body).toMatchObject({ accepted: true, lastSignIn: expect.any(String) })
    expect(await guest.alone('PUT', `/v1/ashares/${guest.ashareId}/dismiss`)).toMatchObject({ status: 200, body: { dismissed: true } })
    expect((await guest.call('GET', '/v1/integrations')).status).toBe(404)
    expect((await guest.alone('GET', '/v1/shared/ashares')).status).toBe(204)
  })

  test('works in production, or in the environment that Sluice-Environment names', async () => {
    const at = { 'sluice-environment': ids.environments }
    expect((await friend.call('POST', '/v1/integrations', { name: 'In it' }, at)).body._envId).toBe(ids.environments)
    expect((await friend.call('GET', '/v1/integrations')).body[0]._envId).toBe(account)
    expect(codes(await friend.call('GET', '/v1/integrations', undefined, { 'sluice-environment': nobody }))).toMatchObject({ status: 404 })
    expect(codes(await friend.call('GET', '/v1/integrations', undefined, { 'sluice-environment': 'x' }))).toMatchObject({ status: 403 })
  })

  test('is who did it, on record', async () => {
    const { body } = await friend.call('POST', '/v1/tags', { tag: 'theirs' })
    const { body: entries } = await api.call('GET', `/v1/tags/${body._id}/audit`)
    expect(entries[0].byUser).toMatchObject({ _id: friend._id, email: 'friend@example.com' })
  })
})

describe('the users of an integration', () => {
  const at = (id: string) => `/v1/integrations/${id}/ashares`

  test('200 with an empty list where there are none', async () => {
    const made = await api.stranger('POST', '/v1/integrations', samples.integrations(ids))
    expect(await api.stranger('GET', at(made.body._id))).toMatchObject({ status: 200, body: [] })
  })

  test('every documented field, of the whole account and of this integration alone', async () => {
    const { body: other } = await api.call('POST', '/v1/integrations', { name: 'Other' })
    const here = await colleague(api, 'here@example.com', {
      integrationAccessLevel: [{ _integrationId: ids.integrations, accessLevel: 'manage' }],
    })
    await here.call('GET', '/v1/tokenInfo')
    const { status, body } = await api.call('GET', at(ids.integrations))
    expect(status).toBe(200)
    const found = (id: string) => body.find(({ _id }: { _id: string }) => _id === id)
    expect(found(here.ashareId)).toEqual({
      _id: here.ashareId,
      accepted: true,
      accessLevel: 'manage',
      accountSSORequired: false,
      accountMFARequired: false,
      createdAt: expect.any(String),
      lastModified: expect.any(String),
      lastSignIn: expect.any(String),
      isProductionAdmin: false,
      sharedWithUser: {
        _id: here._id,
        email: 'here@example.com',
        name: 'here',
        lastSignIn: expect.any(String),
        allowedToResetMFA: false,
        accountSSOLinked: false,
      },
    })
    expect(found(friend.ashareId)).toMatchObject({ accessLevel: 'manage' })
    const { body: elsewhere } = await api.call('GET', at(other._id))
    expect(elsewhere.map(({ _id }: { _id: string }) => _id)).not.toContain(here.ashareId)
  })

  test('404 for an integration that is not there', async () => {
    for (const id of [nobody, 'abc']) expect(codes(await api.call('GET', at(id)))).toMatchObject({ status: 404 })
    expect((await api.stranger('GET', at(ids.integrations))).status).toBe(404)
  })
})
