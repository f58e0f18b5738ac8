/** Exports from databases of documents: pages of what is found, each of which says after which document the next one goes on; and lookups. */
import {
  StepFailure,
  type Cursor,
  type ExportDoc,
  type FieldOf,
  type FlowRecord,
  type Outcome,
  type Page,
  type SourceAdaptor,
  type SourceStep,
  type Told,
  type Watching,
} from '../../adaptor.ts'
import { createLane, mapInLane, type Lane } from '../../around/lane.ts'
import type { Exchange } from '../../exchange.ts'
import { groupItems, groupRecords, readGrouping, type Grouping } from '../../formats/group-records.ts'
import { defaultPageSize, maxPageBytes } from '../../formats/page-bounds.ts'
import { listChildren, toChildRecord } from '../../values/one-to-many-children.ts'
import { lookUpEach } from '../look-up-each.ts'
import { oncePerStep } from '../once-per-step.ts'

export interface FoundDocument {
  readonly record: FlowRecord
  /** Finds what comes after it. */
  readonly after: Cursor
}

export type Exchanged = (exchange: Exchange) => void

export interface DocumentSource {
  /** Lookups at once. */
  readonly level: number
  /** All that is found, after a document or from the beginning. Throws `StepFailure`. */
  read(after: Cursor | undefined, exchanged?: Exchanged): AsyncIterable<readonly FoundDocument[]>
  /** What is found for a record, up to the bound of a lookup. Throws `StepFailure`. */
  find(record: FlowRecord, told: { readonly exchanged?: Exchanged; readonly yields?: Told['aheadUntil'] }): Promise<readonly FlowRecord[]>
  /** Marks records as exported. Absent where nothing is marked. */
  readonly mark?: (found: readonly FoundDocument[]) => Promise<void>
}

interface Source extends DocumentSource {
  readonly doc: ExportDoc
  readonly lane: Lane
  readonly pageSize: number
  readonly limit: number
  readonly grouping: Grouping | undefined
}

/** What an export can be, besides one that fetches everything each time. */
const kinds: ReadonlySet<string> = new Set(['test', 'delta', 'once'])

export function documentExport(
  adaptorType: SourceAdaptor['adaptorType'],
  fieldOf: FieldOf,
  create: (step: SourceStep) => Promise<DocumentSource>,
): SourceAdaptor {
  const source = oncePerStep(async (step: SourceStep): Promise<Source> => {
    const { doc } = step
    if (doc.type && !kinds.has(doc.type))
      throw new StepFailure({
        source: 'internal',
        code: 'export_type_unsupported',
        message: `An export of a database cannot be of the type ${doc.type}: it can be test, delta or once.`,
      })
    const made = await create(step)
    return {
      ...made,
      doc,
      lane: createLane(made.level),
      pageSize: Math.max(1, doc.pageSize ?? defaultPageSize),
      limit: doc.type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY,
      grouping: readGrouping(doc.groupByFields),
    }
  })
  return {
    adaptorType,
    fieldOf,
    ready: async (step) => void (await source(step)),
    pages: (step, from, watching) => pages(source(step), from, watching),
    lookup: async (step, records, told) => runLookups(await source(step), records, told),
  }
}

/** `index` and `emitted` count pages and records of the run. */
interface Position {
  readonly index: number
  readonly emitted: number
  readonly after?: Cursor
}

/** What travels as one record: a document, or a group of them. */
interface Travelling {
  readonly record: FlowRecord
  readonly found: readonly FoundDocument[]
  readonly bytes: number
}

async function* pages(preparing: Promise<Source>, from: Cursor | undefined, watching?: Watching): AsyncGenerator<Page> {
  const source = await preparing
  let at: Position = from ? (from as unknown as Position) : { index: 0, emitted: 0 }
  if (at.emitted >= source.limit) return
  const exchanged = watching?.exchanged && ((exchange: Exchange) => watching.exchanged?.([], exchange))
  let page: Travelling[] = []
  let bytes = 0
  const toPage = (isLast: boolean): Page => {
    const { index } = at
    const found = page.flatMap((each) => each.found)
    const after = found.at(-1)?.after
    at = { index: index + 1, emitted: at.emitted + page.length, ...(after && { after }) }
    const { mark } = source
    const made: Page = {
      index,
      records: page.map(({ record }) => record),
      bytes,
      ...(!isLast && { next: { ...at } }),
      ...(mark && { ack: () => marking(mark, found) }),
    }
    page = []
    bytes = 0
    return made
  }
  for await (const one of travelling(source, at.after, exchanged)) {
    if (page.length > 0 && (page.length >= source.pageSize || bytes + one.bytes > maxPageBytes)) yield toPage(false)
    page.push(one)
    bytes += one.bytes
    if (at.emitted + page.length >= source.limit) break
  }
  if (page.length > 0) yield toPage(true)
}

async function* travelling(source: Source, after: Cursor | undefined, exchanged: Exchanged | undefined): AsyncGenerator<Travelling> {
  const { grouping } = source
  const found = each(source.read(after, exchanged))
  if (!grouping) {
    for await (const one of found) yield { record: one.record, found: [one], bytes: Buffer.byteLength(JSON.stringify(one.record)) }
    return
  }
  for await (const { items, bytes } of groupItems(found, grouping)) yield { record: items.map(({ record }) => record), found: items, bytes }
}

async function* each(batches: AsyncIterable<readonly FoundDocument[]>): AsyncGenerator<FoundDocument> {
  for await (const batch of batches) yield* batch
}

/** A record that could not be marked is exported again next time, so a failure here fails the run and is seen. */
async function marking(mark: NonNullable<DocumentSource['mark']>, found: readonly FoundDocument[]): Promise<void> {
  await mark(found).catch((error: unknown) => {
    if (!(error instanceof StepFailure)) throw error
    throw new StepFailure({ ...error.failure, message: `A record could not be marked as exported: ${error.failure.message}` })
  })
}

/** One outcome a record. Every failure of a lookup is its record's own: another record may well find something. */
async function runLookups(source: Source, records: readonly FlowRecord[], told?: Told): Promise<Outcome[]> {
  const { doc, lane, grouping } = source
  const lookUp = async (record: FlowRecord, index: number): Promise<readonly FlowRecord[]> => {
    const means = {
      ...(told?.exchanged && { exchanged: (exchange: Exchange) => told.exchanged?.([index], exchange) }),
      ...(told && { yields: told.aheadUntil }),
    }
    const find = async (asking: FlowRecord): Promise<readonly FlowRecord[]> => {
      const found = await source.find(asking, means)
      told?.received(Buffer.byteLength(JSON.stringify(found)))
      return grouping ? groupRecords(found, grouping) : found
    }
    const children = listChildren(doc, record)
    if (!children) return find(record)
    return (await mapInLane(createLane(lane.level), children, (child) => find(toChildRecord(child, record)))).flat()
  }
  return lookUpEach(lane, records, lookUp, told)
}

/** Of what a lookup finds for one record. Throws `StepFailure`. */
export function checkFound(bytes: number): void {
  if (bytes > maxPageBytes)
    throw new StepFailure({
      source: 'lookup',
      code: 'lookup_too_large',
      message: `The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`,
    })
}
