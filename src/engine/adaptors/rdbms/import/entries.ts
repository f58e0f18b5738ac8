/** The arrays of an import into a database, index by index: what is done with its records, and how often. */
import type { ImportDoc } from '../../../adaptor.ts'
import { stepFailure } from '../client.ts'

export type DatabaseImport = NonNullable<ImportDoc['rdbms']>

export type Entry =
  /** `only` the records that are new, or those that are there, where the import tells them apart. */
  | { readonly kind: 'per_record'; readonly query: string; readonly only?: 'create' | 'update' }
  | { readonly kind: 'per_page' | 'first_page'; readonly query: string }
  | { readonly kind: 'bulk_insert'; readonly tableName: string; readonly batchSize: number }
  | { readonly kind: 'bulk_load'; readonly tableName: string; readonly primaryKeys: readonly string[]; readonly query: string | undefined }

/** Rows that are written together at the most; a page has no more. */
const largestBatch = 10_000

const bulk = new Set<string>(['bulk_insert', 'bulk_load'])

/** Throws `StepFailure` where it says too little. */
export function readEntries({ queryType, query = [], bulkInsert, bulkLoad }: DatabaseImport): readonly Entry[] {
  const kinds = queryType ?? []
  if (kinds.length === 0)
    throw stepFailure('configuration_missing', 'The import does not say what is done with its records (rdbms.queryType).')
  const overrides = bulkLoad?.overrideMergeQuery ?? false
  const needs = (kind: string): boolean => !bulk.has(kind) || (kind === 'bulk_load' && overrides)
  // Those that need none may be left out.
  const isZipped = query.length === kinds.length
  const left = query.filter((text) => text.trim() !== '').values()
  const isComposite = kinds.includes('INSERT') && kinds.includes('UPDATE')
  return kinds.map((kind, i): Entry => {
    const text = needs(kind) ? (isZipped ? query[i] : left.next().value) : undefined
    if (needs(kind) && !text?.trim())
      throw stepFailure('configuration_missing', `The import has no statement for its queryType ${kind} (rdbms.query).`)
    if (kind === 'bulk_insert')
      return { kind, tableName: tableOf(bulkInsert?.tableName, 'bulkInsert'), batchSize: readBatchSize(bulkInsert?.batchSize) }
    if (kind === 'bulk_load')
      return { kind, tableName: tableOf(bulkLoad?.tableName, 'bulkLoad'), primaryKeys: bulkLoad?.primaryKeys ?? [], query: text }
    if (kind === 'per_page' || kind === 'first_page') return { kind, query: text ?? '' }
    const only = isComposite && kind !== 'per_record' ? ({ INSERT: 'create', UPDATE: 'update' } as const)[kind] : undefined
    return { kind: 'per_record', query: text ?? '', ...(only && { only }) }
  })
}

function tableOf(name: string | undefined, block: string): string {
  if (name?.trim()) return name.trim()
  throw stepFailure('configuration_missing', `The import names no table (rdbms.${block}.tableName).`)
}

function readBatchSize(text: string | undefined): number {
  if (!text?.trim()) return largestBatch
  const size = Number(text)
  if (Number.isInteger(size) && size > 0 && size <= largestBatch) return size
  throw stepFailure('invalid_batch_size', `rdbms.bulkInsert.batchSize is a number of rows, from 1 to ${largestBatch.toLocaleString('en')}.`)
}
