/**
 * Cuts a request body to what its schema declares: read-only fields go silently (they come back with every GET), unknown ones are named. Ids and times are
 * brought into the one spelling that they are stored and compared in, and a list that is null is an empty one: so it is written by clients in Go.
 */
import type { TObject, TSchema } from 'typebox'
import { fieldOf, isObject, shapeOf, type Shape } from './walk.ts'

/** Unknown fields named in one answer at the most; the rest is dropped all the same. */
const maxNamed = 50

export interface Accepted {
  readonly value: unknown
  /** Dotted paths of the fields that were dropped because nothing declares them. */
  readonly ignored: readonly string[]
  /** Fields that stand in the place of another, which is not there, each with the one that is meant. */
  readonly mistaken: readonly { readonly field: string; readonly meant: string }[]
  /** Whether it was cut short because it holds more than the bounds allow. */
  readonly exceeds?: keyof Bounds
}

export interface Bounds {
  /** Fields that nothing declares. */
  readonly unknown: number
  /** Values of which the schema says something. */
  readonly declared: number
}

interface Seen {
  readonly ignored: string[]
  readonly mistaken: { field: string; meant: string }[]
  readonly bounds: Bounds
  unknown: number
  declared: number
}

export function accept(schema: TSchema, value: unknown, bounds: Bounds = { unknown: Infinity, declared: Infinity }): Accepted {
  const seen: Seen = { ignored: [], mistaken: [], bounds, unknown: 0, declared: 0 }
  const kept = keep(schema, value, [], seen)
  const exceeds = exceeded(seen)
  return { value: kept, ignored: seen.ignored, mistaken: seen.mistaken, ...(exceeds && { exceeds }) }
}

function exceeded({ bounds, unknown, declared }: Seen): keyof Bounds | undefined {
  if (unknown > bounds.unknown) return 'unknown'
  return declared > bounds.declared ? 'declared' : undefined
}

/** `path` leads to the value, and is as it was afterwards: one for each value costs more than all else. */
function keep(schema: TSchema, value: unknown, path: (string | number)[], seen: Seen): unknown {
  seen.declared++
  if (exceeded(seen)) return undefined
  const shape = shapeOf(schema)
  if (value === null && shape.type === 'array' && path.length > 0) return []
  if (Array.isArray(value)) return shape.items ? keepItems(shape.items as TSchema, value, path, seen) : value
  if (!isObject(value)) return spelling(shape, value)
  const kept: Record<string, unknown> = {}
  for (const [key, below] of Object.entries(value)) {
    const field = fieldOf(shape, key)
    if (field === true) kept[key] = below
    else if (field === undefined) {
      if (++seen.unknown > seen.bounds.unknown) break
      if (seen.ignored.length < maxNamed) seen.ignored.push([...path, key].join('.'))
      const meant = shape['x-instead']?.[key]
      if (meant !== undefined && !Object.hasOwn(value, meant))
        seen.mistaken.push({ field: [...path, key].join('.'), meant: [...path, meant].join('.') })
    } else if (!shapeOf(field).readOnly) kept[key] = keepBelow(field, below, key, path, seen)
  }
  return kept
}

function keepItems(schema: TSchema, items: readonly unknown[], path: (string | number)[], seen: Seen): unknown[] {
  const kept: unknown[] = []
  for (let i = 0; i < items.length && !exceeded(seen); i++) kept.push(keepBelow(schema, items[i], i, path, seen))
  return kept
}

function keepBelow(schema: TSchema, value: unknown, name: string | number, path: (string | number)[], seen: Seen): unknown {
  path.push(name)
  const kept = keep(schema, value, path, seen)
  path.pop()
  return kept
}

/** The parameters of a path or a query, with ids in their one spelling. Times of filters are read by what filters with them. */
export function normalizeParameters<V>(schema: TObject | undefined, parameters: Readonly<Record<string, V>>): Record<string, V> {
  const { properties = {} } = (schema ?? {}) as Shape
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const field = Object.hasOwn(properties, name) ? properties[name] : undefined
      return [name, field && isIdentifying(shapeOf(field)) ? inSmallLetters(value) : value]
    }),
  )
}

function spelling(shape: Shape, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (isIdentifying(shape)) return inSmallLetters(value)
  return shape.format === 'date-time' ? inUTC(value) : value
}

const isIdentifying = (shape: Shape): boolean => shape.format === 'objectId' || shape['x-id'] === true

/** An id, or several separated by commas. */
const inSmallLetters = <V>(value: V): V =>
  typeof value === 'string' && /^[0-9a-f]{24}(?:,[0-9a-f]{24})*$/i.test(value) ? (value.toLowerCase() as V) : value

const isUTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/
const hasOffset = /^\d{4}-\d\d-\d\d[T\s]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/i

/** What is no time is left for the validation to refuse. */
function inUTC(text: string): string {
  if (isUTC.test(text) || !hasOffset.test(text)) return text
  const time = new Date(text.toUpperCase())
  const spelled = Number.isNaN(time.getTime()) ? text : time.toISOString()
  // The hours around the years 0 and 10000 have no spelling of four digits.
  return isUTC.test(spelled) ? spelled : text
}
