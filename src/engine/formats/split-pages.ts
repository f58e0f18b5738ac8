/** How many records make a page, whatever brought them. */
import type { FlowRecord } from '../adaptor.ts'
import type { Batch } from './batch.ts'
import { maxFaults, maxPageBytes } from './page-bounds.ts'
import type { RowFault } from './structured/work.ts'

/**
 * How many records from `offset` on make the next page, `pageSize` or as many as stay below 5 MB, and always one; and how many bytes they take. Records are
 * only measured when what they came in was larger than a page may be; all others cannot exceed it, and have their share of it.
 */
export function measurePage(
  records: readonly FlowRecord[],
  offset: number,
  pageSize: number,
  sourceBytes: number,
): { readonly length: number; readonly bytes: number } {
  const most = Math.min(pageSize, records.length - offset)
  if (sourceBytes <= maxPageBytes) return { length: most, bytes: Math.ceil((sourceBytes * most) / Math.max(1, records.length)) }
  let bytes = 0
  for (let count = 0; count < most; count++) {
    const more = Buffer.byteLength(JSON.stringify(records[offset + count]))
    if (bytes + more > maxPageBytes && count > 0) return { length: count, bytes }
    bytes += more
  }
  return { length: most, bytes }
}

export interface RecordPage {
  readonly records: readonly FlowRecord[]
  readonly bytes: number
  /** What was wrong with records that were left out before one of these; of the last page also at the end. */
  readonly faults: readonly RowFault[]
  readonly isLast: boolean
}

/**
 * Records as they come, in pages; the last one says so, and is empty where there are no records. What was wrong before a record is told with it, so that a run
 * that goes on with that record tells it once.
 */
export async function* splitIntoPages(batches: AsyncIterable<Batch>, pageSize: number): AsyncGenerator<RecordPage> {
  let page: FlowRecord[] = []
  let bytes = 0
  let faults: RowFault[] = []
  let untold: RowFault[] = []
  const tell = (): void => {
    faults.push(...untold.slice(0, maxFaults - faults.length))
    untold = []
  }
  for await (const { records, sizes, faults: more = [] } of batches) {
    untold.push(...more.slice(0, maxFaults - untold.length))
    for (let from = 0; from < records.length;) {
      const to = endOfPage(sizes, from, pageSize - page.length, page.length === 0 ? undefined : maxPageBytes - bytes)
      if (to > from) tell()
      for (; from < to; from++) {
        page.push(records[from] as FlowRecord)
        bytes += sizes[from] as number
      }
      if (from === records.length) break
      yield { records: page, bytes, faults, isLast: false }
      page = []
      bytes = 0
      faults = []
    }
  }
  tell()
  yield { records: page, bytes, faults, isLast: true }
}

/** Where the records from one on have to end that come to a page: of one that is empty it takes the first in any case. */
function endOfPage(sizes: readonly number[], from: number, mostRecords: number, room: number | undefined): number {
  const last = Math.min(sizes.length, from + mostRecords)
  let bytes = 0
  for (let at = from; at < last; at++) {
    bytes += sizes[at] as number
    if (bytes > (room ?? maxPageBytes) && (at > from || room !== undefined)) return at
  }
  return last
}
