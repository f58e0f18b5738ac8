/** Formats: bytes come in chunks that end anywhere, and none of them may ask for more memory than its bounds say. */
import { describe, expect, it } from 'vitest'
import type { FlowRecord } from '../../src/engine/adaptor.ts'
import { findFormat } from '../../src/engine/formats/index.ts'
import { splitIntoPages, maxPageBytes } from '../../src/engine/formats/split-pages.ts'

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

describe.each([
  ['json', json, '[{"name":"Zoë 🎈"},{"id":12345678901234567890}]'],
  ['ndjson', ndjson, '{"name":"Zoë 🎈"}\r\n{"id":12345678901234567890}\n'],
])('%s', (_name, format, text) => {
  it.each([1, 2, 3, 7, 1000])('reads the same from chunks of %i bytes, with a byte order mark or without', async (size) => {
    for (const mark of ['', '\uFEFF']) {
      const records = await all(format?.read(chunks(Buffer.from(mark + text), size), { encoding: 'utf-8' }))
      expect(JSON.stringify(records)).toBe('[{"name":"Zoë 🎈"},{"id":12345678901234567890}]')
    }
  })

  it('writes what it reads', async () => {
    const written = format?.write([{ a: 1 }, { a: 2 }], { resourcePath: 'data.items' }) as string
    const read = format?.read(chunks(Buffer.from(written), 5), { encoding: 'utf-8', resourcePath: 'data.items' })
    expect(await all(read)).toEqual([{ a: 1 }, { a: 2 }])
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
  const pages = splitIntoPages(ndjson?.read(source.chunks, { encoding: 'utf-8' }) as AsyncIterable<FlowRecord>, 20, 0)
  expect((await pages.next()).value).toMatchObject({ records: Array.from({ length: 20 }, () => ({ id: 1 })), isLast: false })
  await pages.return(undefined)
  expect(source.taken).toBeLessThan(1000)
})

it('a page ends at 5 MB, and holds one record in any case', async () => {
  const sizes = [1, 3, 3, 6, 1]
  const records = (async function* () {
    for (const size of sizes) yield { text: 'x'.repeat(size * mb) }
  })()
  const pages = await all(splitIntoPages(records, 20, maxPageBytes + 1))
  expect(pages.map(({ records: page }) => page.length)).toEqual([2, 1, 1, 1])
  expect(pages.map(({ isLast }) => isLast)).toEqual([false, false, false, true])
})
