/** What Snowflake gives as values of records, and what it takes of them. Everything is a text on its way, in both directions. */
import { isExact, parseNumber } from '../../../../domain/limits/exact-number.ts'
import { parseBounded } from '../../../../domain/limits/parse-json.ts'
import { toText } from '../../../values/plain-value.ts'

/** Of a column of a result, as much of it as tells how it is read. */
export interface ResultColumn {
  readonly name: string
  readonly type: string
}

type Read = (text: string) => unknown

const readFloat: Read = (text) => {
  const number = Number(text)
  return text.trim() !== '' && Number.isFinite(number) ? number : text
}

/** What is no JSON (a list may hold `undefined`), or is too deep for a record, stays a text. */
const readJson: Read = (text) => {
  try {
    return parseBounded(text)
  } catch {
    return text
  }
}

const dayMs = 86_400_000
const isoOf = (ms: number): string | undefined => {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** Days since 1970. */
const readDate: Read = (text) => (/^-?\d+$/.test(text) ? (isoOf(Number(text) * dayMs)?.split('T')[0] ?? text) : text)

/** Seconds since 1970 with their fraction, as ISO 8601 without a zone. */
function readSeconds(text: string): string | undefined {
  const [, sign, seconds, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (seconds === undefined) return undefined
  const nanos = BigInt(fraction.padEnd(9, '0'))
  const isBefore = sign === '-' && nanos > 0n
  const whole = (sign === '-' ? -Number(seconds) : Number(seconds)) - (isBefore ? 1 : 0)
  const rest = (isBefore ? 1_000_000_000n - nanos : nanos).toString().padStart(9, '0').replace(/0+$/, '')
  const second = isoOf(whole * 1000)?.replace(/\.000Z$/, '')
  return second && `${second}${rest === '' ? '' : `.${rest}`}`
}

const readTime: Read = (text) => readSeconds(text)?.split('T')[1] ?? text
const readLocal: Read = (text) => readSeconds(text) ?? text
/** A zone of its own stands after the seconds, and says where and not when. */
const readMoment: Read = (text) => {
  const moment = readSeconds(text.split(' ')[0] ?? '')
  return moment === undefined ? text : `${moment}Z`
}

const reads: Readonly<Record<string, Read>> = {
  fixed: (text) => (/^-?[\d.]+$/.test(text) ? parseNumber(text) : text),
  real: readFloat,
  boolean: (text) => text === 'true' || text === '1',
  date: readDate,
  time: readTime,
  timestamp_ntz: readLocal,
  timestamp_ltz: readMoment,
  timestamp_tz: readMoment,
  variant: readJson,
  object: readJson,
  array: readJson,
  binary: (text) => (/^(?:[\da-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex').toString('base64') : text),
}

export function createReader(columns: readonly ResultColumn[]): (row: readonly (string | null)[]) => Record<string, unknown> {
  const fields = columns.map(({ name, type }) => ({ name, read: reads[type.toLowerCase()] ?? ((text: string) => text) }))
  return (row) =>
    Object.fromEntries(fields.map(({ name, read }, i) => [name, row[i] === null || row[i] === undefined ? null : read(row[i])]))
}

export interface Binding {
  readonly type: 'TEXT' | 'FIXED' | 'REAL' | 'BOOLEAN'
  readonly value: string | null
}

/** Digits of a NUMBER. */
const mostDigits = 38

/** A value that is bound. Numbers keep their digits; lists and objects are JSON, which `parse_json` reads. */
export function writeValue(value: unknown): Binding {
  if (value === null || value === undefined) return { type: 'TEXT', value: null }
  if (typeof value === 'boolean') return { type: 'BOOLEAN', value: String(value) }
  if (typeof value !== 'number' && !isExact(value))
    return { type: 'TEXT', value: Array.isArray(value) ? JSON.stringify(value) : toText(value) }
  const digits = String(value)
  const isFixed = /^-?\d+(?:\.\d+)?$/.test(digits) && digits.replaceAll(/\D/g, '').length <= mostDigits
  if (isFixed && (isExact(value) || Number.isInteger(value))) return { type: 'FIXED', value: digits }
  return { type: isExact(value) ? 'TEXT' : 'REAL', value: digits }
}
