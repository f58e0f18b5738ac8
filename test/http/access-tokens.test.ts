/** Access tokens: shown once, for everything or for some documents, honoured with every request, ended within a second. */
import { beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../src/contract/operations/index.ts'
import { purgeEndedTokens } from '../../src/domain/accounts/access-tokens.ts'
import { apiForFile, type Answer, type Api } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let account: string
let friend: Colleague
let admin: Colleague
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  account = (await api.call('GET', '/v1/tokenInfo')).body._userId
  friend = await colleague(api, 'friend@example.com', { accessLevel: 'manage' })
  admin = await colleague(api, 'admin@example.com', { accessLevel: 'administrator' })
})

const make = (body: object, who: Api['call'] = api.call) => who('POST', '/v1/accesstokens', { name: 'T', ...body })
const path = (id: string) => `/v1/accesstokens/${id}`
const withToken =
  (token: string) =>
  (method: string, at: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    api.call(method, at, body, { authorization: `Bearer ${token}`, ...headers })
const refusal = ({ status, body }: Answer) => ({ status, code: body.errors[0].code, field: body.errors[0].field })
const days = (count: number): string => new Date(Date.now() + count * 86_400_000).toISOString()

describe('a new token', () => {
  test('201, shown once and masked ever after; kept as a hash alone', async () => {
    const { status, body } = await make({ fullAccess: true, description: 'For the nightly job' })
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        name: 'T',
        fullAccess: true,
        revoked: false,
        tokenType: 'user',
        _userId: account,
        _envId: account,
        token: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    })
    const read = await api.call('GET', path(body._id))
    expect(read.body).toEqual({ ...body, token: '******' })
    const { body: listed } = await api.call('GET', '/v1/accesstokens')
    expect(listed).toContainEqual(read.body)
    expect(JSON.stringify([listed, await ask(api.config, 'select t::text from sluice.tokens t')])).not.toContain(body.token)
    expect(JSON.stringify((await api.call('GET', '/v1/audit?resourceType=accesstoken')).body)).not.toContain(body.token)
    expect((await withToken(body.token)('GET', '/v1/tokenInfo')).body).toEqual({ _userId: account, scope: '*' })
  })

  test('works in the environment that is named', async () => {
    const { body } = await make({ fullAccess: true, _envId: ids.environments })
    const made = await withToken(body.token)('POST', '/v1/integrations', { name: 'In it' })
    expect(made.body._envId).toBe(ids.environments)
    expect((await withToken(body.token)('POST', '/v1/accesstokens', { name: 'Out', fullAccess: true, _envId: account })).status).toBe(403)
    expect((await withToken(body.token)('POST', '/v1/accesstokens', { name: 'In', fullAccess: true })).body._envId).toBe(ids.environments)
    expect(refusal(await make({ fullAccess: true, _envId: nobody }))).toEqual({ status: 422, code: 'invalid_ref', field: '_envId' })
  })

  test.each([
    ['neither full access nor a list', () => ({}), 'missing_required_field fullAccess'],
    ['an empty list', () => ({ _exportIds: [] }), 'missing_required_field fullAccess'],
    ['both', () => ({ fullAccess: true, _exportIds: [ids.exports] }), 'invalid_field fullAccess'],
    ['no name', () => ({ name: undefined, fullAccess: true }), 'missing_required_field name'],
    ['a document that is not there', () => ({ _exportIds: [ids.exports, nobody] }), 'invalid_ref _exportIds.1'],
    ['one of another type', () => ({ _importIds: [ids.exports] }), 'invalid_ref _importIds.0'],
    ['an end in the past', () => ({ fullAccess: true, autoPurgeAt: days(-1) }), 'invalid_field autoPurgeAt'],
    ['an end beyond 30 days', () => ({ fullAccess: true, autoPurgeAt: days(31) }), 'invalid_field autoPurgeAt'],
    ['an end that is no time', () => ({ fullAccess: true, autoPurgeAt: 'soon' }), 'invalid_field autoPurgeAt'],
  ])('422: %s', async (_what, body, expected) => {
    const { status, code, field } = refusal(await make(body()))
    expect({ status, error: `${code} ${field}` }).toEqual({ status: 422, error: expected })
  })
})

describe('ending one', () => {
  test('revoked within a second, and never back again; deleted only once revoked', async () => {
    const { body } = await make({ fullAccess: true })
    const look = async () => (await withToken(body.token)('GET', '/v1/integrations')).status
    expect(await look()).toBe(200)
    expect(refusal(await api.call('DELETE', path(body._id)))).toEqual({ status: 422, code: 'invalid_field', field: 'revoked' })
    const put = (revoked: boolean) => api.call('PUT', path(body._id), { name: 'T', fullAccess: true, revoked })
    expect((await put(true)).body).toMatchObject({ revoked: true })
    await expect.poll(look, { timeout: 3000 }).toBe(401)
    expect(refusal(await put(false))).toEqual({ status: 422, code: 'invalid_field', field: 'revoked' })
    expect(await look()).toBe(401)
    // Left out it stays as it is.
    expect((await api.call('PUT', path(body._id), { name: 'Renamed', fullAccess: true })).body).toMatchObject({
      name: 'Renamed',
      revoked: true,
    })
    expect((await api.call('DELETE', path(body._id))).status).toBe(204)
    expect((await api.call('GET', path(body._id))).status).toBe(404)
    await expect.poll(look, { timeout: 3000 }).toBe(401)
  })

  test('one for a document that was deleted meanwhile', async () => {
    const { body: doc } = await api.call('POST', '/v1/exports', samples.exports(ids))
    const { body } = await make({ _exportIds: [doc._id] })
    await api.call('DELETE', `/v1/exports/${doc._id}`)
    expect(refusal(await make({ _exportIds: [doc._id] }))).toMatchObject({ status: 422, code: 'invalid_ref' })
    expect(await api.call('PUT', path(body._id), { ...body, revoked: true })).toMatchObject({ status: 200, body: { revoked: true } })
    expect((await api.call('DELETE', path(body._id))).status).toBe(204)
  })

  test('at its end: nobody, in no list, and removed', async () => {
    const { body } = await make({ fullAccess: true, autoPurgeAt: days(30) })
    expect(body.autoPurgeAt).toMatch(/Z$/)
    const unchanged = await api.call('PUT', path(body._id), { ...body, name: 'Same end' })
    expect(unchanged).toMatchObject({ status: 200, body: { autoPurgeAt: body.autoPurgeAt } })
    await ask(api.config, `update sluice.tokens set auto_purge_at = now() - interval '1 second' where _id = $1`, [body._id])
    expect((await withToken(body.token)('GET', '/v1/integrations')).status).toBe(401)
    expect((await api.call('GET', path(body._id))).status).toBe(404)
    await purgeEndedTokens(api.world)
    expect(await ask(api.config, 'select from sluice.tokens where _id = $1', [body._id])).toEqual([])
  })
})

describe('a token for some documents', () => {
  let call: ReturnType<typeof withToken>
  beforeAll(async () => {
    const { body } = await make({ _exportIds: [ids.exports], _connectionIds: [ids.connections] })
    call = withToken(body.token)
  })

  test('reads and changes these', async () => {
    const { status, body } = await call('GET', `/v1/exports/${ids.exports}`)
    expect(status).toBe(200)
    const { hooks: _hooks, ...rest } = body
    expect((await call('PUT', `/v1/exports/${ids.exports}`, body)).status).toBe(200)
    expect((await call('PATCH', `/v1/exports/${ids.exports}`, [{ op: 'replace', path: '/assistantMetadata', value: {} }])).status).toBe(204)
    expect((await call('GET', `/v1/connections/${ids.connections}/dependencies`)).body).toMatchObject({ exports: [{ id: ids.exports }] })
    expect(JSON.stringify((await call('GET', `/v1/connections/${ids.connections}/dependencies`)).body)).not.toContain(ids.imports)
    expect((await call('PUT', `/v1/exports/${ids.exports}`, { ...rest, _postParseListenerId: ids.exports })).status).toBe(200)
  })

  test('draws nothing else in, and removes nothing', async () => {
    const { body: other } = await api.call('POST', '/v1/connections', {
      name: 'Other',
      type: 'http',
      http: { baseURI: 'https://a.example', mediaType: 'json' },
    })
    const { body } = await call('GET', `/v1/exports/${ids.exports}`)
    expect(refusal(await call('PUT', `/v1/exports/${ids.exports}`, { ...body, _connectionId: other._id }))).toMatchObject({
      status: 422,
      code: 'invalid_ref',
    })
    expect((await call('DELETE', `/v1/exports/${ids.exports}`)).status).toBe(403)
    expect((await call('POST', `/v1/exports/${ids.exports}/clone`, {})).status).toBe(403)
  })

  test('says so in tokenInfo', async () => {
    expect((await call('GET', '/v1/tokenInfo')).body).toEqual({ _userId: account, scope: 'custom' })
  })

  test.each(Object.entries(operations).filter(([, { allowsScopedTokens, withoutToken }]) => !allowsScopedTokens && !withoutToken))(
    '%s: 403 for anything else',
    async (_id, operation) => {
      const at = operation.path.replace(/:\w+/g, nobody)
      const answer = await call(operation.method, at, operation.body && '"nothing of use"', { prefer: 'handling=strict' })
      expect(refusal(answer)).toMatchObject({ status: 403, code: 'access_denied' })
    },
  )

  test('enters no account that is shared', async () => {
    const { body } = await friend.alone('POST', '/v1/exports', { name: 'Own', adaptorType: 'HTTPExport' })
    const scoped = await make({ _exportIds: [body._id] }, friend.alone)
    const answer = await withToken(scoped.body.token)('GET', '/v1/exports', undefined, { 'integrator-ashareid': friend.ashareId })
    expect(refusal(answer)).toMatchObject({ status: 404, code: 'access_restricted' })
  })
})

describe('a token made through a share', () => {
  test('ends at most 90 days ahead', async () => {
    expect((await make({ fullAccess: true, autoPurgeAt: days(89) }, friend.call)).status).toBe(201)
    expect(refusal(await make({ fullAccess: true, autoPurgeAt: days(91) }, friend.call))).toMatchObject({
      status: 422,
      field: 'autoPurgeAt',
    })
  })

  test('works in the account without the header, at the level of the share as it is then', async () => {
    const guest = await colleague(api, 'guest@example.com', { accessLevel: 'manage' })
    const { body } = await make({ fullAccess: true }, guest.call)
    expect(body).toMatchObject({ tokenType: 'ashare', _aShareId: guest.ashareId, _userId: guest._id, _envId: account })
    const call = withToken(body.token)
    expect((await call('GET', `/v1/integrations/${ids.integrations}`)).status).toBe(200)
    expect((await call('POST', '/v1/tags', { tag: 'x' })).status).toBe(201)
    expect((await call('POST', '/v1/invite', { email: 'x@example.com', accessLevel: 'monitor' })).status).toBe(403)
    expect((await call('GET', `/v1/integrations/${ids.integrations}/clonefamily`)).status).toBe(200)
    await api.call('PUT', `/v1/ashares/${guest.ashareId}`, {
      integrationAccessLevel: [{ _integrationId: ids.integrations, accessLevel: 'monitor' }],
    })
    await expect.poll(async () => (await call('POST', '/v1/tags', { tag: 'y' })).status, { timeout: 3000 }).toBe(403)
    expect((await call('GET', '/v1/flows')).body.map(({ _id }: { _id: string }) => _id)).toEqual([ids.flows])
    expect((await call('GET', '/v1/flows', undefined, { 'integrator-ashareid': guest.ashareId })).status).toBe(200)
    expect((await call('GET', '/v1/flows', undefined, { 'integrator-ashareid': friend.ashareId })).status).toBe(404)
    await api.call('PUT', `/v1/ashares/${guest.ashareId}`, { accessLevel: 'monitor', disabled: true })
    await expect.poll(async () => (await call('GET', '/v1/flows')).status, { timeout: 3000 }).toBe(401)
    await api.call('DELETE', `/v1/ashares/${guest.ashareId}`)
    expect((await api.call('GET', path(body._id))).status).toBe(404)
  })
})

describe('tokens of others', () => {
  test('are hidden from all but administrators, who can end them and nothing else', async () => {
    const theirs = (await make({ fullAccess: true }, friend.call)).body
    const own = (await make({ fullAccess: true })).body
    const seen = async (who: Colleague) => (await who.call('GET', '/v1/accesstokens')).body.map(({ _id }: { _id: string }) => _id)
    expect([(await seen(friend)).includes(theirs._id), (await seen(friend)).includes(own._id)]).toEqual([true, false])
    expect([(await seen(admin)).includes(theirs._id), (await seen(admin)).includes(own._id)]).toEqual([true, true])
    const message = 'This personal access token is owned by another user'
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, body } = await friend.call(method, path(own._id), method === 'PUT' ? { name: 'T', fullAccess: true } : undefined)
      expect({ status, ...body.errors[0] }).toEqual({ status: 403, code: 'access_denied', message })
    }
    expect((await admin.call('GET', path(theirs._id))).status).toBe(200)
    expect((await admin.call('PUT', path(theirs._id), { name: 'Mine', fullAccess: true })).body.errors[0].message).toBe(message)
    const ended = await admin.call('PUT', path(theirs._id), { name: 'Mine', fullAccess: true, revoked: true })
    expect(ended).toMatchObject({ status: 200, body: { name: 'T', revoked: true } })
    expect((await admin.call('DELETE', path(theirs._id))).status).toBe(204)
  })

  test("of another account are a 404, and a list holds none of one's own account through a share", async () => {
    const { body } = await make({ fullAccess: true })
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await api.stranger(method, path(body._id), method === 'PUT' ? { name: 'T', fullAccess: true } : undefined)).status).toBe(404)
    const alone = (await make({ fullAccess: true }, friend.alone)).body
    expect((await friend.call('GET', path(alone._id))).status).toBe(404)
  })
})

test('lists have projection and pages', async () => {
  const { body } = await api.call('GET', '/v1/accesstokens?include=revoked&limit=1')
  expect(Object.keys(body[0]).toSorted()).toEqual(['_id', 'name', 'revoked'])
  expect((await api.call('GET', '/v1/accesstokens?exclude=token,_id')).body[0]).toMatchObject({ _id: expect.any(String) })
})

test('the profile is of the user, whichever account they work in', async () => {
  expect((await api.call('GET', '/v1/profile')).body).toMatchObject({ _id: account, email: 'owner@localhost', name: 'Owner' })
  expect((await friend.call('GET', '/v1/profile')).body).toMatchObject({ _id: friend._id, email: 'friend@example.com' })
})
