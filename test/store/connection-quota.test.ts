/** Connections of the pool by account: a bound for each, whoever has fewest is next, and who waits too long is told. */
import { expect, it, onTestFinished } from 'vitest'
import { StoreUnavailable } from '../../src/domain/errors.ts'
import { ConnectionQuotas, computeQuotas } from '../../src/store/database/connection-quota.ts'

/** Work that goes on until it is ended, with its test at the latest. */
function held(shares: ConnectionQuotas, accountId: string, begun: string[]): () => void {
  const end = Promise.withResolvers<void>()
  void shares.inTurn(accountId, async () => {
    begun.push(accountId)
    await end.promise
  })
  onTestFinished(() => end.resolve())
  return () => end.resolve()
}
const soon = () => new Promise((wake) => setTimeout(wake, 5))

it('one account has its share and no more, and what it leaves is there for others', async () => {
  const shares = new ConnectionQuotas({ ofAccount: 2, ofAll: 3, waitMs: 1000 })
  const begun: string[] = []
  for (let i = 0; i < 5; i++) held(shares, 'a', begun)
  held(shares, 'b', begun)
  await soon()
  expect(begun).toEqual(['a', 'a', 'b'])
})

it('where all are taken, whoever has fewest is next', async () => {
  const shares = new ConnectionQuotas({ ofAccount: 2, ofAll: 2, waitMs: 1000 })
  const begun: string[] = []
  const ends = Array.from({ length: 4 }, () => held(shares, 'a', begun))
  held(shares, 'b', begun)
  await soon()
  ends[0]?.()
  await soon()
  expect(begun).toEqual(['a', 'a', 'b'])
})

it('whoever waits too long is told that the database cannot be asked, and keeps no place', async () => {
  const shares = new ConnectionQuotas({ ofAccount: 1, ofAll: 1, waitMs: 20 })
  const begun: string[] = []
  const end = held(shares, 'a', begun)
  await expect(shares.inTurn('a', async () => 1)).rejects.toThrow(StoreUnavailable)
  end()
  await soon()
  expect(await shares.inTurn('a', async () => 1)).toBe(1)
})

it('the share of one account leaves some to others, and all together leave some to nobody', () => {
  expect(computeQuotas(20)).toMatchObject({ ofAll: 18, ofAccount: 12 })
  expect(computeQuotas(1)).toMatchObject({ ofAll: 1, ofAccount: 1 })
})
