/** Who looks after which error, and its tags: both stand in the list of the step's errors, and nothing is resolved. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let friend: Colleague
let errors: string[]
let second: string
let envId: string
beforeAll(async () => {
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
  ids = await makeOneOfEach(api.call)
  second = (await api.call('POST', '/v1/flows', samples.flows(ids))).body._id
  friend = await colleague(api, 'friend@example.com', { accessLevel: 'manage' })
})

const add = async (flowId: string, count: number): Promise<string[]> => {
  const made = Array.from({ length: count }, () => api.world.newId())
  const common = {
    occurredAt: new Date().toISOString(),
    source: 'application',
    code: '500',
    message: 'no',
    _flowJobId: nobody,
    stepId: ids.imports,
  }
  await api.world.store.transaction((rows) =>
    rows.flowErrors.add(
      envId,
      flowId,
      made.map((errorId) => ({ ...common, errorId })),
    ),
  )
  return made
}
beforeEach(async () => {
  errors = await add(ids.flows, 3)
})

const step = () => `/v1/flows/${ids.flows}/${ids.imports}`
const whole = () => `/v1/integrations/${ids.integrations}/errors/assign`
const shown = async (errorId: string | undefined) =>
  (await api.call('GET', `${step()}/errors`)).body.errors.find((each: { errorId: string }) => each.errorId === errorId)
const refusal = ({ status, body }: { status: number; body: { errors: { code: string; field?: string }[] } }) => ({
  status,
  code: body.errors[0]?.code,
  field: body.errors[0]?.field,
})

describe('assigning errors of a step', () => {
  test('with a plain token: those that are open, and the answer names them', async () => {
    const [one, two, three] = errors
    await api.call('PUT', `${step()}/resolved`, { errors: [two] })
    const { status, body } = await api.call('PUT', `${step()}/errors/assign`, {
      errorIds: [one, two, 'unknown'],
      email: 'Friend@example.com',
    })
    expect({ status, body }).toEqual({ status: 200, body: { errorsToReturn: [one] } })
    expect(await shown(one)).toMatchObject({ assignedTo: { _userId: friend._id, email: 'friend@example.com', name: 'friend' } })
    expect(await shown(three)).not.toHaveProperty('assignedTo')
  })

  test('to the owner, whatever their address looks like', async () => {
    const { email, _id } = (await api.call('GET', '/v1/profile')).body
    expect(email).toBe('owner@localhost')
    expect((await api.call('PUT', `${step()}/errors/assign`, { errorIds: errors.slice(0, 1), email })).status).toBe(200)
    expect(await shown(errors[0])).toMatchObject({ assignedTo: { _userId: _id, email } })
  })

  test('to a user without access to the account: 400', async () => {
    for (const email of ['stranger@example.com', 'nobody@example.com'])
      expect(refusal(await api.call('PUT', `${step()}/errors/assign`, { errorIds: errors, email }))).toEqual({
        status: 400,
        code: 'bad_request',
        field: 'email',
      })
    const pending = await colleague(api, 'pending@example.com', { accessLevel: 'manage' }, { accepts: false })
    expect((await api.call('PUT', `${step()}/errors/assign`, { errorIds: errors, email: pending.email })).status).toBe(400)
  })

  test('to a user of the integration, not to one of another', async () => {
    const { body: other } = await api.call('POST', '/v1/integrations', { name: 'Other' })
    const of = (id: string) => ({ integrationAccessLevel: [{ _integrationId: id, accessLevel: 'monitor' }] })
    const [here, there] = [
      await colleague(api, 'here@example.com', of(ids.integrations)),
      await colleague(api, 'there@example.com', of(other._id)),
    ]
    const assign = async (email: string) => (await api.call('PUT', `${step()}/errors/assign`, { errorIds: errors, email })).status
    expect([await assign(here.email), await assign(there.email)]).toEqual([200, 400])
  })

  test.each([
    ['no errors', { errorIds: [], email: 'friend@example.com' }, 'invalid_field', 'errorIds'],
    [
      'more than 1,000',
      { errorIds: Array.from({ length: 1001 }, (_, i) => String(i)), email: 'friend@example.com' },
      'invalid_field',
      'errorIds',
    ],
    ['no list of errors', { email: 'friend@example.com' }, 'missing_required_field', 'errorIds'],
    ['an error that is no text', { errorIds: [1], email: 'friend@example.com' }, 'invalid_field', 'errorIds.0'],
    ['no address', { errorIds: ['a'] }, 'missing_required_field', 'email'],
    ['what is no address', { errorIds: ['a'], email: 'x' }, 'invalid_field', 'email'],
    ['a character that cannot be stored', { errorIds: ['a\0'], email: 'friend@example.com' }, 'invalid_field', undefined],
    ['malformed JSON', '{', 'malformed_json', undefined],
  ])('is a bad request, as documented: %s', async (_what, body, code, field) => {
    expect(refusal(await api.call('PUT', `${step()}/errors/assign`, body))).toEqual({ status: 400, code, field })
    const within = await friend.call('PUT', whole(), body)
    expect(refusal(within)).toEqual({ status: 400, code, field })
  })

  test('404 for a flow that is not there; 1,000 at once are one request', async () => {
    expect(
      refusal(await api.call('PUT', `/v1/flows/${nobody}/${ids.imports}/errors/assign`, { errorIds: errors, email: friend.email })),
    ).toMatchObject({ status: 404 })
    const many = await add(second, 1000)
    const { body } = await api.call('PUT', `/v1/flows/${second}/${ids.imports}/errors/assign`, { errorIds: many, email: friend.email })
    expect(body.errorsToReturn).toHaveLength(1000)
  })
})

describe('assigning errors across an integration', () => {
  test('200 within a share, of whichever flow', async () => {
    const [elsewhere] = await add(second, 1)
    const errorIds = [errors[0], elsewhere, 'unknown']
    const { status, body } = await friend.call('PUT', whole(), { errorIds, email: 'friend@example.com' })
    expect(status).toBe(200)
    expect(new Set(body.errorsToReturn)).toEqual(new Set([errors[0], elsewhere]))
    expect(await shown(errors[0])).toMatchObject({ assignedTo: { _userId: friend._id } })
  })

  test('404 invalid_ref without the header, in the documented words, and 200 with strictness', async () => {
    const body = { errorIds: errors, email: friend.email }
    const refused = await api.call('PUT', whole(), body)
    expect({ status: refused.status, errors: refused.body.errors }).toEqual({
      status: 404,
      errors: [{ code: 'invalid_ref', message: 'Integration not found.' }],
    })
    expect((await api.call('PUT', whole(), body, { prefer: 'handling=strict' })).status).toBe(200)
  })

  test('403 invalid_header_value, 404 access_restricted, 400 for an unknown address, 404 for an unknown integration', async () => {
    const body = { errorIds: errors, email: friend.email }
    expect(refusal(await api.call('PUT', whole(), body, { 'integrator-ashareid': 'x' }))).toMatchObject({
      status: 403,
      code: 'invalid_header_value',
    })
    expect(refusal(await api.call('PUT', whole(), body, { 'integrator-ashareid': friend.ashareId }))).toMatchObject({
      status: 404,
      code: 'access_restricted',
    })
    expect(refusal(await friend.call('PUT', whole(), { ...body, email: 'nobody@example.com' }))).toMatchObject({
      status: 400,
      field: 'email',
    })
    expect(refusal(await friend.call('PUT', `/v1/integrations/${nobody}/errors/assign`, body))).toMatchObject({
      status: 404,
      code: 'invalid_ref',
    })
  })
})

describe('tagging errors of a step', () => {
  let tagId: string
  beforeAll(async () => {
    tagId = (await api.call('GET', `/v1/tags/${ids.tags}`)).body.tagId
  })
  const tag = (body: object) => api.call('PUT', `${step()}/tags`, body)

  test('204 with errorIds and with errors; an empty list takes the tags away', async () => {
    expect((await tag({ errorIds: [errors[0]], tagIds: [tagId, tagId] })).status).toBe(204)
    expect((await tag({ errors: [{ id: errors[1], rdk: 'x' }], tagIds: [tagId] })).status).toBe(204)
    expect([(await shown(errors[0])).tagIds, (await shown(errors[1])).tagIds, (await shown(errors[2])).tagIds]).toEqual([
      [tagId],
      [tagId],
      undefined,
    ])
    expect((await tag({ errorIds: [errors[0]], tagIds: [] })).status).toBe(204)
    expect(await shown(errors[0])).not.toHaveProperty('tagIds')
  })

  test('stay with an error that is resolved', async () => {
    await tag({ errorIds: [errors[0]], tagIds: [tagId] })
    await api.call('PUT', `${step()}/resolved`, { errors: [errors[0]] })
    const { body } = await api.call('GET', `${step()}/resolved`)
    expect(body.resolved.find(({ errorId }: { errorId: string }) => errorId === errors[0]).tagIds).toEqual([tagId])
  })

  test.each([
    ['an unknown tag', { errorIds: ['a'], tagIds: ['unknown'] }, 'invalid_ref'],
    ['no errors', { tagIds: [] }, 'missing_required_field'],
    ['no tags', { errorIds: ['a'] }, 'missing_required_field'],
    ['more than 1,000 errors', { errors: Array.from({ length: 1001 }, () => ({ id: 'a' })), tagIds: [] }, 'invalid_field'],
  ])('422: %s', async (_what, body, code) => {
    expect(refusal(await tag(body))).toMatchObject({ status: 422, code })
  })

  test('404 for a flow that is not there', async () => {
    expect((await api.call('PUT', `/v1/flows/${nobody}/${ids.imports}/tags`, { errorIds: errors, tagIds: [] })).status).toBe(404)
  })
})
