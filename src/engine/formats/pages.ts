/** How many records make a page, whatever brought them. */
import type { FlowRecord } from '../adaptor.ts'

/** integrator.io's default, and its limit for the data of one page, in bytes. */
export const defaultPageSize = 20
export const maxPageBytes = 5 * 1024 * 1024

/**
 * How many records from `offset` on make the next page: `pageSize`, or as many as stay below 5 MB, and always one. Records are only
 * measured when what they came in was larger than a page may be; all others cannot exceed it.
 */
export function pageLength(records: readonly FlowRecord[], offset: number, pageSize: number, sourceBytes: number): number {
  const most = Math.min(pageSize, records.length - offset)
  if (sourceBytes <= maxPageBytes) return most
  let bytes = 0
  for (let count = 0; count < most; count++) {
    bytes += Buffer.byteLength(JSON.stringify(records[offset + count]))
    if (bytes > maxPageBytes) return Math.max(count, 1)
  }
  return most
}

/** Records as they come, in pages; the last one says so, and is empty where there are no records. */
export async function* inPages(
  records: AsyncIterable<FlowRecord>,
  pageSize: number,
  sourceBytes: number,
): AsyncGenerator<{ readonly records: readonly FlowRecord[]; readonly isLast: boolean }> {
  let page: FlowRecord[] = []
  let bytes = 0
  for await (const record of records) {
    const size = sourceBytes > maxPageBytes ? Buffer.byteLength(JSON.stringify(record)) : 0
    if (page.length > 0 && (page.length >= pageSize || bytes + size > maxPageBytes)) {
      yield { records: page, isLast: false }
      page = []
      bytes = 0
    }
    page.push(record)
    bytes += size
  }
  yield { records: page, isLast: true }
}
