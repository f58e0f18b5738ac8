/** Sorts all records of what was read: in memory, so within a bound. Numbers go by their value, all else as text, and what is not there goes first. */
import { isExact } from '../../domain/limits/exact-number.ts'
import type { FlowRecord } from '../adaptor.ts'
import { isEmpty, toText } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'
import { UnreadableContent } from './format.ts'

export interface SortField {
  /** Path in the record. */
  readonly field: string
  readonly descending: boolean
}

/** Of what is sorted, as it came: ten pages, which take some 300 MB as records. Bytes. */
const maxSorted = 50 * 1024 * 1024

type Field = { readonly field?: string; readonly descending?: boolean }

export const readSortFields = (fields: readonly Field[] | undefined): readonly SortField[] =>
  (fields ?? []).flatMap(({ field, descending = false }) => (field ? [{ field, descending }] : []))

/** Records that agree keep their order. Throws `UnreadableContent`. */
export async function* sortRecords(
  records: AsyncIterable<FlowRecord>,
  fields: readonly SortField[],
  sourceBytes: number,
): AsyncGenerator<FlowRecord> {
  if (sourceBytes > maxSorted)
    throw new UnreadableContent('content_too_large', `has more than ${maxSorted / 1024 / 1024} MB, and no more than that is sorted.`)
  const keyed: { readonly record: FlowRecord; readonly values: readonly unknown[] }[] = []
  for await (const record of records) keyed.push({ record, values: fields.map(({ field }) => valueAt(record, field)) })
  keyed.sort((a, b) => {
    for (const [i, { descending }] of fields.entries()) {
      const order = compare(a.values[i], b.values[i])
      if (order !== 0) return descending ? -order : order
    }
    return 0
  })
  for (const { record } of keyed) yield record
}

function compare(a: unknown, b: unknown): number {
  if (isEmpty(a) || isEmpty(b)) return Number(isEmpty(b)) - Number(isEmpty(a))
  const [first, second] = [toNumber(a), toNumber(b)]
  if (first !== undefined && second !== undefined && first !== second) return first - second
  const [one, other] = [toText(a), toText(b)]
  return one < other ? -1 : one > other ? 1 : 0
}

const toNumber = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : isExact(value) ? Number(value.digits) : undefined
