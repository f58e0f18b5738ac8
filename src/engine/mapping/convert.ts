/** Makes a value of the type that a mapping says. What cannot be made is a sentence, not a guess: "abc" is no number. */
import { parseNumber, isExact, type ExactNumber } from '../../domain/limits/exact-number.ts'
import { parseBounded } from '../../domain/limits/parse-json.ts'
import { isPlainObject, formatValue, toText } from '../values/plain-value.ts'

export type DataType =
  | 'string'
  | 'number'
  | 'boolean'
  | 'object'
  | 'stringarray'
  | 'numberarray'
  | 'booleanarray'
  | 'objectarray'
  | 'arrayarray'

/** Why a value cannot be what it should be. The caller says of which field. */
export class ConversionError extends Error {}

/** Absent, null and (but for texts) the empty text stay absent: `undefined`. Throws `ConversionError`. */
export function convert(value: unknown, to: DataType): unknown {
  if (value === undefined || value === null) return undefined
  const single = singles[to as Single]
  return single ? single(value) : toList(value, entryOf[to as ListType])
}

type Single = 'string' | 'number' | 'boolean' | 'object'
type ListType = Exclude<DataType, Single>

const singles: Readonly<Record<Single, (value: unknown) => unknown>> = {
  string: toText,
  number: toNumber,
  boolean: toBoolean,
  object: toObject,
}
const entryOf: Readonly<Record<ListType, (value: unknown) => unknown>> = {
  stringarray: toText,
  numberarray: toNumber,
  booleanarray: toBoolean,
  objectarray: toObject,
  arrayarray: (value) => (Array.isArray(value) ? value : [value]),
}

export const isListType = (type: DataType): type is ListType => type.endsWith('array')
/** Type of the entries of a list; entries of `arrayarray` are lists of anything. */
export const convertEntry = (value: unknown, list: ListType): unknown =>
  value === undefined || value === null ? undefined : entryOf[list](value)

function toList(value: unknown, entry: (value: unknown) => unknown): unknown[] | undefined {
  if (value === '') return undefined
  const list = Array.isArray(value) ? value : ((parsed(value, '[') as unknown[] | undefined) ?? [value])
  return list.map((item: unknown) => (item === undefined || item === null ? undefined : entry(item))).filter((item) => item !== undefined)
}

/** Plain decimals. `0x10`, `Infinity` and `1,234` are texts: a comma is a thousand in one country and a fraction in another. */
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

function toNumber(value: unknown): number | ExactNumber | undefined {
  if (typeof value === 'number' || isExact(value)) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  const text = typeof value === 'string' ? value.trim() : soleEntry(value, 'number')
  if (text === '') return undefined
  if (typeof text === 'number' || isExact(text)) return text
  if (typeof text !== 'string' || !decimal.test(text.trim())) throw new ConversionError(`${formatValue(value)} is not a number`)
  try {
    return parseNumber(text)
  } catch {
    throw new ConversionError(`${formatValue(value)} is no number that can be carried`)
  }
}

const yes = new Set(['true', '1', 'yes', 'y', 't', 'on'])
const no = new Set(['false', '0', 'no', 'n', 'f', 'off'])

function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  if (isExact(value)) return true
  const text = typeof value === 'string' ? value : soleEntry(value, 'boolean')
  if (typeof text === 'boolean') return text
  const word = toText(text).trim().toLowerCase()
  if (word === '') return undefined
  if (yes.has(word)) return true
  if (no.has(word)) return false
  throw new ConversionError(`${formatValue(value)} is neither true nor false`)
}

function toObject(value: unknown): unknown {
  if (isPlainObject(value)) return value
  if (value === '') return undefined
  const object = parsed(value, '{') ?? (Array.isArray(value) && value.length === 1 && isPlainObject(value[0]) ? value[0] : undefined)
  if (!isPlainObject(object)) throw new ConversionError(`${formatValue(value)} is not an object`)
  return object
}

/** A path with `[*]` gives a list; with one match it is meant as that one. */
function soleEntry(value: unknown, type: string): unknown {
  if (Array.isArray(value) && value.length === 1 && (typeof value[0] !== 'object' || isExact(value[0]))) return value[0]
  throw new ConversionError(`${formatValue(value)} is not a ${type}`)
}

/** Lists and objects that came as JSON text, as they do in CSV and in custom fields. */
function parsed(value: unknown, opening: '[' | '{'): unknown {
  if (typeof value !== 'string' || !value.trimStart().startsWith(opening)) return undefined
  try {
    return parseBounded(value)
  } catch {
    return undefined
  }
}
