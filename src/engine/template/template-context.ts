/** The names that templates find: `record` everywhere, and the older ones (`data`, `0`, the bare fields of a lookup's record) beside it. */
import type { Failure, FlowRecord, Found } from '../adaptor.ts'
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

/**
 * The records of one request of an import; in batches they are also the `batch_of_records` that `{{#each}}` goes through. `lookups` is what lookups found about
 * each of them: outside of `{{#each}}` that about the first is meant.
 */
export function requestContext(
  shared: Surroundings,
  records: readonly unknown[],
  batched: boolean,
  lookups: readonly Surroundings[] = [],
): Surroundings {
  const context = { ...importContext(records[0] as FlowRecord, records, shared), ...lookups[0] }
  return batched ? { ...context, batch_of_records: records.map((record, i) => ({ record, ...lookups[i] })) } : context
}

/** `{{lookup.name}}` is what the lookup of that name found, and `recordLookupError` why one found nothing and its default stands there. */
export function toLookupContext(looked: Found | undefined): Surroundings {
  const entries = Object.entries(looked?.found ?? {})
  const missed = entries.flatMap(([, each]): readonly Failure[] => ('missed' in each && each.missed ? [each.missed] : []))[0]
  return {
    lookup: Object.fromEntries(entries.flatMap(([name, each]) => ('value' in each ? [[name, each.value]] : []))),
    recordLookupError: missed ? { code: missed.code, message: missed.message } : null,
  }
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
