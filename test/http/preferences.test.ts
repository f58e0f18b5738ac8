/** What a user prefers is theirs, in every browser and account that they work in. */
import { expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { colleague } from '../harness/colleague.ts'
import { makeEnvironment } from '../harness/environment.ts'

const api = apiForFile()
const problem = ({ status, body }: Answer) => ({ status, code: body?.errors?.[0]?.code, field: body?.errors?.[0]?.field })

test('preferences are kept as a whole, for their user alone, and what is left out is as by default', async () => {
  expect((await api.call('GET', '/v1/preferences')).body).toEqual({})
  const body = { colorTheme: 'dark', timezone: 'Europe/Berlin', tilesView: 'list', tilesSort: '-numError' }
  expect((await api.call('PUT', '/v1/preferences', body)).body).toEqual(body)
  expect((await api.call('GET', '/v1/preferences')).body).toEqual(body)
  expect((await api.stranger('GET', '/v1/preferences')).body).toEqual({})
  expect((await api.call('PUT', '/v1/preferences', { timezone: 'UTC' })).body).toEqual({ timezone: 'UTC' })
  expect((await api.call('GET', '/v1/preferences')).body).toEqual({ timezone: 'UTC' })
  expect((await api.call('PUT', '/v1/preferences', {})).body).toEqual({})
})

test('they are the same in an account that is shared with the user', async () => {
  const friend = await colleague(api, 'friend@example.com', { accessLevel: 'monitor' })
  expect((await friend.call('PUT', '/v1/preferences', { tilesView: 'list' })).status).toBe(200)
  expect((await friend.alone('GET', '/v1/preferences')).body).toEqual({ tilesView: 'list' })
})

test('what is none is refused with its field, and nothing is changed', async () => {
  await api.call('PUT', '/v1/preferences', { timezone: 'Asia/Tokyo' })
  const wrong = [
    { colorTheme: 'pink' },
    { timezone: 'Mars/Olympus' },
    { timezone: '' },
    { tilesView: 7 },
    { tilesSort: 'owner' },
    { timezone: null },
  ]
  for (const body of wrong)
    expect(problem(await api.call('PUT', '/v1/preferences', body))).toEqual({
      status: 422,
      code: 'invalid_field',
      field: Object.keys(body)[0],
    })
  expect((await api.call('GET', '/v1/preferences')).body).toEqual({ timezone: 'Asia/Tokyo' })
})

test('a token for less than its user neither reads nor sets them', async () => {
  const sandbox = await makeEnvironment(api, 'Sandbox')
  const { token } = (await api.call('POST', '/v1/accesstokens', { name: 'Sandbox', fullAccess: true, _envId: sandbox._id })).body
  for (const [method, body] of [
    ['GET', undefined],
    ['PUT', { tilesView: 'list' }],
  ] as const)
    expect(problem(await api.call(method, '/v1/preferences', body, { authorization: `Bearer ${token}` }))).toMatchObject({ status: 403 })
})
