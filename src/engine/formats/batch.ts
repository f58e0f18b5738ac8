/** Records that are handed on together, as they come out of a part of what is read: a turn of an asynchronous iteration takes as long as reading a small one. */
import type { FlowRecord } from '../adaptor.ts'
import { maxPageBytes } from './page-bounds.ts'
import type { RowFault } from './structured/work.ts'

export interface Batch {
  /** In their order. */
  readonly records: readonly FlowRecord[]
  /** What each of them takes as JSON, as it was measured when it was read. Bytes. */
  readonly sizes: readonly number[]
  /** What was wrong with records that were left out, before the first of these. */
  readonly faults?: readonly RowFault[] | undefined
}

/** What a record takes as JSON, where what it was read from does not tell. Bytes. */
export const measureRecord = (record: FlowRecord): number => Buffer.byteLength(JSON.stringify(record))

/** What a character of the text takes: 1 where all are of ASCII, as in most. Bytes. */
export const bytesOfCharacter = (text: string): number => (text === '' ? 1 : Buffer.byteLength(text) / text.length)

/** Of records that are there already. */
const perBatch = 500

/** Records that were read from so many bytes. They are only measured where these are more than a page may have: otherwise each has its share of them. */
export function* inBatches(records: readonly FlowRecord[], bytes: number): Generator<Batch> {
  const share = bytes <= maxPageBytes ? Math.ceil(bytes / Math.max(1, records.length)) : undefined
  for (let from = 0; from < records.length; from += perBatch) {
    const some = records.slice(from, from + perBatch)
    yield { records: some, sizes: some.map((record) => share ?? measureRecord(record)) }
  }
}

/** Without the first records, and without what was wrong before them: it was told with them. */
export async function* skipRecords(batches: AsyncIterable<Batch>, count: number): AsyncGenerator<Batch> {
  let left = count
  for await (const batch of batches) {
    const { records, sizes } = batch
    if (left === 0) yield batch
    else if (left < records.length) yield { records: records.slice(left), sizes: sizes.slice(left) }
    left = Math.max(0, left - records.length)
  }
}
