/** The names that templates find: `record` everywhere, and the older ones (`data`, `0`, the bare fields of a lookup's record) beside it. */
import type { FlowRecord } from '../adaptor.ts'
import { isPlainObject } from '../values/plain-value.ts'

/** `settings`, `connection`, `import`, `export`, `job`, `lookup`, `testMode`, `lastExportDateTime` and whatever else the step lets templates see. */
export interface Surroundings {
  readonly settings?: unknown
  readonly connection?: unknown
  readonly export?: unknown
  readonly [name: string]: unknown
}

/** An import's templates, and its mappings: one record, and the records that go with it in one request. */
export function importContext(record: FlowRecord, data: readonly unknown[], surroundings: Surroundings): Surroundings {
  return { ...surroundings, 0: record, record, data, ...findBatch(record) }
}

/** The records of one request of an import; in batches they are also the `batch_of_records` that `{{#each}}` goes through. */
export function requestContext(shared: Surroundings, records: readonly unknown[], batched: boolean): Surroundings {
  const context = importContext(records[0] as FlowRecord, records, shared)
  return batched ? { ...context, batch_of_records: records.map((record) => ({ record })) } : context
}

/** A lookup's templates. What surrounds the record wins over a field of the same name: `connection` must not come from data. */
export function lookupContext(record: FlowRecord, surroundings: Surroundings): Surroundings {
  return { ...(Array.isArray(record) ? undefined : record), data: record, ...surroundings, record, ...findBatch(record) }
}

/** A grouped record is a list of rows, each under `record`. */
export const findBatch = (record: unknown): Surroundings | undefined =>
  Array.isArray(record) ? { batch_of_records: record.map((row: unknown) => ({ record: row })) } : undefined

/** A child of a record: templates find its parent, and what is written as a whole leaves the parent out. */
export function withoutParent(record: unknown): unknown {
  if (!isPlainObject(record) || !Object.hasOwn(record, '_PARENT')) return record
  const { _PARENT, ...own } = record
  return Object.defineProperty(own, '_PARENT', { value: _PARENT, enumerable: false })
}
