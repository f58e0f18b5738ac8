/** Records that follow each other and agree in some fields travel together as one: a list of them. What does not follow each other is not looked for. */
import { StepFailure, type FlowRecord } from '../adaptor.ts'
import { isEmpty, toText } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'
import { measureRecord, type Batch } from './batch.ts'
import { maxFaults, maxPageBytes } from './page-bounds.ts'
import type { RowFault } from './structured/work.ts'

export interface Grouping {
  /** Paths in the record. */
  readonly fields: readonly string[]
  /** Records in which all of them are empty travel together, too; otherwise each of these by itself. */
  readonly joinsEmpty: boolean
}

/** Undefined where records travel by themselves. */
export function readGrouping(fields: readonly string[] | undefined, joinsEmpty = false): Grouping | undefined {
  const named = (fields ?? []).filter((field) => field !== '')
  return named.length > 0 ? { fields: named, joinsEmpty } : undefined
}

/** The same for records that belong together; undefined for one that belongs to no other. */
function keyOf(record: FlowRecord, { fields, joinsEmpty }: Grouping): string | undefined {
  const values = fields.map((field) => valueAt(record, field))
  if (!joinsEmpty && values.every(isEmpty)) return undefined
  return JSON.stringify(values.map((value) => (isEmpty(value) ? null : toText(value))))
}

interface Item {
  readonly record: FlowRecord
}

export interface Group<T> {
  readonly items: readonly T[]
  /** What its records take as JSON. */
  readonly bytes: number
}

/** Puts together what follows each other, a group as large as a page at the most. */
class Grouper<T extends Item> {
  readonly #grouping: Grouping
  #open: T[] = []
  #bytes = 0
  #key: string | undefined

  constructor(grouping: Grouping) {
    this.#grouping = grouping
  }

  /** Answers the group that ended before this item. `size` is what it takes as JSON, or near to it. Throws `StepFailure`. */
  add(item: T, size: number): Group<T> | undefined {
    const key = keyOf(item.record, this.#grouping)
    const ended = key === undefined || key !== this.#key ? this.end() : undefined
    this.#key = key
    this.#open.push(item)
    this.#bytes += size
    if (this.#bytes > maxPageBytes && this.#open.length > 1) this.#measure()
    return ended
  }

  end(): Group<T> | undefined {
    const ended = this.#open.length > 0 ? { items: this.#open, bytes: this.#bytes } : undefined
    this.#open = []
    this.#bytes = 0
    return ended
  }

  /** What is near to the bound may be below it. */
  #measure(): void {
    this.#bytes = this.#open.reduce((bytes, { record }) => bytes + measureRecord(record), 0)
    if (this.#bytes > maxPageBytes) throw tooLarge(this.#grouping)
  }
}

/** `endsAt` says of an item that the group ends with it, whatever follows. Throws `StepFailure`. */
export async function* groupItems<T extends Item>(
  items: AsyncIterable<T>,
  grouping: Grouping,
  endsAt: (item: T) => boolean = () => false,
): AsyncGenerator<Group<T>> {
  const grouper = new Grouper<T>(grouping)
  for await (const item of items) {
    const before = grouper.add(item, measureRecord(item.record))
    if (before) yield before
    const ended = endsAt(item) ? grouper.end() : undefined
    if (ended) yield ended
  }
  const last = grouper.end()
  if (last) yield last
}

/** Of records that are there already. Throws `StepFailure`. */
export function groupRecords(records: readonly FlowRecord[], grouping: Grouping): FlowRecord[] {
  const grouper = new Grouper(grouping)
  const groups = records.map((record) => grouper.add({ record }, measureRecord(record)))
  return [...groups, grouper.end()].flatMap((group) => (group ? [recordOf(group)] : []))
}

/** Of records as they come: each group is one of them. What was wrong before a record is told with its group. Throws `StepFailure`. */
export async function* groupBatches(batches: AsyncIterable<Batch>, grouping: Grouping): AsyncGenerator<Batch> {
  const grouper = new Grouper(grouping)
  let untold: RowFault[] = []
  for await (const { records, sizes, faults = [] } of batches) {
    untold.push(...faults.slice(0, maxFaults - untold.length))
    const ended = records.map((record, i) => grouper.add({ record }, sizes[i] as number))
    if (ended.length === 0) continue
    if (untold.length > 0) yield toBatch(ended.splice(0, 1))
    yield { ...toBatch(ended), faults: untold }
    untold = []
  }
  yield toBatch([grouper.end()])
  yield { ...toBatch([]), faults: untold }
}

function toBatch(ended: readonly (Group<Item> | undefined)[]): Batch {
  const groups = ended.filter((group) => group !== undefined)
  return { records: groups.map(recordOf), sizes: groups.map(({ bytes }) => bytes) }
}

const recordOf = ({ items }: Group<Item>): FlowRecord => items.map(({ record }) => record)

/** How many records stand in a page whose records travel in groups. */
export const countGrouped = (groups: readonly FlowRecord[]): number =>
  groups.reduce((count, group) => count + (group as readonly unknown[]).length, 0)

const tooLarge = ({ fields }: Grouping): StepFailure =>
  new StepFailure({
    source: 'internal',
    code: 'group_too_large',
    message: `The records that agree in ${fields.join(', ')} are more than ${maxPageBytes / 1024 / 1024} MB together: name a field that tells more of them apart.`,
  })
