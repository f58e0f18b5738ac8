/** Readers of the same thing share a reading, and none is told of a state from before it asked. */
import { expect, it } from 'vitest'
import { shareReads } from '../../../src/engine/on-request/shared-reads.ts'

/** Something that can be read: each reading ends when it is told to. */
function source() {
  const open: ((ends: { value?: string; error?: Error }) => void)[] = []
  return {
    open,
    read: (): Promise<string> =>
      new Promise((resolve, reject) => {
        open.push(({ value, error }) => (error ? reject(error) : resolve(value as string)))
      }),
  }
}
const account = {}
const ticks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('who asks while it is read waits, and all who waited share one reading that begins then', async () => {
  const { open, read } = source()
  const share = shareReads()
  const first = share(account, 'a', read)
  const waiting = [share(account, 'a', read), share(account, 'a', read), share(account, 'a', read)]
  await ticks()
  expect(open).toHaveLength(1)
  open[0]?.({ value: 'before' })
  expect(await first).toBe('before')
  await ticks()
  expect(open).toHaveLength(2)
  const late = share(account, 'a', read)
  open[1]?.({ value: 'after' })
  expect(await Promise.all(waiting)).toEqual(['after', 'after', 'after'])
  await ticks()
  open[2]?.({ value: 'later still' })
  expect(await late).toBe('later still')
})

it('nothing is kept once it is read', async () => {
  const { open, read } = source()
  const share = shareReads()
  for (const value of ['one', 'two']) {
    const asked = share(account, 'a', read)
    open.pop()?.({ value })
    expect(await asked).toBe(value)
    await ticks()
  }
})

it('nothing is shared between accounts, nor between keys', async () => {
  const { open, read } = source()
  const share = shareReads()
  const asked = [share(account, 'a', read), share(account, 'b', read), share({}, 'a', read)]
  expect(open).toHaveLength(3)
  for (const [i, end] of open.entries()) end({ value: String(i) })
  expect(await Promise.all(asked)).toEqual(['0', '1', '2'])
})

it('a reading that fails is the failure of those who share it, and the next one is tried', async () => {
  const { open, read } = source()
  const share = shareReads()
  const first = share(account, 'a', read)
  const second = share(account, 'a', read)
  open[0]?.({ error: new Error('gone') })
  await expect(first).rejects.toThrow('gone')
  await ticks()
  open[1]?.({ value: 'there' })
  expect(await second).toBe('there')
})
