/**
 * Sorts all records of what was read, in turns, so that nobody else waits for it: in memory up to a bound, beyond it in runs that wait on the disk and are
 * merged. What is not there goes first, then numbers by their value, then all else as text.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isExact } from '../../domain/limits/exact-number.ts'
import type { FlowRecord } from '../adaptor.ts'
import { isEmpty, toText } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'
import { UnreadableContent } from './format.ts'
import { spill, type Spilled } from './spill.ts'

export interface SortField {
  /** Path in the record. */
  readonly field: string
  readonly descending: boolean
}

export interface SortBounds {
  /** Held in memory, as JSON: they take some 100 MB as records. Bytes. */
  readonly held: number
  /** On the disk, as JSON: as much as what is packed may become. Bytes. */
  readonly spilled: number
}

const bounds: SortBounds = { held: 16 * 1024 * 1024, spilled: 10 * 1024 ** 3 }
/** Sorted or merged in one go: 5 to 10 ms. Records. */
const perTurn = 5_000

type Field = { readonly field?: string; readonly descending?: boolean }
type Key = undefined | number | string
type Keyed = { readonly record: FlowRecord; readonly keys: readonly Key[] }
type Compare = (a: Keyed, b: Keyed) => number
/** In its own order, some at a time. */
type SortedRun = Iterable<readonly Keyed[]> | AsyncIterable<readonly Keyed[]>

export const readSortFields = (fields: readonly Field[] | undefined): readonly SortField[] =>
  (fields ?? []).flatMap(({ field, descending = false }) => (field ? [{ field, descending }] : []))

/** Records that agree keep their order. Throws `UnreadableContent`. */
export async function* sortRecords(
  records: AsyncIterable<FlowRecord>,
  fields: readonly SortField[],
  { held: mostHeld, spilled: mostSpilled }: SortBounds = bounds,
): AsyncGenerator<FlowRecord> {
  const [compare, toKeyed] = [compareBy(fields), keyedBy(fields)]
  const onDisk: Spilled[] = []
  let chunks: Keyed[][] = []
  let open: Keyed[] = []
  let held = 0
  const close = async (): Promise<void> => {
    if (open.length > 0) chunks.push(open.sort(compare))
    open = []
    await nextTurn()
  }
  const spillHeld = async (): Promise<void> => {
    await close()
    onDisk.push(await spill(recordsOf(merge(inMemory(chunks), compare))))
    chunks = []
    held = 0
    if (onDisk.reduce((sum, { bytes }) => sum + bytes, 0) > mostSpilled)
      throw new UnreadableContent('content_too_large', `has more than ${mostSpilled / 1024 ** 3} GB, and no more than that is sorted.`)
  }
  try {
    for await (const record of records) {
      open.push(toKeyed(record))
      held += JSON.stringify(record).length
      if (held > mostHeld) await spillHeld()
      else if (open.length === perTurn) await close()
    }
    await close()
    const runs = [...onDisk.map((run) => keyedRun(run, toKeyed)), ...inMemory(chunks)]
    for await (const some of recordsOf(merge(runs, compare))) yield* some
  } finally {
    for (const run of onDisk) await run.close()
  }
}

function compareBy(fields: readonly SortField[]): Compare {
  return (a, b) => {
    for (const [i, { descending }] of fields.entries()) {
      const order = compareKeys(a.keys[i], b.keys[i])
      if (order !== 0) return descending ? -order : order
    }
    return 0
  }
}

const keyedBy =
  (fields: readonly SortField[]) =>
  (record: FlowRecord): Keyed => ({ record, keys: fields.map(({ field }) => toKey(valueAt(record, field))) })

const inMemory = (chunks: readonly (readonly Keyed[])[]): SortedRun[] => chunks.map((chunk) => [chunk])

async function* keyedRun(run: Spilled, toKeyed: (record: FlowRecord) => Keyed): AsyncGenerator<readonly Keyed[]> {
  for await (const some of run.read()) yield some.map(toKeyed)
}

async function* recordsOf(merged: AsyncIterable<readonly Keyed[]>): AsyncGenerator<readonly FlowRecord[]> {
  for await (const some of merged) yield some.map(({ record }) => record)
}

/** Where one run stands. */
interface Head {
  readonly place: number
  readonly source: Iterator<readonly Keyed[]> | AsyncIterator<readonly Keyed[]>
  some: readonly Keyed[]
  at: number
}

/** The least of all runs first; of those that agree, the one of the earlier run. */
async function* merge(runs: readonly SortedRun[], compare: Compare): AsyncGenerator<readonly Keyed[]> {
  const heads: Head[] = []
  for (const [place, run] of runs.entries()) {
    const head: Head = {
      place,
      source: Symbol.asyncIterator in run ? run[Symbol.asyncIterator]() : run[Symbol.iterator](),
      some: [],
      at: 0,
    }
    if (await refill(head)) heads.push(head)
  }
  const isBefore = (a: Head, b: Head): boolean => {
    const order = compare(a.some[a.at] as Keyed, b.some[b.at] as Keyed)
    return order < 0 || (order === 0 && a.place < b.place)
  }
  for (let from = Math.floor(heads.length / 2) - 1; from >= 0; from--) sink(heads, from, isBefore)
  let merged: Keyed[] = []
  while (heads.length > 0) {
    const head = heads[0] as Head
    merged.push(head.some[head.at++] as Keyed)
    if (head.at === head.some.length && !(await refill(head))) {
      const last = heads.pop() as Head
      if (last !== head) heads[0] = last
    }
    sink(heads, 0, isBefore)
    if (merged.length < perTurn) continue
    yield merged
    merged = []
    await nextTurn()
  }
  if (merged.length > 0) yield merged
}

async function refill(head: Head): Promise<boolean> {
  for (;;) {
    const next = await head.source.next()
    if (next.done) return false
    if (next.value.length === 0) continue
    head.some = next.value
    head.at = 0
    return true
  }
}

/** Puts one of a heap in its place. */
function sink(heads: Head[], from: number, isBefore: (a: Head, b: Head) => boolean): void {
  for (let at = from; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    let least = at
    if (left < heads.length && isBefore(heads[left] as Head, heads[least] as Head)) least = left
    if (right < heads.length && isBefore(heads[right] as Head, heads[least] as Head)) least = right
    if (least === at) return
    const head = heads[at] as Head
    heads[at] = heads[least] as Head
    heads[least] = head
    at = least
  }
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
