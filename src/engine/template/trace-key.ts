/** The key under which people and errors find a record again: as the template says, or a field that looks like an id, or a hash of the record. */
import { isExact } from '../../domain/limits/exact-number.ts'
import { createHash } from 'node:crypto'
import { type ErrorSource, type FlowRecord, StepFailure } from '../adaptor.ts'
import { isEmpty, isPlainObject, toText } from '../values/plain-value.ts'
import { compileTemplate, isTemplate, TemplateError } from './template.ts'

/** Characters of a key: it is an indexed column, and an id. */
const maxKey = 512

/** In the order they are tried, compared without case and without `_`, `-` and spaces. */
const idNames = [
  'id',
  'uuid',
  'guid',
  'internalid',
  'externalid',
  'recordid',
  'key',
  'uniqueid',
  'number',
  'orderid',
  'customerid',
  'itemid',
  'sku',
  'email',
]

export type TraceKeyOf = (record: FlowRecord, surroundings?: Readonly<Record<string, unknown>>) => string

/** Throws `StepFailure` where the template cannot be read. A template that fails or is empty for a record leaves the default. */
export function compileTraceKey(template: string | undefined, source: ErrorSource = 'internal'): TraceKeyOf {
  if (!template) return defaultKey
  if (!isTemplate(template))
    throw new StepFailure({
      source,
      code: 'invalid_trace_key',
      message: `The trace key template "${template}" has no field in it, so all records would have the same key.`,
    })
  const compiled = compiling(template, source)
  return (record, surroundings) => {
    const key = rendered(() =>
      compiled.render(
        { ...surroundings, ...(isPlainObject(record) ? record : undefined), record: Array.isArray(record) ? (record[0] ?? {}) : record },
        'raw',
      ),
    ).trim()
    return key === '' ? defaultKey(record) : key.slice(0, maxKey)
  }
}

/** The first id-like field of the record, or of its first row; else a hash that stays the same however the fields are ordered. */
export const defaultKey = (record: FlowRecord): string =>
  findId(record) ?? createHash('sha256').update(canonical(record)).digest('hex').slice(0, 32)

/** The first id-like field of the record, or of its first row, that says something. */
export function findId(record: FlowRecord): string | undefined {
  const row: unknown = Array.isArray(record) ? record[0] : record
  if (!isPlainObject(row)) return undefined
  const names: (string | undefined)[] = []
  for (const name in row) {
    const place = placeOf(name)
    if (place >= 0 && Object.hasOwn(row, name)) names[place] = name
  }
  for (const name of names) {
    const value = name === undefined ? undefined : row[name]
    if (!isEmpty(value) && (typeof value !== 'object' || isExact(value))) return toText(value).slice(0, maxKey)
  }
  return undefined
}

/** Names of fields that are known not to be, or to be, ids: the same come in every record. */
const maxNames = 10_000
const places = new Map<string, number>()

/** Where it stands among the names of ids; -1 where it is none of them. */
function placeOf(name: string): number {
  const known = places.get(name)
  if (known !== undefined) return known
  const place = idNames.indexOf(name.toLowerCase().replace(/[_\-\s]/g, ''))
  if (places.size >= maxNames) places.clear()
  places.set(name, place)
  return place
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, below: unknown) =>
    isPlainObject(below) ? Object.fromEntries(Object.entries(below).toSorted(([a], [b]) => (a < b ? -1 : 1))) : below,
  )

function compiling(template: string, source: ErrorSource) {
  try {
    return compileTemplate(template)
  } catch (error) {
    if (error instanceof TemplateError)
      throw new StepFailure({ source, code: 'invalid_trace_key', message: `The trace key template: ${error.message}` })
    throw error
  }
}

function rendered(act: () => string): string {
  try {
    return act()
  } catch (error) {
    if (error instanceof TemplateError) return ''
    throw error
  }
}
