/** What BigQuery gives as values of records, and what it takes of them. */
import { isExact, parseNumber } from '../../../../domain/limits/exact-number.ts'
import { parseBounded } from '../../../../domain/limits/parse-json.ts'
import { toText } from '../../../values/plain-value.ts'

/** Of a column, or of a part of one. */
export interface Field {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly fields?: readonly Field[]
}

interface Cell {
  readonly v: unknown
}

type Read = (text: string) => unknown

const readFloat: Read = (text) => (Number.isFinite(Number(text)) ? Number(text) : text)
const readNumber: Read = (text) => (/^-?[\d.]+(?:e[+-]?\d+)?$/i.test(text) ? parseNumber(text) : text)
const readJson: Read = (text) => {
  try {
    return parseBounded(text)
  } catch {
    return text
  }
}

const secondMicros = 1_000_000n

/** Microseconds since 1970. */
const readMoment: Read = (text) => {
  if (!/^-?\d+$/.test(text)) return text
  const micros = BigInt(text)
  const rest = ((micros % secondMicros) + secondMicros) % secondMicros
  const date = new Date(Number((micros - rest) / 1000n))
  if (Number.isNaN(date.getTime())) return text
  const fraction = rest.toString().padStart(6, '0').replace(/0+$/, '')
  return `${date.toISOString().slice(0, -5)}${fraction === '' ? '' : `.${fraction}`}Z`
}

const reads: Readonly<Record<string, Read>> = {
  INTEGER: readNumber,
  INT64: readNumber,
  FLOAT: readFloat,
  FLOAT64: readFloat,
  NUMERIC: readNumber,
  BIGNUMERIC: readNumber,
  BOOLEAN: (text) => text === 'true',
  BOOL: (text) => text === 'true',
  TIMESTAMP: readMoment,
  JSON: readJson,
}

function readField({ type, mode, fields = [] }: Field, value: unknown): unknown {
  if (mode === 'REPEATED') return Array.isArray(value) ? value.map((entry) => readOne(type, fields, (entry as Cell).v)) : []
  return readOne(type, fields, value)
}

function readOne(type: string, fields: readonly Field[], value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (type === 'RECORD' || type === 'STRUCT') return readRow(fields, value)
  return typeof value === 'string' ? (reads[type]?.(value) ?? value) : value
}

export function readRow(fields: readonly Field[], row: unknown): Record<string, unknown> {
  const { f: cells = [] } = (row ?? {}) as { readonly f?: readonly Cell[] }
  return Object.fromEntries(fields.map((field, i) => [field.name, readField(field, cells[i]?.v)]))
}

type Scalar = 'STRING' | 'INT64' | 'NUMERIC' | 'BIGNUMERIC' | 'FLOAT64' | 'BOOL'

export type Parameter =
  | { readonly parameterType: { readonly type: Scalar }; readonly parameterValue: { readonly value: string } }
  | {
      readonly parameterType: { readonly type: 'ARRAY'; readonly arrayType: { readonly type: Scalar } }
      readonly parameterValue: { readonly arrayValues: readonly { readonly value: string }[] }
    }

const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]

/** The narrowest that keeps all digits: it becomes any wider one by itself. */
function typeOf(value: unknown): Scalar {
  if (typeof value === 'boolean') return 'BOOL'
  if (typeof value !== 'number' && !isExact(value)) return 'STRING'
  const [, whole, fraction = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(String(value)) ?? []
  if (whole === undefined) return 'FLOAT64'
  if (fraction === '' && BigInt(String(value)) >= least && BigInt(String(value)) <= most) return 'INT64'
  if (whole.length <= 29 && fraction.length <= 9) return 'NUMERIC'
  return whole.length <= 38 && fraction.length <= 38 ? 'BIGNUMERIC' : 'FLOAT64'
}

const isScalar = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || isExact(value)

/** A value that is bound: lists of values of one type are lists, what else is no single value is JSON. Null has no type, and is none. */
export function writeValue(value: unknown): Parameter {
  if (Array.isArray(value) && value.every(isScalar)) {
    const types = new Set(value.map(typeOf))
    const [type = 'STRING'] = types
    if (types.size <= 1)
      return {
        parameterType: { type: 'ARRAY', arrayType: { type } },
        parameterValue: { arrayValues: value.map((entry) => ({ value: toText(entry) })) },
      }
  }
  return {
    parameterType: { type: typeOf(value) },
    parameterValue: { value: Array.isArray(value) ? JSON.stringify(value) : toText(value) },
  }
}
