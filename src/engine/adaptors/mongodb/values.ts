/** Documents of MongoDB and values of records. What JSON has no word for is written in Extended JSON (`{"$oid": ...}`) on the way in, and as a plain value on the way out. */
import type * as MongoDB from 'mongodb'
import { isExact, parseNumber } from '../../../domain/limits/exact-number.ts'
import { StepFailure } from '../../adaptor.ts'
import { isPlainObject } from '../../values/plain-value.ts'

type Bson = typeof MongoDB.BSON

/** The subtype of UUIDs among bytes. */
const uuid = 4

/** What JavaScript has no type for. */
type Special = MongoDB.ObjectId | MongoDB.Long | MongoDB.Decimal128 | MongoDB.Binary

export function toRecord(value: unknown, bson: Bson): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value.getTime()) : value.toISOString()
  if (Array.isArray(value)) return value.map((entry) => toRecord(entry, bson))
  if (value instanceof RegExp || '_bsontype' in value) return readSpecial(value as Special, bson)
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, toRecord(below, bson)]))
}

function readSpecial(value: Special | RegExp, bson: Bson): unknown {
  if (value instanceof RegExp) return writeExtended(value, bson)
  if (value._bsontype === 'ObjectId') return value.toHexString()
  if (value._bsontype === 'Long') return parseNumber(value.toString())
  if (value._bsontype === 'Binary') return value.sub_type === uuid ? value.toUUID().toString() : value.toString('base64')
  if (value._bsontype === 'Decimal128') return /^[-+\d.E]+$/.test(value.toString()) ? parseNumber(value.toString()) : value.toString()
  return writeExtended(value, bson)
}

const writeExtended = (value: object, bson: Bson): unknown => JSON.parse(bson.EJSON.stringify(value, { relaxed: true })) as unknown

/** Words of Extended JSON that are values; all others with a dollar are operators. */
const words: ReadonlySet<string> = new Set([
  '$binary',
  '$code',
  '$date',
  '$maxKey',
  '$minKey',
  '$numberDecimal',
  '$numberDouble',
  '$numberInt',
  '$numberLong',
  '$oid',
  '$regularExpression',
  '$timestamp',
  '$undefined',
  '$uuid',
])

/** What an integer of 32 bits holds: the driver makes floating point numbers of larger ones. */
const largestInt = 2 ** 31 - 1
const [leastLong, mostLong] = [-(2n ** 63n), 2n ** 63n - 1n]

/** Throws `StepFailure` where a value is none that MongoDB has. */
export function toDocument(value: unknown, bson: Bson): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) && Math.abs(value) > largestInt ? bson.Long.fromNumber(value) : value
  if (isExact(value)) return writeNumber(value.digits, bson)
  if (Array.isArray(value)) return value.map((entry) => toDocument(entry, bson))
  if (!isPlainObject(value)) return value
  const [first] = Object.keys(value)
  if (first !== undefined && words.has(first)) return writeSpecial(value, bson)
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, below]) => (below === undefined ? [] : [[name, toDocument(below, bson)] as const])),
  )
}

function writeNumber(digits: string, bson: Bson): unknown {
  if (/^-?\d+$/.test(digits)) {
    const whole = BigInt(digits)
    if (whole >= leastLong && whole <= mostLong) return bson.Long.fromString(digits)
  }
  return attempt(digits, () => bson.Decimal128.fromString(digits))
}

const writeSpecial = (value: object, bson: Bson): unknown =>
  attempt(JSON.stringify(value), () => {
    const read = bson.EJSON.parse(JSON.stringify(value), { relaxed: false }) as unknown
    if (isPlainObject(read) && !('_bsontype' in read)) throw new Error('it has no such value')
    return read
  })

function attempt<T>(text: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new StepFailure({
      source: 'internal',
      code: 'invalid_value',
      message: `${text.slice(0, 100)} is no value of MongoDB: ${(error as Error).message}.`,
    })
  }
}
