/** The token of the settings is the owner's, also where it comes back, and never somebody else's. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addUser, ensureOwner, hashOf } from '../../src/domain/accounts.ts'
import { startApi, type Api } from '../harness/api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const accountOf = async (token: string) => (await api.world.store.accounts.identify(hashOf(token)))?.accountId

test('a token that was replaced can be set again', async () => {
  await ensureOwner(api.world, 'token-a')
  const owner = await accountOf('token-a')
  await ensureOwner(api.world, 'token-b')
  expect([await accountOf('token-a'), await accountOf('token-b')]).toEqual([undefined, owner])
  await ensureOwner(api.world, 'token-a')
  expect([await accountOf('token-a'), await accountOf('token-b')]).toEqual([owner, undefined])
})

test("another user's token is refused, and the owner keeps theirs", async () => {
  await ensureOwner(api.world, 'token-c')
  const { _id, token } = await addUser(api.world, 'other@example.com')
  await expect(ensureOwner(api.world, token)).rejects.toThrow('choose another')
  expect(await accountOf(token)).toBe(_id)
  expect(await accountOf('token-c')).not.toBe(_id)
  expect(await accountOf('token-c')).toBeDefined()
})
