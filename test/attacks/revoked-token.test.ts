/** A token that somebody has and should not have any more: revoked, by the API or by another SLUICE_TOKEN, it never works again. */
import { expect, test } from 'vitest'
import { ensureOwner } from '../../src/domain/accounts/accounts.ts'
import { apiForFile } from '../harness/api.ts'
import { createTestDatabase } from '../harness/database.ts'
import { make } from '../harness/flows.ts'
import { dataFolder, startProgram } from '../harness/program.ts'
import { urlOf } from '../harness/database-url.ts'

const api = apiForFile()

const as = (token: string) => (method: string, path: string, body?: object) =>
  api.call(method, path, body, { authorization: `Bearer ${token}` })

test('no replacement brings it back, and a refused one changes nothing', async () => {
  const { _id, token } = await make(api, 'accesstokens', { name: 'Lost', fullAccess: true })
  const path = `/v1/accesstokens/${_id}`
  await api.call('PUT', path, { name: 'Lost', fullAccess: true, revoked: true })
  await expect.poll(async () => (await as(token)('GET', '/v1/profile')).status, { timeout: 5000 }).toBe(401)
  const before = (await api.call('GET', path)).text
  const { status, body } = await api.call('PUT', path, { name: 'Found', fullAccess: true, revoked: false })
  expect({ status, errors: body.errors }).toMatchObject({ status: 422, errors: [{ code: 'invalid_field', field: 'revoked' }] })
  expect((await api.call('GET', path)).text).toBe(before)
  expect((await as(token)('GET', '/v1/profile')).status).toBe(401)
})

test('the token that was printed at the first start ends when SLUICE_TOKEN is set', { timeout: 120_000 }, async () => {
  const { config, drop } = await createTestDatabase()
  const env = { SLUICE_DATA: await dataFolder(), DATABASE_URL: urlOf(config) }
  const first = await startProgram(env)
  const printed = first.token as string
  await first.stop()
  const second = await startProgram({ ...env, SLUICE_TOKEN: 'set-by-the-owner' }, 'set-by-the-owner')
  expect((await second.call('GET', '/v1/tokenInfo')).status).toBe(200)
  expect((await second.call('GET', '/v1/tokenInfo', undefined, printed)).status).toBe(401)
  await second.stop()
  await drop()
})

test('a token of the setting that was revoked is refused with a sentence, and does not come back', async () => {
  await ensureOwner(api.world, 'a-token-that-leaks')
  const list = (await api.call('GET', '/v1/accesstokens', undefined, { authorization: 'Bearer a-token-that-leaks' })).body as {
    _id: string
    name: string
    revoked: boolean
  }[]
  const leaked = list.find(({ name, revoked }) => name === 'SLUICE_TOKEN' && !revoked)
  await as('a-token-that-leaks')('PUT', `/v1/accesstokens/${leaked?._id}`, { name: 'x', fullAccess: true, revoked: true })
  await expect(ensureOwner(api.world, 'a-token-that-leaks')).rejects.toThrow('was revoked')
  await expect.poll(async () => (await as('a-token-that-leaks')('GET', '/v1/profile')).status, { timeout: 5000 }).toBe(401)
})
