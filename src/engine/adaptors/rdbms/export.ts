/** RDBMSExport: the rows of a statement, page by page as a cursor gives them, and lookups by statements. */
import type { Cursor, FieldOf, FlowRecord, Page, SourceAdaptor, SourceStep, Watching } from '../../adaptor.ts'
import { measureRecord, type Batch } from '../../formats/batch.ts'
import { countGrouped, groupBatches } from '../../formats/group-records.ts'
import { maxPageBytes } from '../../formats/page-bounds.ts'
import { measurePage, splitIntoPages } from '../../formats/split-pages.ts'
import { oncePerStep } from '../once-per-step.ts'
import type { DatabasePorts } from './client.ts'
import { runLookups } from './export/lookup.ts'
import { acknowledging, type Marks } from './export/mark-exported.ts'
import { printOf, RowReader, type Place } from './export/row-reader.ts'
import { createSource, type Source } from './export/source.ts'
import type { Sessions } from './sessions.ts'
import { makeStatement } from './statements.ts'

/** `index` and `emitted` count pages and records of the run. */
interface Position extends Place {
  readonly index: number
  readonly emitted: number
}

export function databaseExport(ports: DatabasePorts, sessions: Sessions, fieldOf: FieldOf): SourceAdaptor {
  const source = oncePerStep((step: SourceStep) => createSource(ports, sessions, step))
  return {
    adaptorType: 'RDBMSExport',
    fieldOf,
    ready: async (step) => void (await source(step)),
    pages: (step, from, watching) => pages(source(step), from, watching),
    lookup: async (step, records, told) => runLookups(await source(step), step.doc, records, told),
  }
}

async function* pages(preparing: Promise<Source>, from: Cursor | undefined, watching?: Watching): AsyncGenerator<Page> {
  const source = await preparing
  const at: Position = from ? (from as unknown as Position) : { index: 0, emitted: 0, offset: 0 }
  if (at.emitted >= source.limit) return
  const marks = acknowledging(source)
  const statement = await makeStatement(source.query, {})
  const reader = new RowReader(source.client, statement, at, {
    marked: marks && (() => marks.allDone()),
    exchanged: watching?.exchanged && ((exchange) => watching.exchanged?.([], exchange)),
  })
  try {
    yield* source.grouping ? groupedPages(source, reader, at, marks) : plainPages(source, reader, at, marks)
  } finally {
    reader.close()
  }
}

/** Rows that were read and not handed on wait in `rows` from `offset` on; `bytes` are those of all of `rows`. */
async function* plainPages(source: Source, reader: RowReader, from: Position, marks: Marks | undefined): AsyncGenerator<Page> {
  let at = from
  let rows: FlowRecord[] = []
  let offset = 0
  let bytes = 0
  let isEnded = false
  for (;;) {
    // One more than a page takes: the last page says that it is the last.
    while (!isEnded && rows.length - offset <= source.pageSize && (rows.length === 0 || bytes <= maxPageBytes)) {
      const read = await reader.next()
      isEnded = read.rows.length === 0
      bytes = Math.ceil((bytes * (rows.length - offset)) / Math.max(1, rows.length)) + read.bytes
      rows = offset === rows.length ? [...read.rows] : [...rows.slice(offset), ...read.rows]
      offset = 0
    }
    if (rows.length === offset) return
    const measured = measurePage(rows, offset, source.pageSize, bytes)
    const length = Math.min(measured.length, source.limit - at.emitted)
    const records = rows.slice(offset, offset + length)
    offset += length
    const { index } = at
    at = advance(at, records.length, records.length, records.at(-1))
    const goesOn = at.emitted < source.limit && !(isEnded && offset === rows.length)
    yield { index, records, bytes: measured.bytes, ...(goesOn && { next: { ...at } }), ...(marks && { ack: marks.ackOf(records) }) }
    if (!goesOn) return
    // What is left is too little for a page, and too much for one read: the next page is made of what there is.
    if (bytes > maxPageBytes && rows.length - offset <= source.pageSize) {
      bytes = Math.ceil((bytes * (rows.length - offset)) / rows.length)
      rows = rows.slice(offset)
      offset = 0
    }
  }
}

const advance = (at: Position, emitted: number, read: number, last: FlowRecord | undefined): Position => ({
  index: at.index + 1,
  emitted: at.emitted + emitted,
  offset: at.offset + read,
  ...(last && { print: printOf(last) }),
})

async function* groupedPages(source: Source, reader: RowReader, from: Position, marks: Marks | undefined): AsyncGenerator<Page> {
  let at = from
  const groups = groupBatches(allRows(reader), source.grouping as NonNullable<Source['grouping']>)
  for await (const { records: found, bytes, isLast } of splitIntoPages(groups, source.pageSize)) {
    if (found.length === 0) return
    const records = found.slice(0, source.limit - at.emitted)
    const rows = records.flat() as FlowRecord[]
    const { index } = at
    at = advance(at, records.length, countGrouped(records), rows.at(-1))
    const goesOn = at.emitted < source.limit && !isLast
    yield { index, records, bytes, ...(goesOn && { next: { ...at } }), ...(marks && { ack: marks.ackOf(rows) }) }
    if (!goesOn) return
  }
}

/** Every row is measured: what it came in is not known of it. */
async function* allRows(reader: RowReader): AsyncGenerator<Batch> {
  for (let { rows } = await reader.next(); rows.length > 0; { rows } = await reader.next())
    yield { records: rows, sizes: rows.map(measureRecord) }
}
