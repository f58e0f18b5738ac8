/** The key under which people and errors find a record again: as the template says, or a field that looks like an id, or a hash of the record. */
import { isExact } from '../../domain/limits/exact-number.ts'
import { hash } from 'node:crypto'
import { type ErrorSource, type FlowRecord, StepFailure } from '../adaptor.ts'
import { isEmpty, isForbiddenName, isPlainObject, toText, type PlainObject } from '../values/plain-value.ts'
import { compileTemplate, isTemplate, TemplateError } from './template.ts'

/** Characters of a key: it is an indexed column, and an id. */
const maxKey = 512

/** In the order they are tried, compared without case and without `_`, `-` and spaces; an attribute of XML (`@id`) comes after the field of its name. */
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
  findId(record) ?? hash('sha256', JSON.stringify(inOrder(record)), 'hex').slice(0, 32)

/** The first id-like field of the record, or of its first row, that says something. */
export function findId(record: FlowRecord): string | undefined {
  const row: unknown = Array.isArray(record) ? record[0] : record
  if (!isPlainObject(row)) return undefined
  let found: unknown
  let foundAt = idNames.length
  for (const name in row) {
    const place = placeOf(name)
    if (place < 0 || place > foundAt || !Object.hasOwn(row, name)) continue
    const value = row[name]
    if (isEmpty(value) || (typeof value === 'object' && !isExact(value))) continue
    found = value
    foundAt = place
  }
  return found === undefined ? undefined : toText(found).slice(0, maxKey)
}

/** Names of fields that are known not to be, or to be, ids: the same come in every record. */
const maxNames = 10_000
const places = new Map<string, number>()

/** Where it stands among the names of ids; -1 where it is none of them. */
function placeOf(name: string): number {
  const known = places.get(name)
  if (known !== undefined) return known
  const isAttribute = name.startsWith('@')
  const at = idNames.indexOf(
    name
      .slice(isAttribute ? 1 : 0)
      .toLowerCase()
      .replace(/[_\-\s]/g, ''),
  )
  const place = isAttribute && at >= 0 ? at + 0.5 : at
  if (places.size >= maxNames) places.clear()
  places.set(name, place)
  return place
}

/** The value with the fields of every object by their names. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (!isPlainObject(value)) return value
  const ordered: PlainObject = {}
  for (const name of Object.keys(value).sort()) {
    if (isForbiddenName(name)) Object.defineProperty(ordered, name, { value: inOrder(value[name]), enumerable: true })
    else ordered[name] = inOrder(value[name])
  }
  return ordered
}

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
