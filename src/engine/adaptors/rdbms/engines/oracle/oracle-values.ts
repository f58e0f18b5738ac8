/** What Oracle gives as values of records, and what it takes of them. */
import { isExact, parseNumber } from '../../../../../domain/limits/exact-number.ts'
import { isPlainObject, toText } from '../../../../values/plain-value.ts'
import type { Column } from '../../database.ts'
import { isBase64 } from '../postgresql-values.ts'

/** Of a column of a result, as much of it as tells how it is read. */
export interface ResultColumn {
  readonly name: string
  readonly dbTypeName: string
}

/** In which form the driver is asked for a value, by the name of its type: numbers with all digits, long texts and bytes as a whole. */
export function formOf(type: string): 'text' | 'bytes' | undefined {
  if (type === 'NUMBER' || type === 'CLOB' || type === 'NCLOB') return 'text'
  return type === 'BLOB' ? 'bytes' : undefined
}

const two = (n: number): string => String(n).padStart(2, '0')
const fractionOf = (moment: Date): string => {
  const ms = moment.getMilliseconds()
  return ms === 0 ? '' : `.${String(ms).padStart(3, '0').replace(/0+$/, '')}`
}

/** The driver makes dates without a zone in that of this program. */
const readLocal = (moment: Date): string =>
  `${String(moment.getFullYear()).padStart(4, '0')}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}T${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}${fractionOf(moment)}`
const readMoment = (moment: Date): string => moment.toISOString().replace(/\.?0*Z$/, 'Z')

function readValue(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return type === 'NUMBER' ? parseNumber(value) : value
  if (value instanceof Date) return type.includes('TIME ZONE') ? readMoment(value) : readLocal(value)
  if (Buffer.isBuffer(value)) return value.toString('base64')
  // NaN and infinity, which JSON does not have.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>)
  if (Array.isArray(value)) return value.map((one) => readValue(one, type))
  if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readValue(one, type)]))
  return typeof value === 'object' ? toText(JSON.parse(JSON.stringify(value))) : value
}

/** Names stand as Oracle gives them. */
export function createReader(columns: readonly ResultColumn[]): (row: readonly unknown[]) => Record<string, unknown> {
  return (row) => Object.fromEntries(columns.map(({ name, dbTypeName }, i) => [name, readValue(row[i], dbTypeName)]))
}

export type Parameter = string | number | Buffer

/** A value that is bound; null has no type, and is none. Numbers of more digits than a number of JavaScript keeps are texts, which Oracle reads as numbers. */
export function writeValue(value: unknown): Parameter {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') return value
  return isExact(value) ? String(value) : toWritten(value)
}

/** A value for a column: all are texts but bytes, and sessions read numbers and dates of them in the forms that are written here. */
export function writeColumn(value: unknown, { kind, type = '' }: Column): string | Buffer | null {
  if (value === null || value === undefined) return null
  if (kind === 'bytes' && typeof value === 'string' && isBase64(value)) return Buffer.from(value, 'base64')
  if (typeof value === 'boolean') return value ? '1' : '0'
  return kind === 'moment' && typeof value === 'string' ? writeMoment(value, type) : toWritten(value)
}

const toWritten = (value: unknown): string => (Array.isArray(value) ? JSON.stringify(value) : toText(value))

/** How sessions read and write dates. */
export const forms: readonly (readonly [name: string, form: string])[] = [
  ['nls_date_format', 'YYYY-MM-DD"T"HH24:MI:SS'],
  ['nls_timestamp_format', 'YYYY-MM-DD"T"HH24:MI:SS.FF'],
  ['nls_timestamp_tz_format', 'YYYY-MM-DD"T"HH24:MI:SS.FFTZH:TZM'],
  ['nls_numeric_characters', '.,'],
]

/** Digits of a second that Oracle keeps. */
const fraction = 9

/** ISO 8601, as it is exported, in the form of the column; what is none is left to Oracle to refuse. Without a zone it is in UTC. */
function writeMoment(text: string, type: string): string {
  const [, date, time = '00:00:00', digits = '', zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ?? []
  if (date === undefined) return text
  const isMoved = zone !== undefined && zone !== 'Z'
  const at = isMoved ? new Date(`${date}T${time}${zone}`) : undefined
  if (at && Number.isNaN(at.getTime())) return text
  const whole = at ? at.toISOString().slice(0, 19) : `${date}T${time}`
  if (type === 'DATE') return whole
  const exact = `${whole}.${digits.slice(0, fraction) || '0'}`
  return type.includes('TIME ZONE') ? `${exact}+00:00` : exact
}
