/** The formats of test/cases/formats: which records are read out of a text, however its bytes come, and which text is written of records. */
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { ZipFile } from 'yazl'
import type { FlowRecord } from '../../src/engine/adaptor.ts'
import type { Batch } from '../../src/engine/formats/batch.ts'
import { encodings, findFormat } from '../../src/engine/formats/index.ts'
import type { CsvReading } from '../../src/engine/values/content-parsers.ts'
import { UnreadableContent, UnwritableContent, type CsvWriting, type Format } from '../../src/engine/formats/format.ts'
import { encodeText } from '../../src/engine/formats/encode-text.ts'
import { pack, unpack } from '../../src/engine/formats/pack.ts'
import { maxPageBytes } from '../../src/engine/formats/page-bounds.ts'
import type { XmlRules } from '../../src/engine/values/xml-tree.ts'
import { casesIn } from './adaptors/stage.ts'

interface ReadCase {
  readonly format: string
  readonly text: string | { readonly base64: string }
  readonly encoding?: string
  readonly path?: string
  readonly csv?: CsvReading
  readonly xml?: XmlRules
  readonly records?: readonly unknown[]
  /** The records as they are written, where that tells more. */
  readonly texts?: readonly string[]
  readonly failure?: object
}
interface WriteCase {
  readonly format: string
  readonly records: readonly unknown[]
  readonly path?: string
  readonly csv?: CsvWriting
  readonly text?: string
  readonly failure?: object
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function* endless(chunk: string, begin = ''): AsyncGenerator<Uint8Array> {
  yield Buffer.from(begin)
  for (;;) yield Buffer.from(chunk)
}

const formatOf = (type: string) => findFormat(type, 'a') as NonNullable<ReturnType<typeof findFormat>>
const writeText = (type: string, ...[records, writing]: Parameters<Format['write']>): string =>
  formatOf(type).write(records, writing) as string

async function take(batches: AsyncIterable<Batch>): Promise<{ records: FlowRecord[]; failure?: unknown }> {
  const taken: FlowRecord[] = []
  try {
    for await (const { records, sizes } of batches) {
      expect(sizes).toHaveLength(records.length)
      taken.push(...records)
    }
    return { records: taken }
  } catch (error) {
    if (!(error instanceof UnreadableContent)) throw error
    return { records: taken, failure: { code: error.code, message: error.message } }
  }
}

describe('read', () => {
  const cases = casesIn<ReadCase>('formats/read')
  it('has cases', () => expect(cases.length).toBeGreaterThan(70))

  it.each(cases)('$format: $name', async ({ format, text, encoding = 'utf-8', path, csv, xml, records, texts, failure }) => {
    const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.base64, 'base64')
    for (const size of [1, 7, 100_000]) {
      const reading = { encoding, ...(path && { resourcePath: path }), ...(csv && { csv }), ...(xml && { xml }) }
      // The first chunk is long enough to see how it is written, as it is of every file and every answer.
      const source = size === 1 ? chunks(bytes, Math.max(size, 256)) : chunks(bytes, Math.max(size, 80))
      const read = await take(formatOf(format).read(size === 100_000 ? chunks(bytes, size) : source, reading))
      if (texts) expect(read.records.map((record) => JSON.stringify(record))).toEqual(texts)
      // What stands in the chunk that holds the fault need not have been handed on before it.
      else if (failure) expect(records ?? []).toEqual(expect.arrayContaining(read.records))
      else expect(read.records).toEqual(records)
      expect(read.failure).toEqual(failure && expect.objectContaining(failure))
    }
  })

  it.each([
    ['a row of 100 MB', 'csv', endless('x'.repeat(1024 * 1024), 'a,b\n'), 'content_too_large', /^holds a row of more than 5 MB in line 2/],
    [
      'a quote that is never closed',
      'csv',
      endless('x\n'.repeat(500_000), 'a,b\n1,"'),
      'content_too_large',
      /look whether a quote is never closed/,
    ],
    [
      'a million columns',
      'csv',
      chunks(Buffer.from(`${'a,'.repeat(1_000_000)}\n`), 65_536),
      'too_many_columns',
      /^has a row of 1,000,001 columns/,
    ],
    ['an element of 100 MB', 'xml', endless('<b>x</b>'.repeat(10_000), '<a>'), 'content_too_large', /^holds an element of more than 5 MB/],
    ['a text of 100 MB', 'xml', endless('x'.repeat(1024 * 1024), '<a><b>'), 'content_too_large', /^holds an element of more than 5 MB/],
    ['a comment of 100 MB', 'xml', endless('x'.repeat(1024 * 1024), '<a><!--'), 'content_too_large', /^holds an element of more than 5 MB/],
    ['elements without end in each other', 'xml', endless('<a>'), 'too_deep', /^is XML that is nested deeper than 256 levels/],
    [
      'a million names',
      'xml',
      chunks(Buffer.from(`<a>${Array.from({ length: 60_000 }, (_, i) => `<n${i}/>`).join('')}</a>`), 65_536),
      'too_many_names',
      /^is XML with more than 50,000/,
    ],
  ])('%s is not read any further: %s', { timeout: 60_000 }, async (_what, format, source, code, message) => {
    const { failure } = await take(formatOf(format).read(source, { encoding: 'utf-8', resourcePath: '/a' }))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  it.each([
    ['csv', 'id,name\n', '1,Ann\n'],
    ['xml', '<a>', '<b><id>1</id></b>'],
  ])('%s without end gives its records as they are asked for', async (format, begin, more) => {
    let taken = 0
    for await (const { records } of formatOf(format).read(endless(more, begin), { encoding: 'utf-8', resourcePath: '/a/b' })) {
      taken += records.length
      if (taken >= 10_000) break
    }
    expect(taken).toBe(10_000)
  })
})

describe('written', () => {
  it.each(casesIn<WriteCase>('formats/write'))('$format: $name', ({ format, records, path, csv, text, failure }) => {
    try {
      expect(writeText(format, records, { resourcePath: path, csv })).toBe(text)
      expect(failure).toBeUndefined()
    } catch (error) {
      if (!(error instanceof UnwritableContent)) throw error
      expect({ code: error.code, message: error.message }).toEqual(failure && expect.objectContaining(failure))
    }
  })
})

describe('what is written is read again', () => {
  /** A byte order mark is no part of a text, and NUL none of any. */
  const cell = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !/[\0\uFEFF]/.test(text) && text.isWellFormed())
  const delimiter = fc.constantFrom(',', ';', '\t', '|', '||', '::', '~*~')

  it('as CSV, with any delimiters', async () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 ]{0,8}[A-Za-z]$/)
    const tables = fc
      .uniqueArray(name, { minLength: 1, maxLength: 5 })
      .chain((names) => fc.array(fc.tuple(...names.map(() => cell)), { maxLength: 6 }).map((rows) => ({ names, rows })))
    await fc.assert(
      fc.asyncProperty(
        tables,
        delimiter,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        async ({ names, rows }, columnDelimiter, rowDelimiter, wrapWithQuotes) => {
          const records = rows.map((row) => Object.fromEntries(row.map((value, i) => [names[i] as string, value])))
          const text = writeText('csv', records, { csv: { columnDelimiter, rowDelimiter, wrapWithQuotes } })
          const read = await take(
            formatOf('csv').read(chunks(Buffer.from(text), 5), { encoding: 'utf-8', csv: { columnDelimiter, rowDelimiter } }),
          )
          expect(read).toEqual({ records })
        },
      ),
      { numRuns: 200 },
    )
  })

  it('as XML', async () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 12 })
      // oxlint-disable-next-line no-control-regex
      .filter((value) => value.isWellFormed() && !/[\0-\x08\x0b-\x1f\ufeff\ufffe\uffff\x85\u2028]/.test(value) && value.trim() === value)
    const name = fc.stringMatching(/^[A-Za-z_][\w.-]{0,6}$/).filter((each) => each !== '__proto__')
    const record = fc.dictionary(
      fc.oneof(
        name,
        name.map((each) => `@${each}`),
      ),
      text,
      { minKeys: 1, maxKeys: 5 },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 5 }), async (records) => {
        const written = writeText('xml', records, { resourcePath: '/all/one' })
        const read = await take(formatOf('xml').read(chunks(Buffer.from(written), 100), { encoding: 'utf-8', resourcePath: '/all/one' }))
        // An attribute holds no line end and no tab as such.
        const said = records.map((each) =>
          Object.fromEntries(
            Object.entries(each).map(([key, value]) => [key, key.startsWith('@') ? value.replaceAll(/[\t\n]/g, ' ') : value]),
          ),
        )
        expect(read).toEqual({ records: said })
      }),
      { numRuns: 200 },
    )
  })

  it.each(Object.values(encodings))('in %s, and what has no character there is refused', (encoding) => {
    const text = 'id,name\n1,plain\n'
    expect(new TextDecoder(encoding).decode(encodeText(text, encoding))).toBe(text)
    const covers = ['utf-8', 'utf-16le', 'gb18030'].includes(encoding)
    const write = (): Buffer => encodeText('🎈', encoding)
    if (covers) expect(new TextDecoder(encoding).decode(write())).toBe('🎈')
    else expect(write).toThrow(`The character "🎈" cannot be written in ${encoding}`)
  })
})

describe('packed', () => {
  const unpacked = async (packing: 'gzip' | 'zip', bytes: Buffer, name = 'a.csv'): Promise<{ name: string; text: string }[]> => {
    const files: { name: string; text: string }[] = []
    for await (const content of unpack(packing, name, chunks(bytes, 1000))) {
      const parts: Uint8Array[] = []
      for await (const chunk of content.chunks) parts.push(chunk)
      files.push({ name: content.name, text: Buffer.concat(parts).toString() })
    }
    return files
  }
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      ({ code, message }: UnreadableContent) => ({ code, message }),
    )

  it.each([
    ['gzip', 'orders.csv.gz', 'orders.csv'],
    ['zip', 'orders.csv.zip', 'orders.csv'],
  ] as const)('as %s it is what it was', async (packing, name, inner) => {
    const text = 'a,b\n1,2\n'.repeat(10_000)
    expect(await unpacked(packing, await pack(packing, name, Buffer.from(text)), name)).toEqual([{ name: inner, text }])
  })

  it.each(['gzip', 'zip'] as const)('%s that is cut off, or is none, is told in words', async (packing) => {
    const bytes = await pack(packing, 'a.csv', Buffer.from('a,b\n1,2\n'.repeat(100_000)))
    expect(await failureOf(unpacked(packing, bytes.subarray(0, bytes.length - 40)))).toMatchObject({ code: 'invalid_archive' })
    expect(await failureOf(unpacked(packing, Buffer.from('a,b\n1,2\n')))).toMatchObject({ code: 'invalid_archive' })
  })

  it('a small gzip that becomes gigabytes is left where that is seen', async () => {
    const bomb = await pack('gzip', 'a', Buffer.alloc(64 * 1024 * 1024, 'a'))
    expect(bomb.length).toBeLessThan(100_000)
    expect(await failureOf(unpacked('gzip', bomb))).toEqual({
      code: 'content_too_large',
      message: 'would have more than 200 times what it has packed when it is unpacked, and is not unpacked any further.',
    })
  })

  it('so is an archive', async () => {
    const bomb = await pack('zip', 'a', Buffer.alloc(64 * 1024 * 1024, 'a'))
    expect(await failureOf(unpacked('zip', bomb))).toMatchObject({ code: 'content_too_large' })
  })

  it('paths that lead out of an archive are refused', async () => {
    const bytes = await pack('zip', 'xxxxx', Buffer.from('1'))
    const text = bytes.toString('latin1').replaceAll('xxxxx', '../..')
    expect(await failureOf(unpacked('zip', Buffer.from(text, 'latin1')))).toMatchObject({
      code: 'invalid_archive',
      message: expect.stringContaining('leads out of it') as string,
    })
  })

  it('a symbolic link in an archive is left out', async () => {
    const archive = new ZipFile()
    archive.addBuffer(Buffer.from('/etc/passwd'), 'link.csv', { mode: 0o120777 })
    archive.addBuffer(Buffer.from('a,b\n1,2\n'), 'orders.csv')
    archive.end()
    const bytes = await buffer(archive.outputStream)
    expect(await unpacked('zip', bytes)).toEqual([{ name: 'orders.csv', text: 'a,b\n1,2\n' }])
  })

  it('an archive of more than 1,000 files is refused', async () => {
    const archive = new ZipFile()
    for (let n = 0; n <= 1000; n += 1) archive.addBuffer(Buffer.from('1'), `${n}.csv`)
    archive.end()
    const bytes = await buffer(archive.outputStream)
    expect(await failureOf(unpacked('zip', bytes))).toEqual({
      code: 'content_too_large',
      message: 'is an archive of more than 1,000 files.',
    })
  })

  it('an archive with a password is refused', async () => {
    const bytes = await pack('zip', 'a', Buffer.from('1'))
    const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]))
    bytes.writeUInt16LE(bytes.readUInt16LE(at + 8) | 1, at + 8)
    expect(await failureOf(unpacked('zip', bytes))).toMatchObject({ code: 'archive_encrypted' })
  })
})

it('the largest record fits into a page', () => expect(maxPageBytes).toBeGreaterThanOrEqual(5_000_000))
