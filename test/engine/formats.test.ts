/** Formats: bytes come in chunks that end anywhere, and none of them may ask for more memory than its bounds say. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FlowRecord } from '../../src/engine/adaptor.ts'
import { inBatches, skipRecords, type Batch } from '../../src/engine/formats/batch.ts'
import { groupBatches } from '../../src/engine/formats/group-records.ts'
import { findFormat } from '../../src/engine/formats/index.ts'
import { maxPageBytes } from '../../src/engine/formats/page-bounds.ts'
import { splitIntoPages } from '../../src/engine/formats/split-pages.ts'

const mb = 1024 * 1024
const json = findFormat('json', 'a.json')
const ndjson = findFormat('json', 'a.ndjson')

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Without end, and what was taken of it. */
function endless(chunk: string): { taken: number; chunks: AsyncIterable<Uint8Array> } {
  const counted = { taken: 0 }
  const flow = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      counted.taken += chunk.length
      yield Buffer.from(chunk)
    }
  }
  return Object.assign(counted, { chunks: flow() })
}

async function all<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const found: T[] = []
  for await (const item of items ?? []) found.push(item)
  return found
}

const recordsOf = async (batches: AsyncIterable<Batch> | undefined): Promise<FlowRecord[]> =>
  (await all(batches)).flatMap(({ records }) => records)

describe.each([
  ['json', json, '[{"name":"Zoë 🎈"},{"id":12345678901234567890}]'],
  ['ndjson', ndjson, '{"name":"Zoë 🎈"}\r\n{"id":12345678901234567890}\n'],
])('%s', (_name, format, text) => {
  it.each([1, 2, 3, 7, 1000])('reads the same from chunks of %i bytes, with a byte order mark or without', async (size) => {
    for (const mark of ['', '\uFEFF']) {
      const records = await recordsOf(format?.read(chunks(Buffer.from(mark + text), size), { encoding: 'utf-8' }))
      expect(JSON.stringify(records)).toBe('[{"name":"Zoë 🎈"},{"id":12345678901234567890}]')
    }
  })

  it('writes what it reads', async () => {
    const written = format?.write([{ a: 1 }, { a: 2 }], { resourcePath: 'data.items' }) as string
    const read = format?.read(chunks(Buffer.from(written), 5), { encoding: 'utf-8', resourcePath: 'data.items' })
    expect(await recordsOf(read)).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('refuses a text that is nested deeper than 256 levels', async () => {
    const deep = `${'['.repeat(300)}${']'.repeat(300)}`
    await expect(all(format?.read(chunks(Buffer.from(deep), 64), { encoding: 'utf-8' }))).rejects.toMatchObject({ code: 'too_deep' })
  })
})

it('JSON with a record of more than 5 MB is not read any further than it takes to know that there are many', async () => {
  const source = endless(`["${' '.repeat(mb - 2)}`)
  await expect(all(json?.read(source.chunks, { encoding: 'utf-8' }))).rejects.toMatchObject({ code: 'content_too_large' })
  expect(source.taken).toBeLessThanOrEqual(18 * mb)
})

it('a line of more than 5 MB is not read any further', async () => {
  const source = endless('x'.repeat(mb))
  await expect(all(ndjson?.read(source.chunks, { encoding: 'utf-8' }))).rejects.toMatchObject({ code: 'content_too_large' })
  expect(source.taken).toBeLessThanOrEqual(6 * mb)
})

it('lines are read as they are asked for, so that content without end gives its first page', async () => {
  const source = endless('{"id":1}\n')
  const pages = splitIntoPages(ndjson?.read(source.chunks, { encoding: 'utf-8' }) as AsyncIterable<Batch>, 20)
  expect((await pages.next()).value).toMatchObject({ records: Array.from({ length: 20 }, () => ({ id: 1 })), isLast: false })
  await pages.return(undefined)
  expect(source.taken).toBeLessThan(1000)
})

it('a page ends at 5 MB, and holds one record in any case', async () => {
  const sizes = [1, 3, 3, 6, 1]
  const records = sizes.map((size) => ({ text: 'x'.repeat(size * mb) }))
  const pages = await all(splitIntoPages(inOrder(inBatches(records, maxPageBytes + 1)), 20))
  expect(pages.map(({ records: page }) => page.length)).toEqual([2, 1, 1, 1])
  expect(pages.map(({ isLast }) => isLast)).toEqual([false, false, false, true])
})

async function* inOrder<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

describe('pages', () => {
  /** Records by their numbers, and what was wrong before one of them, in batches that end anywhere. */
  const broken = (lengths: readonly number[]): Batch[] => {
    let next = 0
    return lengths.map((length, i) => {
      const records = Array.from({ length }, () => ({ n: next++, group: Math.floor((next - 1) / 3) }))
      return {
        records,
        sizes: records.map(() => 1_000_000),
        faults: i % 2 === 1 ? [{ code: 'x', message: `before ${records[0]?.n ?? next}` }] : [],
      }
    })
  }
  const lengths = fc.array(fc.nat({ max: 7 }), { maxLength: 12 })

  it.each([
    ['records', (batches: AsyncIterable<Batch>) => batches],
    ['groups', (batches: AsyncIterable<Batch>) => groupBatches(batches, { fields: ['group'], joinsEmpty: false })],
  ])('of %s are the same however the records come, and a run that goes on after any of them reads the rest once', (_of, travelling) =>
    fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: 8 }), async (some, pageSize) => {
        const batches = broken(some)
        const records = batches.flatMap((batch) => batch.records)
        const pages = await all(splitIntoPages(travelling(inOrder(batches)), pageSize))
        expect(pages.flatMap((page) => page.records.flat())).toEqual(records)
        expect(pages.every((page) => page.records.length <= pageSize && page.bytes <= maxPageBytes)).toBe(true)
        expect(pages.map(({ isLast }) => isLast)).toEqual(pages.map((_, i) => i === pages.length - 1))
        const faults = batches.flatMap((batch) => batch.faults ?? [])
        expect(pages.flatMap((page) => page.faults)).toEqual(faults)
        for (const [i] of pages.entries()) {
          const done = pages.slice(0, i)
          const count = done.flatMap((page) => page.records.flat()).length
          const rest = await all(splitIntoPages(travelling(skipRecords(inOrder(batches), count)), pageSize))
          expect([...done, ...rest].flatMap((page) => page.records.flat())).toEqual(records)
          expect([...done, ...rest].flatMap((page) => page.faults)).toEqual(faults)
        }
      }),
      { numRuns: 200 },
    ),
  )
})

describe('a long text of JSON', () => {
  /** Longer than what is read as a whole. */
  const long = (records: readonly string[]): string => `{"other":{"a":["]"]},"data":[${records.join(' ,\n')}],"end":"}"}`
  const filler = Array.from({ length: 17 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(mb)}"}`)

  it('gives the records that a parser finds in it, whatever stands in them, and measures them', async () => {
    const values = fc.sample(fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme' })), 1_000)
    const text = long([...values.map((value, i) => JSON.stringify(value, null, i % 4)), ...filler])
    const read = await all(json?.read(chunks(Buffer.from(text), 60_001), { encoding: 'utf-8', resourcePath: 'data' }))
    const records = read.flatMap((batch) => batch.records)
    const expected = values.filter((value) => value !== null).map((value) => (typeof value === 'object' ? value : { value }))
    expect(JSON.stringify(records.slice(0, -filler.length))).toBe(JSON.stringify(expected))
    const sizes = read.flatMap((batch) => batch.sizes)
    for (const [i, record] of expected.entries()) expect(sizes[i]).toBeGreaterThan(Buffer.byteLength(JSON.stringify(record)) / 4)
    expect(sizes.at(-1)).toBeLessThan(mb + 100)
  })

  it('with a fault in it gives the records before that', async () => {
    const text = long([...filler, '{"n":17}', '{"n":18}', '{"n":}', '{"n":20}'])
    const found: FlowRecord[] = []
    const reading = async (): Promise<void> => {
      for await (const { records } of json?.read(chunks(Buffer.from(text), 65_536), { encoding: 'utf-8', resourcePath: 'data' }) ?? [])
        found.push(...records)
    }
    await expect(reading()).rejects.toMatchObject({ code: 'invalid_json' })
    expect(found.map((record) => (record as { n: number }).n)).toEqual(Array.from({ length: 19 }, (_, n) => n))
  })
})

it('lines of JSON before one that is none are read, each by itself', async () => {
  const found: FlowRecord[] = []
  const reading = async (): Promise<void> => {
    const text = '{"n":1}\n[2\n3]\n'
    for await (const { records } of ndjson?.read(chunks(Buffer.from(text), 100), { encoding: 'utf-8' }) ?? []) found.push(...records)
  }
  await expect(reading()).rejects.toMatchObject({ message: 'cannot be read: line 2 is not JSON.' })
  expect(found).toEqual([{ n: 1 }])
})
