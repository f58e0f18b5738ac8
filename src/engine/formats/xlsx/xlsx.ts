/** Spreadsheets (XLSX): a sheet is read row by row, its values of the kinds that its cells have, and written with the columns in the order of the records. */
import type { FlowRecord } from '../../adaptor.ts'
import { toText } from '../../values/plain-value.ts'
import { measureRecord, type Batch } from '../batch.ts'
import type { Format, XlsxReading } from '../format.ts'
import { createColumns, toTable, type Columns } from '../rows.ts'
import { gather, openArchive } from '../zip.ts'
import { readSheetRows, type SheetRow } from './read-rows.ts'
import { notASpreadsheet, readWorkbook } from './workbook.ts'
import { writeWorkbook } from './write-workbook.ts'

export const xlsx: Format = {
  async *read(chunks, { xlsx: options = {} }) {
    const bytes = await gather(chunks, 'a spreadsheet', 'CSV may be larger.')
    if (bytes.length === 0) return
    mustBeArchive(bytes)
    yield* readRecords(readSheetRows(await readWorkbook(await openArchive(bytes), options.sheetName || undefined)), options)
  },
  write: (records, { xlsx: { includeHeader = true, sheetName } = {} }) =>
    writeWorkbook(toTable(records, 'a spreadsheet'), includeHeader, sheetName || 'Sheet1'),
}

async function* readRecords(parts: AsyncIterable<readonly SheetRow[]>, { hasHeaderRow = true }: XlsxReading): AsyncGenerator<Batch> {
  let columns = hasHeaderRow ? undefined : createColumns([], 1)
  let least = 0
  for await (const rows of parts) {
    const records: FlowRecord[] = []
    for (const row of rows) {
      if (columns) records.push(toRecord(row, columns, least))
      else {
        const header = Array.from(row, (cell) => toText(cell).trim())
        columns = createColumns(header, 1)
        least = header.length
      }
    }
    yield { records, sizes: records.map(measureRecord) }
  }
}

/** Every column of the header is there: one without a value as null. */
function toRecord(row: SheetRow, columns: Columns, least: number): FlowRecord {
  const record: Record<string, unknown> = {}
  for (let i = 0; i < Math.max(row.length, least); i++) record[columns(i)] = row[i] ?? null
  return record
}

/** What people call a spreadsheet is often something else. */
function mustBeArchive(bytes: Buffer): void {
  if (bytes.subarray(0, 4).toString('hex') === '504b0304') return
  const head = bytes
    .subarray(0, 512)
    .toString('utf8')
    .trimStart()
    .replace(/^\uFEFF/, '')
  if (bytes.subarray(0, 8).toString('hex') === 'd0cf11e0a1b11ae1')
    throw notASpreadsheet('is an Excel file of the older kind (.xls), or one with a password: save it as .xlsx without a password.')
  if (/^<(?:!doctype html|html|head|body|table)[\s>]/i.test(head))
    throw notASpreadsheet(
      'is a page of HTML, not a spreadsheet (XLSX): some applications give HTML the name of a spreadsheet, and a page to sign in is HTML too.',
    )
  if (head.startsWith('<')) throw notASpreadsheet('is XML, not a spreadsheet (XLSX).')
  throw notASpreadsheet('is no spreadsheet (XLSX): those are ZIP archives.')
}
