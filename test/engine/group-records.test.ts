/** Groups and sorting hold to their bounds: what does not fit fails in words. */
import { expect, it } from 'vitest'
import { groupRecords } from '../../src/engine/formats/group-records.ts'
import { sortRecords } from '../../src/engine/formats/sort-records.ts'

const large = 'x'.repeat(2 * 1024 * 1024)

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const value of values) found.push(value)
  return found
}

it('a group has no more than 5 MB, however many groups there are', async () => {
  const grouping = { fields: ['a'], joinsEmpty: false }
  const record = (a: number) => ({ a, large })
  expect(await all(groupRecords([record(1), record(1), record(2), record(2), record(3)], grouping))).toHaveLength(3)
  await expect(all(groupRecords([record(1), record(1), record(1)], grouping))).rejects.toMatchObject({
    failure: { code: 'group_too_large', message: expect.stringContaining('agree in a are more than 5 MB together') },
  })
})

it('a group holds one record, however large that is', async () => {
  const record = { a: 1, large: large.repeat(3) }
  expect(await all(groupRecords([record, { a: 2 }], { fields: ['a'], joinsEmpty: false }))).toEqual([[record], [{ a: 2 }]])
})

it('a file of more than 50 MB is not sorted', async () => {
  const read = async function* () {
    yield { a: 1 }
  }
  const fields = [{ field: 'a', descending: false }]
  expect(await all(sortRecords(read(), fields, 50 * 1024 * 1024))).toEqual([{ a: 1 }])
  await expect(all(sortRecords(read(), fields, 50 * 1024 * 1024 + 1))).rejects.toMatchObject({ code: 'content_too_large' })
})

it('many records are sorted in turns, in an order that holds whatever stands in them, and those that agree keep theirs', async () => {
  const values = [10, '5x', 9, 'b', null, '10', 2.5, '', true]
  const records = Array.from({ length: 32_003 }, (_, n) => ({ v: values[(n * 7) % values.length], n }))
  const read = async function* () {
    yield* records
  }
  let turns = 0
  const counting = setInterval(() => turns++)
  const sorted = (await all(sortRecords(read(), [{ field: 'v', descending: false }], 1))) as typeof records
  clearInterval(counting)
  expect([...new Set(sorted.map(({ v }) => (v === '' ? null : v)))]).toEqual([null, 2.5, 9, 10, '10', '5x', 'b', true])
  expect(sorted).toHaveLength(records.length)
  for (const value of [9, 'b']) {
    const places = sorted.filter(({ v }) => v === value).map(({ n }) => n)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  }
  expect(turns).toBeGreaterThan(3)
})
