/** How many records make a page, whatever brought them. */
import type { FlowRecord } from '../adaptor.ts'

/** integrator.io's default, and its limit for the data of one page, in bytes. */
export const defaultPageSize = 20
export const maxPageBytes = 5 * 1024 * 1024

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

/** Records as they come, in pages; the last one says so, and is empty where there are no records. One that was not measured takes no more than its source. */
export async function* splitIntoPages(
  records: AsyncIterable<FlowRecord>,
  pageSize: number,
  sourceBytes: number,
): AsyncGenerator<{ readonly records: readonly FlowRecord[]; readonly bytes: number; readonly isLast: boolean }> {
  const isMeasured = sourceBytes > maxPageBytes
  let page: FlowRecord[] = []
  let bytes = 0
  for await (const record of records) {
    const size = isMeasured ? Buffer.byteLength(JSON.stringify(record)) : 0
    if (page.length > 0 && (page.length >= pageSize || bytes + size > maxPageBytes)) {
      yield { records: page, bytes: isMeasured ? bytes : sourceBytes, isLast: false }
      page = []
      bytes = 0
    }
    page.push(record)
    bytes += size
  }
  yield { records: page, bytes: isMeasured ? bytes : sourceBytes, isLast: true }
}
