/** CSV and other delimited text: read row by row, however many there are; written with the columns in the order in which the records name them. */
import { setImmediate as letOthers } from 'node:timers/promises'
import type * as Parser from 'csv-parse'
import type * as Stringifier from 'csv-stringify/sync'
import { lazyLoad } from '../../domain/lazy-load.ts'
import type { FlowRecord } from '../adaptor.ts'
import { toText, type PlainObject } from '../values/plain-value.ts'
import { bytesOfCharacter, type Batch } from './batch.ts'
import { decodeText } from './decode-text.ts'
import type { CsvReading } from '../values/content-parsers.ts'
import { UnreadableContent, UnwritableContent, type Chunks, type CsvWriting, type Format } from './format.ts'
import { addColumns, createColumns, maxColumns, measureCell, mustHaveFewColumns, toRows, toTable } from './rows.ts'
import { maxPageBytes } from './page-bounds.ts'

const parser = lazyLoad<typeof Parser>('csv-parse')
const stringifier = lazyLoad<typeof Stringifier>('csv-stringify/sync')

/** A row makes a record, which is no longer than a page may be. Bytes. */
const maxRow = maxPageBytes

/** As messages call it. */
const csvName = 'CSV'

export const csv: Format & {
  /** What ends a row. */
  rowEnd(options?: CsvWriting): string
  /** The names of the columns of a file that is there. Throws `UnreadableContent`. */
  readHeader(chunks: Chunks, encoding: string, options?: CsvWriting): Promise<readonly string[]>
} = {
  read: (chunks, { csv: options = {}, ...decoding }) => readRecords(decodeText(chunks, decoding), options),
  write: (records, { csv: options = {} }) => writeRows(records, options),
  stream: (records, { csv: options = {} }) => streamRows(records, options),
  check: (record) => void toRows(record, csvName),
  rowEnd: (options = {}) => recordDelimiterOf(options),
  async readHeader(chunks, encoding, { columnDelimiter, rowDelimiter } = {}) {
    const texts = decodeText(chunks, { encoding, replacesInvalid: true })
    for await (const { rows } of readRows(texts, { columnDelimiter, rowDelimiter })) if (rows[0]) return rows[0]
    return []
  },
}

/** Of a text that is there already. Throws `UnreadableContent`. */
export const readCsvText = (text: string, options: CsvReading): AsyncGenerator<Batch> => readRecords(inTurns(text), options)

/** Characters that are taken apart before others may run: some 5 ms. */
const perTurn = 64 * 1024

async function* inTurns(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += perTurn) {
    if (at > 0) await letOthers()
    yield text.slice(at, at + perTurn)
  }
}

async function* readRecords(texts: AsyncIterable<string>, options: CsvReading): AsyncGenerator<Batch> {
  const { hasHeaderRow = true, disableQuoteAndStripEnclosingQuotes: strips = false, trimSpaces = false } = options
  const cellOf = (cell: string): string => {
    const trimmed = trimSpaces ? cell.trim() : cell
    return strips && trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed
  }
  let columns = hasHeaderRow ? undefined : createColumns([])
  for await (const { rows, perCharacter } of readRows(texts, options)) {
    const records: FlowRecord[] = []
    const sizes: number[] = []
    for (const row of rows) {
      if (!columns) {
        columns = createColumns(row.map((cell) => cellOf(cell).trim()))
        continue
      }
      // A row that is shorter than the header has no more fields.
      const record: Record<string, unknown> = {}
      let size = 2
      for (let i = 0; i < row.length; i++) {
        const name = columns(i)
        const cell = cellOf(row[i] as string)
        record[name] = cell
        size += measureCell(name, cell)
      }
      records.push(record)
      sizes.push(Math.ceil(size * perCharacter))
    }
    yield { records, sizes }
  }
}

/** Whoever writes a delimiter into a form writes `\t`. */
const unescaped = (delimiter: string): string => delimiter.replaceAll('\\t', '\t').replaceAll('\\r', '\r').replaceAll('\\n', '\n')

interface Rows {
  readonly rows: readonly (readonly string[])[]
  /** Bytes of a character in them. */
  readonly perCharacter: number
}

/** Rows as the parser gives them, those of a part of the text together: it is fed and emptied by turns, so no more than a part is held. */
async function* readRows(texts: AsyncIterable<string>, options: CsvReading): AsyncGenerator<Rows> {
  const place = { lines: 0, emptyLines: 0 }
  const reader = createParser(options, place)
  let failed: Error | undefined
  reader.on('error', (error) => (failed ??= error))
  let perCharacter = 1
  const take = function* (): Generator<Rows> {
    const rows: string[][] = []
    for (let row = reader.read() as string[] | null; row !== null; row = reader.read() as string[] | null) {
      if (row.length > maxColumns) {
        yield { rows, perCharacter }
        mustHaveFewColumns(row.length)
      }
      rows.push(row)
    }
    if (rows.length > 0) yield { rows, perCharacter }
    const error = failed ?? reader.errored
    if (error) throw unreadable(error, place)
  }
  let isFirst = true
  const broken: unknown[] = []
  for await (const text of untilBroken(texts, broken)) {
    if (isFirst) mustBeDelimited(text)
    isFirst &&= text === ''
    if (text.includes('\0'))
      throw new UnreadableContent('binary_content', 'holds a NUL character: it is no text, or one in another encoding, such as utf-16le.')
    perCharacter = bytesOfCharacter(text)
    reader.write(text)
    yield* take()
  }
  if (broken.length > 0) {
    // The rows before it first: the parser hands them on in a turn of its own.
    await letOthers()
    yield* take()
    throw broken[0]
  }
  const ended = new Promise((resolve) => reader.once('readable', resolve).once('end', resolve).once('error', resolve))
  reader.end()
  await ended
  yield* take()
}

async function* untilBroken(texts: AsyncIterable<string>, broken: unknown[]): AsyncGenerator<string> {
  try {
    yield* texts
  } catch (error) {
    broken.push(error)
  }
}

/** Lines up to the end of the row that was read last, and how many of them were empty. */
interface Place {
  lines: number
  emptyLines: number
}

function createParser(
  { columnDelimiter, rowDelimiter, rowsToSkip = 0, disableQuoteAndStripEnclosingQuotes: strips, trimSpaces }: CsvReading,
  place: Place,
) {
  const delimiter = unescaped(columnDelimiter || ',')
  const rowDelimiters = rowDelimiter ? [unescaped(rowDelimiter)] : ['\r\n', '\n', '\r']
  const clashes = rowDelimiters.some((each) => delimiter.includes(each) || each.includes(delimiter)) || (!strips && delimiter.includes('"'))
  try {
    if (clashes) throw new Error('what separates columns is a quote, or separates rows as well.')
    return parser().parse({
      delimiter,
      record_delimiter: rowDelimiters,
      quote: strips ? null : '"',
      from_line: rowsToSkip + 1,
      trim: trimSpaces === true && !strips,
      // A quote within a value that is not in quotes is a part of it: 5" screen.
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: maxRow,
      on_record(row: string[], { lines, empty_lines: emptyLines }) {
        place.lines = lines
        place.emptyLines = emptyLines
        return row
      },
    })
  } catch (error) {
    throw new UnreadableContent('invalid_delimiter', `cannot be read with these delimiters: ${(error as Error).message}`)
  }
}

/** Nearly any text is CSV, a page that asks for a password as well. */
function mustBeDelimited(text: string): void {
  const [, what] = /^\s*<(!doctype html|html|\?xml)[\s>]/i.exec(text) ?? []
  if (what !== undefined) throw new UnreadableContent('invalid_csv', `is ${/xml/i.test(what) ? 'XML' : 'a page of HTML'}, not CSV.`)
}

/** The row begins after the one that was read last. */
function unreadable(
  error: Error & { readonly code?: string; readonly empty_lines?: number },
  { lines, emptyLines }: Place,
): UnreadableContent {
  const skipped = (error.empty_lines ?? emptyLines) - emptyLines
  const place = `in line ${(lines + skipped + 1).toLocaleString('en')}`
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return new UnreadableContent(
      'content_too_large',
      `holds a row of more than ${maxRow / 1024 / 1024} MB ${place}: look whether a quote is never closed, or another row delimiter is to be set.`,
    )
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return new UnreadableContent(
      'invalid_csv',
      `ends within quotes that are opened ${place}: it was cut off, or its quotes are text, which disableQuoteAndStripEnclosingQuotes says.`,
    )
  return new UnreadableContent('invalid_csv', `cannot be read as CSV ${place}: ${error.message}`)
}

function writeRows(records: readonly unknown[], options: CsvWriting): string {
  const { columns: named, rows } = toTable(records, csvName)
  const columns = withinColumns(named, options)
  return withoutLast(formatHeader(columns, options) + formatRows(rows, columns, options), options)
}

/** Rows that are formatted in one go: a few milliseconds. */
const rowsAtOnce = 500

/** Goes through the records twice: for the columns, which stand in the first row, and for the rows. */
async function* streamRows(records: AsyncIterable<unknown>, options: CsvWriting): AsyncGenerator<string> {
  const columns = new Set<string>()
  for await (const record of records) addColumns(columns, toRows(record, csvName), csvName)
  const header = withinColumns([...columns], options)
  let held = formatHeader(header, options)
  let rows: PlainObject[] = []
  for await (const record of records) {
    rows.push(...toRows(record, csvName))
    if (rows.length < rowsAtOnce) continue
    yield held
    held = formatRows(rows, header, options)
    rows = []
  }
  yield withoutLast(held + formatRows(rows, header, options), options)
}

/** Of a file that is there, where rows come to its end. */
function withinColumns(named: readonly string[], { columns }: CsvWriting): readonly string[] {
  const other = columns && named.find((name) => !columns.includes(name))
  if (other !== undefined)
    throw new UnwritableContent(
      'column_missing',
      `There is no column "${other.slice(0, 100)}" in the file that rows are to come to the end of (file.append): map the records to its columns, or begin another file.`,
    )
  return columns ?? named
}

const recordDelimiterOf = ({ rowDelimiter }: CsvWriting): string => unescaped(rowDelimiter || '\n')

function withoutLast(text: string, options: CsvWriting): string {
  const delimiter = recordDelimiterOf(options)
  return options.truncateLastRowDelimiter && text.endsWith(delimiter) ? text.slice(0, -delimiter.length) : text
}

const formatHeader = (header: readonly string[], options: CsvWriting): string =>
  (options.includeHeader ?? true) && header.length > 0 ? formatCells([header], options) : ''

function formatRows(rows: readonly PlainObject[], header: readonly string[], options: CsvWriting): string {
  return rows.length === 0
    ? ''
    : formatCells(
        rows.map((row) => header.map((name) => toCell(row[name], options))),
        options,
      )
}

function formatCells(cells: readonly (readonly string[])[], options: CsvWriting): string {
  const { columnDelimiter, wrapWithQuotes = false } = options
  return stringifier().stringify(cells as string[][], {
    delimiter: unescaped(columnDelimiter || ','),
    record_delimiter: recordDelimiterOf(options),
    quoted: wrapWithQuotes,
    // An empty line would be no row.
    quoted_empty: wrapWithQuotes || cells[0]?.length === 1,
    quoted_match: /[\r\n]/,
  })
}

const formula = /^[=+\-@\t\r＝＋－＠]/
const number = /^[+-]?\d+(?:[.,]\d+)*$/

function toCell(value: unknown, { replaceTabWithSpace, replaceNewlineWithSpace, escapeFormulas }: CsvWriting): string {
  let text = toText(value)
  if (replaceTabWithSpace) text = text.replaceAll('\t', ' ')
  if (replaceNewlineWithSpace) text = text.replaceAll(/\r\n|\r|\n/g, ' ')
  return escapeFormulas && formula.test(text) && !number.test(text) ? `'${text}` : text
}
