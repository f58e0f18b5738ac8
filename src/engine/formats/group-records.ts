/** Records that follow each other and agree in some fields travel together as one: a list of them. What does not follow each other is not looked for. */
import { StepFailure, type FlowRecord } from '../adaptor.ts'
import { isEmpty, toText } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'
import { maxPageBytes } from './split-pages.ts'

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

/** A group may be as large as a page. `endsAt` says of an item that the group ends with it, whatever follows. Throws `StepFailure`. */
export async function* groupItems<T extends Item>(
  items: AsyncIterable<T>,
  grouping: Grouping,
  endsAt: (item: T) => boolean = () => false,
): AsyncGenerator<Group<T>> {
  let open: T[] = []
  let bytes = 0
  let key: string | undefined
  for await (const item of items) {
    const own = keyOf(item.record, grouping)
    if (open.length > 0 && (own === undefined || own !== key)) {
      yield { items: open, bytes }
      open = []
      bytes = 0
    }
    key = own
    bytes += Buffer.byteLength(JSON.stringify(item.record))
    if (bytes > maxPageBytes && open.length > 0) throw tooLarge(grouping)
    open.push(item)
    if (!endsAt(item)) continue
    yield { items: open, bytes }
    open = []
    bytes = 0
  }
  if (open.length > 0) yield { items: open, bytes }
}

export async function* groupRecords(
  records: AsyncIterable<FlowRecord> | Iterable<FlowRecord>,
  grouping: Grouping,
): AsyncGenerator<FlowRecord> {
  for await (const { items } of groupItems(wrapped(records), grouping)) yield items.map(({ record }) => record)
}

async function* wrapped(records: AsyncIterable<FlowRecord> | Iterable<FlowRecord>): AsyncGenerator<Item> {
  for await (const record of records) yield { record }
}

/** How many records stand in a page whose records travel in groups. */
export const countGrouped = (groups: readonly FlowRecord[]): number =>
  groups.reduce((count, group) => count + (group as readonly unknown[]).length, 0)

const tooLarge = ({ fields }: Grouping): StepFailure =>
  new StepFailure({
    source: 'internal',
    code: 'group_too_large',
    message: `The records that agree in ${fields.join(', ')} are more than ${maxPageBytes / 1024 / 1024} MB together: name a field that tells more of them apart.`,
  })
