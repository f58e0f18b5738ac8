/**
 * Sorts all records of what was read, in turns, so that nobody else waits for it: in memory up to a bound, beyond it in runs that wait on the disk and are
 * merged. What is not there goes first, then numbers by their value, then all else as text.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isExact } from '../../domain/limits/exact-number.ts'
import type { FlowRecord } from '../adaptor.ts'
import { isEmpty, toText } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'
import type { Batch } from './batch.ts'
import { UnreadableContent } from './format.ts'
import { merge, type Compare, type Key, type Keyed, type SortedRun } from './merge-runs.ts'
import { spill, type Spilled } from './spill.ts'
import { maxFaults } from './page-bounds.ts'
import type { RowFault } from './structured/work.ts'

export interface SortField {
  /** Path in the record. */
  readonly field: string
  readonly descending: boolean
}

export interface SortBounds {
  /** Held in memory, as JSON and with what objects take besides. Bytes. */
  readonly held: number
  /** On the disk, as JSON: as much as what is packed may become. Bytes. */
  readonly spilled: number
  /** Of runs that are merged, for the records of each that are read ahead, as JSON: they take some ten times as much as objects. Bytes. */
  readonly merged: number
}

const bounds: SortBounds = { held: 32 * 1024 * 1024, spilled: 10 * 1024 ** 3, merged: 4 * 1024 * 1024 }
/** What a small record takes as an object besides its text. Bytes. */
const perObject = 200
/** Sorted in one go: 5 to 10 ms. Records. */
const perTurn = 5_000
/** Runs that are merged at once: at the least, and read ahead of each at the least. Bytes. */
const fewestMerged = 8
const leastAhead = 32 * 1024

type Field = { readonly field?: string; readonly descending?: boolean }
type ToKeyed = (record: FlowRecord, size: number) => Keyed

export const readSortFields = (fields: readonly Field[] | undefined): readonly SortField[] =>
  (fields ?? []).flatMap(({ field, descending = false }) => (field ? [{ field, descending }] : []))

/** Records that agree keep their order. What was wrong with others is told with the first. Throws `UnreadableContent`. */
export async function* sortRecords(
  batches: AsyncIterable<Batch>,
  fields: readonly SortField[],
  { held: mostHeld, ...mostOnDisk }: SortBounds = bounds,
): AsyncGenerator<Batch> {
  const [compare, toKeyed] = [compareBy(fields), keyedBy(fields)]
  const disk = new RunsOnDisk(compare, toKeyed, mostOnDisk)
  const faults: RowFault[] = []
  let chunks: Keyed[][] = []
  let open: Keyed[] = []
  let held = 0
  const close = async (): Promise<void> => {
    if (open.length > 0) chunks.push(open.sort(compare))
    open = []
    await nextTurn()
  }
  try {
    for await (const { records, sizes, faults: more = [] } of batches) {
      faults.push(...more.slice(0, maxFaults - faults.length))
      for (const [i, record] of records.entries()) {
        const keyed = toKeyed(record, sizes[i] as number)
        open.push(keyed)
        held += keyed.size + perObject
        if (open.length === perTurn || held > mostHeld) await close()
        if (held <= mostHeld) continue
        await disk.add(merge(inMemory(chunks), compare))
        chunks = []
        held = 0
      }
    }
    await close()
    yield { records: [], sizes: [], faults }
    for await (const some of merge([...disk.runs(), ...inMemory(chunks)], compare)) yield toBatch(some)
  } finally {
    await disk.close()
  }
}

const toBatch = (some: readonly Keyed[]): Batch => ({ records: some.map(({ record }) => record), sizes: some.map(({ size }) => size) })

/** As many runs as can be merged at once become one, and as many of these another one: however many there are, few are open. */
class RunsOnDisk {
  readonly #compare: Compare
  readonly #toKeyed: ToKeyed
  readonly #bounds: Omit<SortBounds, 'held'>
  /** By how often their records were merged. */
  readonly #levels: Spilled[][] = []
  #bytes = 0

  constructor(compare: Compare, toKeyed: ToKeyed, most: Omit<SortBounds, 'held'>) {
    this.#compare = compare
    this.#toKeyed = toKeyed
    this.#bounds = most
  }

  /** After those that are there. Throws `UnreadableContent`. */
  async add(sorted: AsyncIterable<readonly Keyed[]>): Promise<void> {
    const run = await this.#put(0, sorted)
    this.#bytes += run.bytes
    const { spilled } = this.#bounds
    if (this.#bytes > spilled)
      throw new UnreadableContent('content_too_large', `has more than ${spilled / 1024 ** 3} GB, and no more than that is sorted.`)
    for (const [level, runs] of this.#levels.entries()) {
      if (runs.length < this.#mostMerged()) continue
      await this.#put(level + 1, merge(this.#read(runs), this.#compare))
      await closeAll(runs.splice(0))
    }
  }

  /** In the order in which they came. */
  runs(): SortedRun[] {
    return this.#read(this.#levels.toReversed().flat())
  }

  async close(): Promise<void> {
    await closeAll(this.#levels.splice(0).flat())
  }

  async #put(level: number, sorted: AsyncIterable<readonly Keyed[]>): Promise<Spilled> {
    const run = await spill(recordsOf(sorted))
    const runs = (this.#levels[level] ??= [])
    runs.push(run)
    return run
  }

  /** Of each the longest record may be in memory. */
  #mostMerged(): number {
    const longest = Math.max(leastAhead, ...this.#levels.flat().map((run) => run.longest))
    return Math.max(fewestMerged, Math.floor(this.#bounds.merged / longest))
  }

  #read(runs: readonly Spilled[]): SortedRun[] {
    const ahead = Math.max(leastAhead, Math.floor(this.#bounds.merged / runs.length))
    return runs.map((run) => keyedRun(run, ahead, this.#toKeyed))
  }
}

async function closeAll(runs: readonly Spilled[]): Promise<void> {
  for (const run of runs) await run.close()
}

function compareBy(fields: readonly SortField[]): Compare {
  return (a, b) => {
    for (let i = 0; i < fields.length; i++) {
      const order = compareKeys(a.keys[i], b.keys[i])
      if (order !== 0) return fields[i]?.descending ? -order : order
    }
    return 0
  }
}

const keyedBy =
  (fields: readonly SortField[]): ToKeyed =>
  (record, size) => ({ record, keys: fields.map(({ field }) => toKey(valueAt(record, field))), size })

const inMemory = (chunks: readonly (readonly Keyed[])[]): SortedRun[] => chunks.map((chunk) => [chunk])

async function* keyedRun(run: Spilled, ahead: number, toKeyed: ToKeyed): AsyncGenerator<readonly Keyed[]> {
  for await (const { records, sizes } of run.read(ahead)) yield records.map((record, i) => toKeyed(record, sizes[i] as number))
}

async function* recordsOf(merged: AsyncIterable<readonly Keyed[]>): AsyncGenerator<readonly FlowRecord[]> {
  for await (const some of merged) yield some.map(({ record }) => record)
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
