/** Spreadsheets: which records are read out of the parts of a workbook, and that other programs read what is written, and write what is read. */
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { readSheet } from 'read-excel-file/node'
import writeExcelFile, { type SheetData } from 'write-excel-file/node'
import type { FlowRecord } from '../../src/engine/adaptor.ts'
import type { Batch } from '../../src/engine/formats/batch.ts'
import { UnreadableContent, UnwritableContent, type XlsxReading, type XlsxWriting } from '../../src/engine/formats/format.ts'
import { writeArchive } from '../../src/engine/formats/write-zip.ts'
import { xlsx } from '../../src/engine/formats/xlsx/xlsx.ts'
import { casesIn } from './adaptors/stage.ts'

interface Case {
  /** What is in the sheet, or in each of several. */
  readonly rows: string | readonly string[]
  readonly sheets?: string
  readonly strings?: string
  readonly styles?: string
  readonly is1904?: boolean
  readonly options?: XlsxReading
  readonly records?: readonly unknown[]
  readonly failure?: object
}

const relation = (id: string, type: string, target: string): string =>
  `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`
const part = (name: string, text: string) => [name, Buffer.from(text)] as const

function workbookOf({ rows, sheets, strings, styles, is1904 }: Case): Promise<Buffer> {
  const all = [rows].flat()
  const listed = sheets ?? all.map((_rows, i) => `<sheet name="Sheet${i + 1}" sheetId="${i + 1}" r:id="s${i}"/>`).join('')
  return writeArchive([
    part('_rels/.rels', `<Relationships>${relation('rId1', 'officeDocument', '/xl/workbook.xml')}</Relationships>`),
    part('xl/workbook.xml', `<workbook><workbookPr date1904="${is1904 ? 1 : 0}"/><sheets>${listed}</sheets></workbook>`),
    part(
      'xl/_rels/workbook.xml.rels',
      `<Relationships>${all.map((_rows, i) => relation(`s${i}`, 'worksheet', `worksheets/sheet${i + 1}.xml`)).join('')}${relation('a', 'sharedStrings', 'sharedStrings.xml')}${relation('b', 'styles', './styles.xml')}</Relationships>`,
    ),
    part('xl/sharedStrings.xml', `<sst>${strings ?? ''}</sst>`),
    part('xl/styles.xml', `<styleSheet>${styles ?? ''}</styleSheet>`),
    ...all.map((each, i) => part(`xl/worksheets/sheet${i + 1}.xml`, `<worksheet><sheetData>${each}</sheetData></worksheet>`)),
  ])
}

async function* chunks(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Uint8Array, options: XlsxReading = {}): Promise<{ records: FlowRecord[]; failure?: unknown }> {
  const records: FlowRecord[] = []
  try {
    for await (const batch of xlsx.read(chunks(bytes), { encoding: 'utf-8', xlsx: options })) records.push(...batch.records)
    return { records }
  } catch (error) {
    if (!(error instanceof UnreadableContent)) throw error
    return { records, failure: { code: error.code, message: error.message } }
  }
}
const write = async (records: readonly unknown[], options: XlsxWriting = {}): Promise<Buffer> =>
  (await xlsx.write(records, { xlsx: options })) as Buffer

describe('read', () => {
  const cases = casesIn<Case>('formats/xlsx')
  it('has cases', () => expect(cases.length).toBeGreaterThan(20))

  it.each(cases)('$name', async (one) => {
    const { records, failure } = await read(await workbookOf(one), one.options)
    expect(JSON.parse(JSON.stringify(records))).toEqual(one.records ?? [])
    expect(failure).toEqual(one.failure && expect.objectContaining(one.failure))
  })

  it.each([
    ['a page of HTML', '\uFEFF<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>', /^is a page of HTML, not a spreadsheet/],
    ['a table of HTML', '<table><tr><td>1</td></tr></table>', /^is a page of HTML/],
    ['XML', '<?xml version="1.0"?><Workbook/>', /^is XML, not a spreadsheet/],
    ['CSV', 'id,name\n1,Ann\n', /^is no spreadsheet \(XLSX\): those are ZIP archives/],
    ['an older Excel file', Buffer.from('d0cf11e0a1b11ae10000', 'hex'), /older kind \(\.xls\), or one with a password/],
    ['a few bytes', 'x', /^is no spreadsheet/],
  ])('%s with the name of a spreadsheet is told in words', async (_what, content, message) => {
    const { failure } = await read(Buffer.from(content))
    expect(failure).toMatchObject({ code: 'invalid_xlsx', message: expect.stringMatching(message) as string })
  })

  it('an empty file has no records', async () => expect(await read(Buffer.alloc(0))).toEqual({ records: [] }))

  it('an archive of something else is told in words', async () => {
    const { failure } = await read(await writeArchive([part('word/document.xml', '<w/>')]))
    expect(failure).toMatchObject({ code: 'invalid_xlsx', message: 'is a ZIP archive, and no spreadsheet (XLSX).' })
  })

  it('one that is cut off is told in words', async () => {
    const bytes = await write([{ id: 1 }])
    expect((await read(bytes.subarray(0, bytes.length - 30))).failure).toMatchObject({ code: 'invalid_archive' })
  })

  it.each([
    ['rows', { rows: '<row><c><v>1</v></c></row>'.repeat(1_000_000) }],
    ['texts that cells share', { rows: '', strings: '<si><t>1</t></si>'.repeat(1_500_000) }],
  ])('a small file that becomes gigabytes of %s is left where that is seen', { timeout: 60_000 }, async (_what, one) => {
    const bytes = await workbookOf(one)
    expect(bytes.length).toBeLessThan(500_000)
    const { failure } = await read(bytes)
    expect(failure).toMatchObject({ code: 'content_too_large', message: expect.stringContaining('200 times what it has packed') as string })
  })

  it('a row of 6 MB is not read any further', async () => {
    const { failure } = await read(
      await workbookOf({ rows: `<row><c t="inlineStr"><is><t>${randomText(6 * 1024 * 1024)}</t></is></c></row>` }),
    )
    expect(failure).toMatchObject({ code: 'content_too_large', message: 'holds a row of more than 5 MB.' })
  })

  it('rows are read as they are asked for', async () => {
    const bytes = await write(Array.from({ length: 50_000 }, (_, id) => ({ id, name: `n${id}` })))
    const records = xlsx.read(chunks(bytes), { encoding: 'utf-8' })[Symbol.asyncIterator]()
    const found: FlowRecord[] = []
    while (found.length < 1000) found.push(...((await records.next()).value as Batch).records)
    expect(found).toEqual(Array.from(found, (_, id) => ({ id, name: `n${id}` })))
    expect(found.length).toBeLessThan(10_000)
    await records.return?.(undefined)
  })
})

/** What does not pack well. */
const randomText = (length: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(48_000)))
    .toString('base64')
    .repeat(length / 64_000 + 1)
    .slice(0, length)

describe('written', () => {
  const one = { a: 1 }

  it('the same records make the same file', async () => expect(await write([{ a: 1 }])).toEqual(await write([{ a: 1 }])))

  it.each([
    ['a sheet whose name no sheet can have', [{ a: 1 }], { sheetName: 'a/b' }, 'invalid_sheet_name'],
    ['a text that no cell holds', [{ a: 'x'.repeat(32_768) }], {}, 'cell_too_long'],
    ['more columns than a sheet has', [Object.fromEntries(Array.from({ length: 16_385 }, (_, i) => [`c${i}`, 1]))], {}, 'too_many_columns'],
    ['more rows than a sheet has', Array.from({ length: 1_048_576 }, () => one), {}, 'too_many_rows'],
    ['what is no record', ['x'], {}, 'no_record'],
  ])('%s is refused', async (_what, records, options, code) => {
    const failed = await (async () => write(records, options))().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(UnwritableContent)
    expect(failed).toMatchObject({ code })
  })

  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('=1+1', '_x0007_', 'a\r\nb', ' spaces ', '007', 'true', '2026-03-01'),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
  )
  const table = fc
    .array(fc.record({ id: fc.integer(), 'a & b': value, 日本: value }), { minLength: 1, maxLength: 5 })
    .map(([first, ...others]) => [{ id: 0, 'a & b': first?.['a & b'], 日本: first?.['日本'] }, ...others])

  it('what is written is read again, each value of its kind', () =>
    fc.assert(
      fc.asyncProperty(table, async (records) => {
        const { records: found } = await read(await write(records))
        const nothing = (one: unknown): unknown => (one === '' ? null : one)
        expect(JSON.parse(JSON.stringify(found))).toEqual(
          records.map((record) => Object.fromEntries(Object.entries(record).map(([name, one]) => [name, nothing(one)]))),
        )
      }),
      { numRuns: 200 },
    ))

  it('another program reads what is written', async () => {
    const records = [
      { id: 1, name: 'Zoë <b> & "c" 🎈', paid: true, price: 12.5, note: '=1+1' },
      { id: 2, tags: ['a', 'b'], lines: [{ sku: 'x' }] },
    ]
    expect(await readSheet(await write(records, { sheetName: 'Orders & more' }), 'Orders & more')).toEqual([
      ['id', 'name', 'paid', 'price', 'note', 'tags', 'lines'],
      [1, 'Zoë <b> & "c" 🎈', true, 12.5, '=1+1', null, null],
      [2, null, null, null, null, 'a,b', '[{"sku":"x"}]'],
    ])
    expect(await readSheet(await write([[1], ['x', 'y']], { includeHeader: false }))).toEqual([
      [1, null],
      ['x', 'y'],
    ])
  })

  it('what another program writes is read', async () => {
    const rows: SheetData = [
      ['id', 'name', 'paid', 'day', 'at'].map((name) => ({ value: name })),
      [
        { value: 1 },
        { value: 'Zoë & 🎈' },
        { value: true },
        { value: new Date(Date.UTC(2026, 2, 1)), type: Date, format: 'dd/mm/yyyy' },
        { value: new Date(Date.UTC(2026, 2, 1, 12, 30, 15)), type: Date, format: 'yyyy-mm-dd hh:mm:ss' },
      ],
      [{ value: 2.5 }],
    ]
    const bytes = await writeExcelFile([
      { data: [[{ value: 'no' }]], sheet: 'First' },
      { data: rows, sheet: 'Orders' },
    ]).toBuffer()
    expect(await read(bytes, { sheetName: 'Orders' })).toEqual({
      records: [
        { id: 1, name: 'Zoë & 🎈', paid: true, day: '2026-03-01', at: '2026-03-01T12:30:15' },
        { id: 2.5, name: null, paid: null, day: null, at: null },
      ],
    })
  })
})
