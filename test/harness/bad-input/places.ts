/** The places of a schema: every field that a body may hold, and how a value is put there. */
import type { TSchema } from 'typebox'
import { shapeOf, type Path, type Shape } from '../../../src/contract/walk.ts'

export interface Place {
  readonly path: Path
  readonly shape: Shape & Bounds
  /** False where another branch of the schema, or a field that is dropped, may make a wrong value right. */
  readonly sure: boolean
}
export interface Bounds {
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** Schemas link to themselves; documents are seldom deeper. */
const deepest = 6

export function placesOf(schema: TSchema): Place[] {
  const found: Place[] = []
  const look = (at: TSchema, path: Path, sure: boolean): void => {
    const shape = shapeOf(at) as Shape & Bounds
    const isSure = sure && !shape.readOnly && !shape.anyOf && !shape.oneOf && !shape.allOf
    found.push({ path, shape, sure: isSure })
    if (path.length >= deepest) return
    for (const [name, below] of Object.entries(shape.properties ?? {})) look(below, [...path, name], isSure)
    for (const way of [...(shape.anyOf ?? []), ...(shape.oneOf ?? []), ...(shape.allOf ?? [])])
      for (const [name, below] of Object.entries(shapeOf(way).properties ?? {})) look(below, [...path, name], false)
    if (shape.items) look(shape.items, [...path, 0], isSure)
  }
  look(schema, [], true)
  return found
}

/** A copy of the body that holds the value there; what is missing on the way is made. */
export function put(body: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (typeof key === 'number') return [put((body as unknown[] | undefined)?.[0], rest, value)]
  const object = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
  return { ...object, [key]: put((object as Record<string, unknown>)[key], rest, value) }
}

/** A body that fits the schema, for operations that have no sample: required fields, each as simple as may be. */
export function simplest(schema: TSchema, idOf: (collection: string) => string): unknown {
  const shape = shapeOf(schema) as Shape & Bounds
  const type: string = [shape.type ?? 'object'].flat()[0] ?? 'object'
  if (shape.const !== undefined) return shape.const
  if (shape.enum) return shape.enum[0]
  if (shape['x-ref'] !== undefined) return idOf(shape['x-ref'])
  const way = (shape.anyOf ?? shape.oneOf)?.[0]
  if (way && !shape.properties) return simplest(way, idOf)
  switch (type) {
    case 'string':
      return shape.format === 'objectId'
        ? idOf('')
        : shape.format === 'date-time'
          ? '2026-01-01T00:00:00Z'
          : 'a'.repeat(shape.minLength ?? 1)
    case 'integer':
    case 'number':
      return shape.minimum ?? 1
    case 'boolean':
      return true
    case 'array':
      return shape.items ? Array.from({ length: shape.minItems ?? 1 }, () => simplest(shape.items as TSchema, idOf)) : []
    default:
      return Object.fromEntries(
        Object.entries(shape.properties ?? {})
          .filter(([name]) => shape.required?.includes(name))
          .map(([name, below]) => [name, simplest(below, idOf)]),
      )
  }
}
