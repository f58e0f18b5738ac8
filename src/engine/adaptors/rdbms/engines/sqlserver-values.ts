/** What SQL Server gives as values of records, and what it takes of them. */
import type * as Tedious from 'tedious'
import { isExact, parseNumber } from '../../../../domain/limits/exact-number.ts'
import { toText } from '../../../values/plain-value.ts'
import type { Column } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import { isBase64 } from './postgresql-values.ts'

/** Of a column of a result, as much of it as tells how it is read. */
export interface ResultColumn {
  readonly colName: string
  readonly type: { readonly name: string }
  readonly scale?: number | undefined
}

type Read = (value: unknown) => unknown

/** Digits that a number of JavaScript keeps for sure. */
const surelyKept = 1e15

/** The driver gives decimals as numbers of JavaScript. One that it has rounded is told, and is not handed on. */
const readDecimal =
  ({ colName, scale = 0 }: ResultColumn): Read =>
  (value) => {
    if (typeof value !== 'number' || Math.abs(value) * 10 ** scale < surelyKept) return value
    throw new DatabaseFailure(
      'digits_lost',
      `The column ${colName} holds a number of more digits than the driver of SQL Server keeps: select it as a text, cast(${colName} as varchar(50)).`,
    )
  }

const readWhole: Read = (value) =>
  typeof value === 'string' ? parseNumber(value) : typeof value === 'bigint' ? parseNumber(value.toString()) : value

/** The driver keeps what is below a millisecond beside the date. */
function isoOf(value: unknown): string | undefined {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined
  const { nanosecondsDelta = 0 } = value as { readonly nanosecondsDelta?: number }
  const below = Math.round(nanosecondsDelta * 1e7)
    .toString()
    .padStart(4, '0')
  const fraction = `${value.toISOString().slice(20, 23)}${below}`.replace(/0+$/, '')
  return `${value.toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}`
}

const readLocal: Read = (value) => isoOf(value) ?? value
const readMoment: Read = (value) => {
  const moment = isoOf(value)
  return moment === undefined ? value : `${moment}Z`
}
const readDate: Read = (value) => isoOf(value)?.slice(0, 10) ?? value
const readTime: Read = (value) => isoOf(value)?.slice(11) ?? value
const readBytes: Read = (value) => (Buffer.isBuffer(value) ? value.toString('base64') : value)

const always = (read: Read) => (): Read => read

/** By the names that the driver gives to types. */
const reads: Readonly<Record<string, (column: ResultColumn) => Read>> = {
  BigInt: always(readWhole),
  Decimal: readDecimal,
  DecimalN: readDecimal,
  Numeric: readDecimal,
  NumericN: readDecimal,
  Money: (column) => readDecimal({ ...column, scale: 4 }),
  MoneyN: (column) => readDecimal({ ...column, scale: 4 }),
  IntN: always(readWhole),
  Date: always(readDate),
  Time: always(readTime),
  DateTime: always(readLocal),
  DateTimeN: always(readLocal),
  SmallDateTime: always(readLocal),
  DateTime2: always(readLocal),
  DateTimeOffset: always(readMoment),
  Binary: always(readBytes),
  VarBinary: always(readBytes),
  Image: always(readBytes),
  UDT: always(readBytes),
}

export function createReader(columns: readonly ResultColumn[]): (row: readonly { readonly value: unknown }[]) => Record<string, unknown> {
  const fields = columns.map((column) => ({ name: column.colName, read: reads[column.type.name]?.(column) ?? ((value: unknown) => value) }))
  return (row) =>
    Object.fromEntries(
      fields.map(({ name, read }, i) => {
        const value = row[i]?.value
        return [name, value === null || value === undefined ? null : read(value)]
      }),
    )
}

export interface Parameter {
  readonly type: keyof typeof Tedious.TYPES
  readonly value: unknown
}

const [leastInt, mostInt] = [-(2 ** 31), 2 ** 31 - 1]
const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]

/** A value that is bound; null has no type, and is none. Numbers of more digits than a number of JavaScript keeps are texts, which SQL Server reads as numbers. */
export function writeValue(value: unknown): Parameter {
  if (typeof value === 'boolean') return { type: 'Bit', value }
  if (typeof value !== 'number' && !isExact(value))
    return { type: 'NVarChar', value: Array.isArray(value) ? JSON.stringify(value) : toText(value) }
  const digits = String(value)
  if (/^-?\d+$/.test(digits) && BigInt(digits) >= least && BigInt(digits) <= most)
    return Number(digits) >= leastInt && Number(digits) <= mostInt
      ? { type: 'Int', value: Number(digits) }
      : { type: 'BigInt', value: BigInt(digits) }
  return isExact(value) ? { type: 'NVarChar', value: digits } : { type: 'Float', value }
}

/**
 * A value for a column. All of a column are texts, which SQL Server makes what the column has: rows that go together agree in their types, and no digit is lost.
 * Bytes come as base64 and moments in ISO 8601, as they are exported; what is neither is left to SQL Server to refuse.
 */
export function writeColumn(value: unknown, { kind, type = '' }: Column): Parameter {
  if (kind === 'bytes' && typeof value === 'string' && isBase64(value)) return { type: 'VarBinary', value: Buffer.from(value, 'base64') }
  if (typeof value === 'boolean') return { type: 'NVarChar', value: value ? '1' : '0' }
  if (kind === 'moment' && typeof value === 'string') return { type: 'NVarChar', value: writeMoment(value, type) }
  return { type: 'NVarChar', value: Array.isArray(value) ? JSON.stringify(value) : toText(value) }
}

/** Digits of a second that a type takes. */
const fractions: Readonly<Record<string, number>> = { datetime: 3, smalldatetime: 0 }

/** In UTC, without a zone: `datetime2` and those before it have none. */
function writeMoment(text: string, type: string): string {
  const [, date, time, fraction = '', zone] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? []
  if (date === undefined) return text
  const whole = zone === undefined || zone === 'Z' ? `${date}T${time}` : inUtc(`${date}T${time}${zone}`)
  const digits = fraction.slice(0, fractions[type] ?? 7)
  return whole === undefined ? text : `${whole}${digits === '' ? '' : `.${digits}`}`
}

const inUtc = (text: string): string | undefined => {
  const moment = Date.parse(text)
  return Number.isNaN(moment) ? undefined : new Date(moment).toISOString().slice(0, 19)
}
