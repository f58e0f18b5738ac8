/**
 * Sorts all records of what was read: in memory, so within a bound, and in turns, so that nobody else waits for it. What is not there goes first, then numbers by
 * their value, then all else as text.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
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
/** Sorted or merged in one go: 5 to 10 ms. Records. */
const perTurn = 5_000

type Field = { readonly field?: string; readonly descending?: boolean }
type Key = undefined | number | string
type Keyed = { readonly record: FlowRecord; readonly keys: readonly Key[] }
type Compare = (a: Keyed, b: Keyed) => number

export const readSortFields = (fields: readonly Field[] | undefined): readonly SortField[] =>
  (fields ?? []).flatMap(({ field, descending = false }) => (field ? [{ field, descending }] : []))

/** Throws `UnreadableContent` of so many bytes. */
export function mustBeSortable(bytes: number): void {
  if (bytes > maxSorted)
    throw new UnreadableContent('content_too_large', `has more than ${maxSorted / 1024 / 1024} MB, and no more than that is sorted.`)
}

/** Records that agree keep their order. Throws `UnreadableContent`. */
export async function* sortRecords(
  records: AsyncIterable<FlowRecord>,
  fields: readonly SortField[],
  sourceBytes: number,
): AsyncGenerator<FlowRecord> {
  mustBeSortable(sourceBytes)
  const compare: Compare = (a, b) => {
    for (const [i, { descending }] of fields.entries()) {
      const order = compareKeys(a.keys[i], b.keys[i])
      if (order !== 0) return descending ? -order : order
    }
    return 0
  }
  let open: Keyed[] = []
  let runs: Keyed[][] = []
  const close = async (): Promise<void> => {
    runs.push(open.sort(compare))
    open = []
    await nextTurn()
  }
  for await (const record of records) {
    open.push({ record, keys: fields.map(({ field }) => toKey(valueAt(record, field))) })
    if (open.length === perTurn) await close()
  }
  await close()
  while (runs.length > 1) runs = await mergePairs(runs, compare)
  for (const { record } of runs[0] ?? []) yield record
}

async function mergePairs(runs: readonly Keyed[][], compare: Compare): Promise<Keyed[][]> {
  const merged: Keyed[][] = []
  for (let i = 0; i < runs.length; i += 2) merged.push(await mergeTwo(runs[i] ?? [], runs[i + 1] ?? [], compare))
  return merged
}

async function mergeTwo(first: readonly Keyed[], second: readonly Keyed[], compare: Compare): Promise<Keyed[]> {
  const merged: Keyed[] = []
  let [a, b] = [0, 0]
  while (a < first.length || b < second.length) {
    const [one, other] = [first[a], second[b]]
    const takesFirst = one !== undefined && (other === undefined || compare(one, other) <= 0)
    merged.push((takesFirst ? one : other) as Keyed)
    if (takesFirst) a++
    else b++
    if (merged.length % perTurn === 0) await nextTurn()
  }
  return merged
}

function toKey(value: unknown): Key {
  if (isEmpty(value)) return undefined
  if (isExact(value)) return Number(value.digits)
  return typeof value === 'number' ? value : toText(value)
}

const rankOf = (key: Key): number => (key === undefined ? 0 : typeof key === 'number' ? 1 : 2)

function compareKeys(a: Key, b: Key): number {
  const order = rankOf(a) - rankOf(b)
  if (order !== 0 || a === undefined || b === undefined) return order
  return a < b ? -1 : a > b ? 1 : 0
}
