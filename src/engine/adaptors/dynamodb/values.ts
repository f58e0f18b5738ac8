/** Attributes of DynamoDB and values of records. Numbers keep their digits on both ways. */
import { isExact, parseNumber } from '../../../domain/limits/exact-number.ts'
import { isPlainObject, type PlainObject } from '../../values/plain-value.ts'

/** `{"S": "text"}`: a value with its type. */
export type Attribute = Readonly<Record<string, unknown>>
export type Item = Readonly<Record<string, Attribute>>

const identity = (value: unknown): unknown => value
const list = (read: (value: unknown) => unknown) => (value: unknown) => (value as unknown[]).map(read)
const readNumber = (value: unknown): unknown => parseNumber(value as string)

/** Bytes are base64 on the wire, and stay so; sets are lists. */
const reads: Readonly<Record<string, (value: unknown) => unknown>> = {
  S: identity,
  N: readNumber,
  B: identity,
  BOOL: identity,
  NULL: () => null,
  SS: identity,
  NS: list(readNumber),
  BS: identity,
  L: list((value) => readAttribute(value as Attribute)),
  M: (value) => readItem(value as Item),
}

function readAttribute(attribute: Attribute): unknown {
  const [entry] = Object.entries(attribute)
  return entry && Object.hasOwn(reads, entry[0]) ? reads[entry[0]]?.(entry[1]) : null
}

export const readItem = (item: Item): PlainObject =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, readAttribute(value)]))

export function writeAttribute(value: unknown): Attribute {
  if (value === null || value === undefined) return { NULL: true }
  if (typeof value === 'number') return { N: String(value) }
  if (isExact(value)) return { N: value.digits }
  if (typeof value === 'boolean') return { BOOL: value }
  if (typeof value === 'string') return { S: value }
  if (Array.isArray(value)) return { L: value.map(writeAttribute) }
  return { M: writeItem(value as PlainObject) }
}

/** What is not there is no attribute. */
export const writeItem = (record: PlainObject): Item =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, writeAttribute(value)] as const])),
  )

const isText = (value: unknown): boolean => typeof value === 'string'
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const fits: Readonly<Record<string, (value: unknown) => boolean>> = {
  S: isText,
  N: isText,
  B: isText,
  BOOL: (value) => typeof value === 'boolean',
  NULL: (value) => value === true,
  SS: isTexts,
  NS: isTexts,
  BS: isTexts,
  L: (value) => Array.isArray(value) && value.every(isTyped),
  M: (value) => isPlainObject(value) && Object.values(value).every(isTyped),
}

/** Whether it says its type itself, as DynamoDB writes it. */
function isTyped(value: unknown): boolean {
  if (!isPlainObject(value)) return false
  const [entry, ...more] = Object.entries(value)
  return entry !== undefined && more.length === 0 && Object.hasOwn(fits, entry[0]) && (fits[entry[0]]?.(entry[1]) ?? false)
}

/** Of a template: each attribute as DynamoDB writes it (`{"S": "text"}`), or as a plain value. */
export const writeTemplate = (values: PlainObject): Item =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isTyped(value) ? (value as Attribute) : writeAttribute(value)]))

/** A key by the text that a template gives, of the type that the table says. */
export const writeKey = (text: string, type: string): Attribute => ({ [type]: text })
