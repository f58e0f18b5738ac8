/** Formats that are written in parts, for more records than memory holds: their parts make the text that they write at once. */
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodings, findFormat } from '../../src/engine/formats/index.ts'
import { encodeText } from '../../src/engine/formats/encode-text.ts'
import { UnwritableContent, type Writing } from '../../src/engine/formats/format.ts'
import { encodeInChunks, packInChunks } from '../../src/engine/formats/in-chunks.ts'
import { unpack } from '../../src/engine/formats/pack.ts'
import { casesIn } from './adaptors/stage.ts'

interface WriteCase {
  readonly name: string
  readonly format: string
  readonly records: readonly unknown[]
  readonly path?: string
  readonly csv?: Writing['csv']
  readonly text?: string
  readonly failure?: { readonly code: string }
}

/** Gone through as often as somebody wants to. */
const again = <T>(items: readonly T[]): AsyncIterable<T> => ({
  async *[Symbol.asyncIterator]() {
    yield* items
  },
})
const join = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
const formatOf = (format: string) => findFormat(format === 'ndjson' ? 'json' : format, format === 'ndjson' ? 'a.ndjson' : `a.${format}`)
const inParts = async (format: string, records: readonly unknown[], writing: Writing): Promise<string> => {
  const parts: string[] = []
  for await (const part of formatOf(format)?.stream?.(again(records), writing) ?? []) parts.push(part)
  return parts.join('')
}

describe('in parts', () => {
  const cases = casesIn<WriteCase>('formats/write').filter(({ format, records }) => formatOf(format)?.stream && records.length > 0)
  it('has cases of delimited text and XML', () => expect(new Set(cases.map(({ format }) => format))).toEqual(new Set(['csv', 'xml'])))

  it.each(cases)('$format: $name', async ({ format, records, path, csv, text, failure }) => {
    const written = inParts(format, records, { resourcePath: path, csv })
    if (failure) await expect(written).rejects.toMatchObject({ code: failure.code })
    else expect(await written).toBe(text)
  })

  it.each(['csv', 'json', 'ndjson', 'xml'])('%s of any records is what it is at once', async (format) => {
    const record = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.oneof(fc.string(), fc.integer(), fc.boolean()), { minKeys: 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 2, maxLength: 1200 }), fc.boolean(), async (records, truncates) => {
        const writing = { resourcePath: format === 'csv' ? undefined : 'all.one', csv: { truncateLastRowDelimiter: truncates } }
        let text: string | undefined
        try {
          const made = formatOf(format)?.write(records, writing)
          text = typeof made === 'string' ? made : undefined
        } catch {
          await expect(inParts(format, records, writing)).rejects.toThrow(UnwritableContent)
          return
        }
        expect(await inParts(format, records, writing)).toBe(text)
      }),
      { numRuns: 25 },
    )
  })
})

it.each(Object.entries(encodings))(
  'a text in %s is encoded in chunks as it is at once, and no character is lost without a word',
  async (_name, encoding) => {
    const texts = Array.from({ length: 3000 }, (_, n) => `Row ${n}, all of ASCII: "${'x'.repeat(50)}"\n`)
    expect((await join(encodeInChunks(again(texts), encoding))).equals(encodeText(texts.join(''), encoding))).toBe(true)
    if (!encoding.startsWith('utf') && encoding !== 'gb18030')
      await expect(join(encodeInChunks(again([...texts, '🎈']), encoding))).rejects.toMatchObject({ code: 'character_unwritable' })
  },
)

describe('packed in chunks', () => {
  const content = Array.from({ length: 100 }, (_, n) => Buffer.from(`${n},`.repeat(1000)))
  const whole = Buffer.concat(content)

  it('gzip and zip hold what was packed', async () => {
    expect(gunzipSync(await join(packInChunks('gzip', 'a.csv.gz', again(content)))).equals(whole)).toBe(true)
    const archive = await join(packInChunks('zip', 'a.csv.zip', again(content)))
    const held: [string, boolean][] = []
    for await (const { name, chunks } of unpack('zip', 'a.csv.zip', again([archive]))) held.push([name, (await join(chunks)).equals(whole)])
    expect(held).toEqual([['a.csv', true]])
  })

  it.each([undefined, 'gzip', 'zip'] as const)('%s: what breaks before breaks what comes of it', async (packing) => {
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield* content
      throw new Error('broke')
    }
    await expect(join(packInChunks(packing, 'a.csv', breaking()))).rejects.toThrow('broke')
  })
})
