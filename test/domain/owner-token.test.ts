/** The token of the settings is the owner's, also where it comes back, and never somebody else's. */
import { expect, test } from 'vitest'
import { addUser, createToken, ensureOwner, hashToken } from '../../src/domain/accounts/accounts.ts'
import { apiForFile } from '../harness/api.ts'

const api = apiForFile()

const accountOf = async (token: string) => (await api.world.store.accounts.identify(hashToken(token)))?.accountId

test('a token that was replaced can be set again', async () => {
  await ensureOwner(api.world, 'token-a')
  const owner = await accountOf('token-a')
  await ensureOwner(api.world, 'token-b')
  expect([await accountOf('token-a'), await accountOf('token-b')]).toEqual([undefined, owner])
  await ensureOwner(api.world, 'token-a')
  expect([await accountOf('token-a'), await accountOf('token-b')]).toEqual([owner, undefined])
})

test('tokens that were made stay when another is set, whatever their name', async () => {
  const made = await Promise.all(['first token', 'SLUICE_TOKEN'].map((name) => createToken(api.world, 'owner@localhost', name, undefined)))
  await ensureOwner(api.world, 'token-d')
  for (const { token } of made) expect(await accountOf(token)).toBe(await accountOf('token-d'))
  await ensureOwner(api.world, undefined)
  expect(await accountOf('token-d')).toBeDefined()
})

test("one that was revoked is not set again, and one for less than everything is not the owner's", async () => {
  await ensureOwner(api.world, 'token-e')
  const authorization = { authorization: 'Bearer token-e' }
  const list = (await api.call('GET', '/v1/accesstokens?limit=1000', undefined, authorization)).body as {
    _id: string
    name: string
    revoked: boolean
  }[]
  const current = list.findLast(({ name, revoked }) => name === 'SLUICE_TOKEN' && !revoked)
  const own = await api.call('PUT', `/v1/accesstokens/${current?._id}`, { name: 'T', fullAccess: true, revoked: true }, authorization)
  expect(own.body).toMatchObject({ revoked: true })
  await expect(ensureOwner(api.world, 'token-e')).rejects.toThrow('was revoked')
  await ensureOwner(api.world, 'token-f')
  const headers = { authorization: 'Bearer token-f' }
  const { body: environment } = await api.call('POST', '/v1/environments', { name: 'E' }, headers)
  const bound = await api.call('POST', '/v1/accesstokens', { name: 'B', fullAccess: true, _envId: environment._id }, headers)
  await expect(ensureOwner(api.world, bound.body.token)).rejects.toThrow('choose another')
})

test("another user's token is refused, and the owner keeps theirs", async () => {
  await ensureOwner(api.world, 'token-c')
  const { _id, token } = await addUser(api.world, 'other@example.com')
  await expect(ensureOwner(api.world, token)).rejects.toThrow('choose another')
  expect(await accountOf(token)).toBe(_id)
  expect(await accountOf('token-c')).not.toBe(_id)
  expect(await accountOf('token-c')).toBeDefined()
})
