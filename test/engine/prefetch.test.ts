/** What is fetched ahead of who takes it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { prefetchNext } from '../../src/engine/run/prefetch.ts'

const never = new AbortController().signal

/** Says how often it was asked at once, and how many values it gave. */
function createSource(count: number) {
  const seen = { given: 0, asked: 0, mostAsked: 0 }
  const values = (async function* () {
    for (; seen.given < count; seen.given++) {
      await sleep(1)
      yield seen.given
    }
    throw new Error('the end')
  })()
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        seen.mostAsked = Math.max(seen.mostAsked, ++seen.asked)
        try {
          return await values.next()
        } finally {
          seen.asked -= 1
        }
      },
    }),
  }
  return { source, seen }
}

it('values come in their order and the failure after them, so many ahead, and the source is asked once it has answered', async () => {
  const { source, seen } = createSource(20)
  const taken: number[] = []
  const taking = async (): Promise<void> => {
    for await (const value of prefetchNext(source, 3, never)) {
      taken.push(value)
      await sleep(10)
      expect(seen.given).toBeLessThanOrEqual(taken.length + 3)
      if (taken.length < 15) expect(seen.given).toBeGreaterThan(taken.length)
    }
  }
  await expect(taking()).rejects.toThrow('the end')
  expect(taken).toEqual(Array.from({ length: 20 }, (_, n) => n))
  expect(seen.mostAsked).toBe(1)
})

it('who leaves does not wait for the value that is being fetched', async () => {
  const ending = new AbortController()
  const source = (async function* () {
    yield 1
    await new Promise(() => undefined)
  })()
  const taken: number[] = []
  for await (const value of prefetchNext(source, 3, ending.signal)) {
    taken.push(value)
    setImmediate(() => ending.abort())
  }
  expect(taken).toEqual([1])
})
