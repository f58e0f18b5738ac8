/** Cuts a request body to what its schema declares: read-only fields go silently (they come back with every GET), unknown ones are named. */
import type { TSchema } from 'typebox'
import { fieldOf, isObject, shapeOf, type Path } from './walk.ts'

/** Unknown fields named in one answer at the most; the rest is dropped all the same. */
const maxNamed = 50

export interface Accepted {
  readonly value: unknown
  /** Dotted paths of the fields that were dropped because nothing declares them. */
  readonly ignored: readonly string[]
}

export function accept(schema: TSchema, value: unknown): Accepted {
  const ignored: string[] = []
  return { value: keep(schema, value, [], ignored), ignored }
}

function keep(schema: TSchema, value: unknown, path: Path, ignored: string[]): unknown {
  const shape = shapeOf(schema)
  if (Array.isArray(value)) return shape.items ? value.map((item, i) => keep(shape.items as TSchema, item, [...path, i], ignored)) : value
  if (!isObject(value)) return value
  const kept: Record<string, unknown> = {}
  for (const [key, below] of Object.entries(value)) {
    const field = fieldOf(shape, key)
    if (field === true) kept[key] = below
    else if (field === undefined) {
      if (ignored.length < maxNamed) ignored.push([...path, key].join('.'))
    } else if (!shapeOf(field).readOnly) kept[key] = keep(field, below, [...path, key], ignored)
  }
  return kept
}
