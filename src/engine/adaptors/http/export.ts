/**
 * HTTPExport: fetches records over HTTP, page by page, and answers lookups. Every page carries the way to the one after it, so that a run
 * that was cut off goes on there: the request is made again and what had been handed on of its answer is skipped.
 */
import type { Cursor, FieldOf, Page, SourceAdaptor, SourceStep, Watching } from '../../adaptor.ts'
import type { Exchange } from '../../exchange.ts'
import { oncePerStep } from '../once-per-step.ts'
import type { HttpPorts } from './connection-client.ts'
import { runLookups } from './export/lookup.ts'
import { defaultPageSize } from '../../formats/page-bounds.ts'
import { measurePage } from '../../formats/split-pages.ts'
import { groupedPages } from './export/grouped-pages.ts'
import { largestBody } from '../../outgoing/client.ts'
import { acknowledging, createMarker, placeOf, printOf } from './export/mark-exported.ts'
import { firstState, nextState, type PagingState } from './export/paging.ts'
import { fetchReply, type Source } from './export/source.ts'
import { filePages } from './export/file-pages.ts'
import { asyncPages } from './export/async-pages.ts'
import { createAsyncSource } from './async-helper.ts'

/** `offset` records of the answer to `state` have been handed on; `index` and `emitted` count pages and records of the run. */
interface Position {
  readonly state: PagingState
  readonly offset: number
  readonly index: number
  readonly emitted: number
  /** Of an export that marks its records: which one is the next. */
  readonly print?: string
}

export function httpExport(ports: HttpPorts, fieldOf: FieldOf): SourceAdaptor {
  const source = oncePerStep((step: SourceStep) => prepare(ports, step))
  return {
    adaptorType: 'HTTPExport',
    fieldOf,
    ready: async (step) => void (await source(step)),
    pages: (step, from, watching) => pages(source(step), step, from, watching),
    lookup: async (step, records, told) => runLookups(await source(step), step.doc, records, told),
  }
}

async function prepare(ports: HttpPorts, step: SourceStep): Promise<Source> {
  const source = await createAsyncSource(ports, step)
  const marking: Source = step.doc.type === 'once' ? { ...source, mark: createMarker(source) } : source
  await source.client.compiled()
  return marking
}

async function* pages(
  preparing: Promise<Source>,
  step: SourceStep,
  from: Cursor | undefined,
  watching: Watching | undefined,
): AsyncGenerator<Page> {
  const source = await preparing
  const { helper } = source
  yield* helper ? asyncPages(source, helper, step, from, watching, pagesOf) : pagesOf(source, step, from, watching)
}

async function* pagesOf(
  source: Source,
  { doc, run }: SourceStep,
  from: Cursor | undefined,
  watching: Watching | undefined,
): AsyncGenerator<Page> {
  const exchanged = watching?.exchanged && ((exchange: Exchange) => watching.exchanged?.([], exchange))
  const { grouping, file } = source
  if (file && !source.mark) return yield* filePages(source, file, { doc }, from, exchanged)
  if (grouping) return yield* groupedPages(source, { doc, run }, grouping, from, exchanged)
  const pageSize = Math.max(1, doc.pageSize ?? defaultPageSize)
  const limit = doc.type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY
  const marks = source.mark && !run.testMode ? acknowledging(source.mark) : undefined
  let at = from ? (from as unknown as Position) : { state: firstState(source.paging), offset: 0, index: 0, emitted: 0 }
  while (at.emitted < limit) {
    await marks?.allDone()
    const request = await source.request(at.state)
    const reply = request && (await fetchReply(source, at.state, { ...request, maxBody: largestBody }, exchanged))
    if (!reply) return
    const behind = nextState(source.paging, at.state, reply, source.needs)
    const records = reply.records as Page['records']
    if (marks && at.print !== undefined) at = { ...at, offset: placeOf(records, at.print) }
    while (at.offset < records.length && at.emitted < limit) {
      const { length: most, bytes } = measurePage(records, at.offset, pageSize, reply.bytes)
      const length = Math.min(most, limit - at.emitted)
      const page = records.slice(at.offset, at.offset + length)
      const { index } = at
      const offset = at.offset + length
      const print = marks && offset < records.length ? printOf(records[offset]) : undefined
      at = { state: at.state, offset, index: index + 1, emitted: at.emitted + length, ...(print && { print }) }
      const next = at.offset < records.length ? at : behind && { ...at, state: behind, offset: 0 }
      const goesOn = next !== undefined && at.emitted < limit
      yield { index, records: page, bytes, ...(goesOn && { next: next as unknown as Cursor }), ...(marks && { ack: marks.ackOf(page) }) }
    }
    if (!behind) return
    at = { state: behind, offset: 0, index: at.index, emitted: at.emitted }
  }
}
