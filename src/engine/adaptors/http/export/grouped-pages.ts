/**
 * The pages of an export whose records travel in groups. A group may begin in one answer and end in the next, so a page ends where the next group begins, and
 * that is where a run that was cut off goes on: the request is made again, and what had been handed on of its answer is skipped.
 */
import type { Cursor, FlowRecord, Page, SourceStep } from '../../../adaptor.ts'
import type { Exchange } from '../../../exchange.ts'
import { groupItems, type Group, type Grouping } from '../../../formats/group-records.ts'
import { defaultPageSize, maxPageBytes } from '../../../formats/page-bounds.ts'
import { acknowledging, placeOf, printOf, type Marks } from './mark-exported.ts'
import { firstState, nextState, type PagingState } from './paging.ts'
import { fetchReply, type Source } from './source.ts'

/** Where a record stands: the request that its answer came to, and its place in that. */
interface At {
  readonly state: PagingState
  readonly offset: number
  /** Of an export that marks its records: which one it is. */
  readonly print?: string
}

interface Item extends At {
  readonly record: FlowRecord
  /** Of the last record of an answer: where the next request begins, where there is one. */
  readonly isLast: boolean
  readonly next: At | undefined
}

/** Groups and pages of the run so far; `emitted` counts groups. */
interface Position extends At {
  readonly index: number
  readonly emitted: number
}

export async function* groupedPages(
  source: Source,
  { doc, run }: SourceStep,
  grouping: Grouping,
  from: Cursor | undefined,
  exchanged?: (exchange: Exchange) => void,
): AsyncGenerator<Page> {
  const pageSize = Math.max(1, doc.pageSize ?? defaultPageSize)
  const limit = doc.type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY
  const marks = source.mark && !run.testMode ? acknowledging(source.mark) : undefined
  let { index, emitted, ...at } = from
    ? (from as unknown as Position)
    : { state: firstState(source.paging), offset: 0, index: 0, emitted: 0 }
  // Before the next request of an export that marks its records all that it gave is marked: no group goes on in the next answer.
  const groups = groupItems(itemsOf(source, at, marks, exchanged), grouping, ({ isLast }) => isLast && marks !== undefined)
  let page: Group<Item>[] = []
  let bytes = 0
  const close = (next: At | undefined): Page => {
    const records = page.map(({ items }) => items.map(({ record }) => record))
    emitted += records.length
    const goesOn = next !== undefined && emitted < limit
    const made = { index: index++, records, bytes, ...(marks && { ack: marks.ackOf(records.flat()) }) }
    page = []
    bytes = 0
    return goesOn ? { ...made, next: { ...next, index, emitted } as unknown as Cursor } : made
  }
  for await (const group of groups) {
    const [first, last] = [group.items[0] as Item, group.items.at(-1) as Item]
    const isFull = page.length >= pageSize || bytes + group.bytes > maxPageBytes
    if (isFull && page.length > 0) yield close({ state: first.state, offset: first.offset, ...(marks && { print: printOf(first.record) }) })
    page.push(group)
    bytes += group.bytes
    if (emitted + page.length >= limit) return yield close(undefined)
    if (marks && last.isLast) yield close(last.next)
  }
  if (page.length > 0) yield close(undefined)
}

async function* itemsOf(
  source: Source,
  from: At,
  marks: Marks | undefined,
  exchanged?: (exchange: Exchange) => void,
): AsyncGenerator<Item> {
  let { state, offset, print } = from
  for (;;) {
    await marks?.allDone()
    const request = await source.request(state)
    const reply = request && (await fetchReply(source, state, request, exchanged))
    if (!reply) return
    const behind = nextState(source.paging, state, reply, source.needs)
    const records = reply.records as readonly FlowRecord[]
    if (marks && print !== undefined) offset = placeOf(records, print)
    print = undefined
    for (; offset < records.length; offset++) {
      const isLast = offset + 1 === records.length
      const next = isLast && behind ? { state: behind, offset: 0 } : undefined
      yield { record: records[offset] as FlowRecord, state, offset, isLast, next }
    }
    if (!behind) return
    state = behind
    offset = 0
  }
}
