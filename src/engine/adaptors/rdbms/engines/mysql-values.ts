/** What MySQL and MariaDB give as values of records, and what they take of them. */
import type { TypedParameterInput, TypedParameterValue } from 'mysql2'
import { isExact, parseNumber } from '../../../../domain/limits/exact-number.ts'
import { parseBounded } from '../../../../domain/limits/parse-json.ts'
import { toText } from '../../../values/plain-value.ts'
import type { Column } from '../database.ts'
import { isBase64 } from './postgresql-values.ts'

/** Of a column of a result, as much of it as tells how it is read. */
export interface ResultColumn {
  readonly name: string
  readonly columnType?: number
  readonly extendedFormat?: string
}

type Read = (value: unknown) => unknown

/** Digits that a number of JavaScript keeps for sure. */
const surelyKept = 15
/** A number of its text. */
export const readText = (text: string): unknown => (text.length <= surelyKept ? Number(text) : parseNumber(text))
const readNumber: Read = (value) => readText(String(value))
const [dash, space, zero] = [45, 32, 48]
/** `2026-01-02 03:04:05`. `0000-00-00` is what some databases have where nothing is. */
const isMoment = (text: string): boolean =>
  text.charCodeAt(4) === dash && text.charCodeAt(10) === space && !(text.charCodeAt(2) === zero && text.startsWith('0000'))
const readLocalMoment: Read = (value) => (typeof value === 'string' && isMoment(value) ? `${value.slice(0, 10)}T${value.slice(11)}` : value)
const readMoment: Read = (value) => (typeof value === 'string' && isMoment(value) ? `${value.slice(0, 10)}T${value.slice(11)}Z` : value)
const readJson: Read = (value) => (typeof value === 'string' ? parseBounded(value) : value)
const readBytes: Read = (value) => (Buffer.isBuffer(value) ? value.toString('base64') : value)
const readBits: Read = (value) => (Buffer.isBuffer(value) ? parseNumber(BigInt(`0x${value.toString('hex') || '0'}`).toString()) : value)

/** The shortest number that is the same in four bytes: what the database prints. */
export const readFloat: Read = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) return value
  for (const digits of [6, 7, 8]) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

/** By the numbers of the protocol. */
const types: ReadonlyMap<number, Read> = new Map([
  [0, readNumber],
  [4, readFloat],
  [7, readMoment],
  [8, readNumber],
  [12, readLocalMoment],
  [16, readBits],
  [245, readJson],
  [246, readNumber],
])
/** Texts and bytes share their numbers: what came as bytes is bytes. */
const perhapsBytes: ReadonlySet<number> = new Set([15, 249, 250, 251, 252, 253, 254])

/** How the records of a result are read, in place. */
export function createReader(columns: readonly ResultColumn[]): (row: Record<string, unknown>) => void {
  const reads = columns.flatMap(({ name, columnType = -1, extendedFormat }) => {
    const read = extendedFormat === 'json' ? readJson : (types.get(columnType) ?? (perhapsBytes.has(columnType) ? readBytes : undefined))
    return read ? [[name, read] as const] : []
  })
  return (row) => {
    for (const [name, read] of reads) if (row[name] !== null) row[name] = read(row[name])
  }
}

export type Parameter = TypedParameterValue | TypedParameterInput

export interface Parameters {
  readonly LONGLONG: { (value: bigint): Parameter; unsigned(value: bigint): Parameter }
  readonly NEWDECIMAL: (value: string) => Parameter
}

const [least, most, mostUnsigned] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n]
/** Digits of a DECIMAL. */
const mostDigits = 65

/** A value that is bound. Numbers keep their digits: as numbers of the driver they would be rounded. */
export function writeValue(value: unknown, typed: Parameters): Parameter {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (typeof value !== 'number' && !isExact(value)) return Array.isArray(value) ? JSON.stringify(value) : toText(value)
  const digits = String(value)
  if (/^-?\d+$/.test(digits)) {
    const whole = BigInt(digits)
    if (whole >= least && whole <= most) return typed.LONGLONG(whole)
    if (whole > 0n && whole <= mostUnsigned) return typed.LONGLONG.unsigned(whole)
  }
  if (/^-?\d+(?:\.\d+)?$/.test(digits) && digits.length <= mostDigits) return typed.NEWDECIMAL(digits)
  return typeof value === 'number' ? value : digits
}

/** A value for a column: bytes come as base64 and moments in ISO 8601, as they are exported; what is neither is left to the database to refuse. */
export function writeColumn(value: unknown, { kind }: Pick<Column, 'kind'>, typed: Parameters): Parameter {
  if (value === null || value === undefined) return null
  if (kind === 'json') return typeof value === 'string' && /^\s*[[{]/.test(value) ? value : JSON.stringify(value)
  if (kind === 'bytes' && typeof value === 'string' && isBase64(value)) return Buffer.from(value, 'base64')
  if (kind === 'moment' && typeof value === 'string') return writeMoment(value)
  return writeValue(value, typed)
}

/** In UTC, as sessions are. */
function writeMoment(text: string): string {
  const [, date, time, zone] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:?\d\d)$/.exec(text) ?? []
  if (zone === undefined) return text
  if (zone === 'Z') return `${date} ${time}`
  const moment = Date.parse(text)
  return Number.isNaN(moment) ? text : new Date(moment).toISOString().replace('T', ' ').replace('Z', '')
}
