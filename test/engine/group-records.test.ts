/** Groups and sorting hold to their bounds: what does not fit fails in words. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, onTestFinished, vi } from 'vitest'
import { parseExact } from '../../src/domain/limits/exact-number.ts'
import type { FlowRecord } from '../../src/engine/adaptor.ts'
import { groupRecords } from '../../src/engine/formats/group-records.ts'
import { inBatches, type Batch } from '../../src/engine/formats/batch.ts'
import { sortRecords } from '../../src/engine/formats/sort-records.ts'

const large = 'x'.repeat(2 * 1024 * 1024)

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const value of values) found.push(value)
  return found
}

it('a group has no more than 5 MB, however many groups there are', () => {
  const grouping = { fields: ['a'], joinsEmpty: false }
  const record = (a: number) => ({ a, large })
  expect(groupRecords([record(1), record(1), record(2), record(2), record(3)], grouping)).toHaveLength(3)
  expect(() => groupRecords([record(1), record(1), record(1)], grouping)).toThrow('agree in a are more than 5 MB together')
})

it('a group holds one record, however large that is', () => {
  const record = { a: 1, large: large.repeat(3) }
  expect(groupRecords([record, { a: 2 }], { fields: ['a'], joinsEmpty: false })).toEqual([[record], [{ a: 2 }]])
})

const byV = [{ field: 'v', descending: false }]
const inOrder = async function* (records: readonly FlowRecord[]): AsyncGenerator<Batch> {
  yield* inBatches(records, 10 * 1024 * 1024)
}
const sorted = async (...of: Parameters<typeof sortRecords>): Promise<FlowRecord[]> =>
  (await all(sortRecords(...of))).flatMap(({ records }) => records)

it('more records than memory holds are sorted on the disk: the same order, whatever stands in them, and nothing is left there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
  const value = fc.oneof(
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 300 }), fc.boolean(), async (values, descending) => {
      const records = values.map((v, n) => ({ v, n, text: 'a\nb' }))
      const fields = [{ field: 'v', descending }]
      const inMemory = await sorted(inOrder(records), fields)
      // Some hundred runs, of which eight are merged at once.
      const onDisk = await sorted(inOrder(records), fields, { held: 500, spilled: 1e9, merged: 1 })
      // As they are sent: JSON has no zero below zero.
      expect(JSON.stringify(onDisk)).toBe(JSON.stringify(inMemory))
    }),
    { numRuns: 40, examples: [[['', -0, 0], false]] },
  )
  expect(readdirSync(folder)).toEqual([])
})

it('numbers of more digits than JavaScript keeps come back from the disk as they were', async () => {
  const records = [parseExact('{"v":2,"id":12345678901234567890}'), { v: 1 }] as FlowRecord[]
  const found = await sorted(inOrder(records), byV, { held: 1, spilled: 1e9, merged: 1e6 })
  expect(JSON.stringify(found)).toBe('[{"v":1},{"v":2,"id":12345678901234567890}]')
})

it('no more goes to the disk than its bound says', async () => {
  const records = Array.from({ length: 100 }, (_, v) => ({ v, text: 'x'.repeat(100) }))
  await expect(sorted(inOrder(records), byV, { held: 1000, spilled: 5000, merged: 1e6 })).rejects.toMatchObject({
    code: 'content_too_large',
  })
})

it('a disk that fills up ends the sorting in words', () => {
  const program = `
    import { sortRecords } from './src/engine/formats/sort-records.ts'
    const records = (async function* () { for (let v = 0; v < 20000; v++) yield { records: [{ v, text: 'x'.repeat(100) }], sizes: [120] } })()
    try { for await (const one of sortRecords(records, [{ field: 'v', descending: false }], { held: 100000, spilled: 1e9, merged: 1e6 })) void one }
    catch (error) { process.stdout.write(error.code) }`
  const bounded = `trap '' XFSZ; ulimit -f 64; exec "${process.execPath}" --input-type=module -e "$PROGRAM"`
  const said = execFileSync('bash', ['-c', bounded], { env: { ...process.env, PROGRAM: program }, encoding: 'utf8' })
  expect(said).toBe('disk_full')
})

it('many records are sorted in turns, in an order that holds whatever stands in them, and those that agree keep theirs', async () => {
  const values = [10, '5x', 9, 'b', null, '10', 2.5, '', true]
  const records = Array.from({ length: 32_003 }, (_, n) => ({ v: values[(n * 7) % values.length], n }))
  let turns = 0
  const counting = setInterval(() => turns++)
  const found = (await sorted(inOrder(records), byV)) as typeof records
  clearInterval(counting)
  expect([...new Set(found.map(({ v }) => (v === '' ? null : v)))]).toEqual([null, 2.5, 9, 10, '10', '5x', 'b', true])
  expect(found).toHaveLength(records.length)
  for (const value of [9, 'b']) {
    const places = found.filter(({ v }) => v === value).map(({ n }) => n)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  }
  expect(turns).toBeGreaterThan(3)
})
