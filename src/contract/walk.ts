/** Walks a value along its schema. Whatever a later layer derives from the annotations (references, secrets, unknown fields) is derived here. */
import type { TSchema } from 'typebox'
import { shared } from './shared/index.ts'
import { sharedId } from './kit.ts'

/** What this file reads of a schema; TypeBox's own types say far more. */
export interface Shape {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | TSchema
  readonly items?: TSchema
  readonly anyOf?: readonly TSchema[]
  readonly oneOf?: readonly TSchema[]
  readonly allOf?: readonly TSchema[]
  readonly readOnly?: boolean
  readonly 'x-ref'?: string
  readonly 'x-secret'?: boolean
  readonly 'x-id'?: boolean
  readonly 'x-instead'?: Readonly<Record<string, string>>
}

const linkPrefix = `${sharedId}#/components/schemas/`

/** The schema itself, after any links. */
export function shapeOf(schema: TSchema): Shape {
  const shape = schema as Shape
  if (shape.$ref === undefined) return shape
  const name = shape.$ref.slice(linkPrefix.length)
  const target = (shared as Readonly<Record<string, TSchema>>)[name]
  if (!target) throw new Error(`schema links to ${shape.$ref}, which contract/shared does not have`)
  return shapeOf(target)
}

/** What a schema says of one key of an object: its schema, `true` where anything goes, `undefined` where the key is unknown. */
export function fieldOf(shape: Shape, key: string): TSchema | true | undefined {
  if (shape.properties && Object.hasOwn(shape.properties, key)) return shape.properties[key]
  for (const way of [...(shape.anyOf ?? []), ...(shape.oneOf ?? []), ...(shape.allOf ?? [])]) {
    const found = fieldOf(shapeOf(way), key)
    if (found !== undefined) return found
  }
  if (typeof shape.additionalProperties === 'object') return shape.additionalProperties
  if (shape.additionalProperties === true) return true
  return declaresFields(shape) ? undefined : true
}

const declaresFields = (shape: Shape): boolean =>
  shape.properties !== undefined || [shape.anyOf, shape.oneOf].some((ways) => ways?.some((way) => shapeOf(way).properties))

export type Path = readonly (string | number)[]
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Calls `see` for every value that a schema speaks of, parents first; `see` answers false to leave out what is below. */
export function visit(
  schema: TSchema,
  value: unknown,
  see: (shape: Shape, value: unknown, path: Path) => boolean | void,
  path: Path = [],
): void {
  const shape = shapeOf(schema)
  if (see(shape, value, path) === false) return
  if (Array.isArray(value)) {
    if (shape.items) for (const [i, item] of value.entries()) visit(shape.items, item, see, [...path, i])
  } else if (isObject(value)) {
    for (const [key, below] of Object.entries(value)) {
      const field = fieldOf(shape, key)
      if (typeof field === 'object') visit(field, below, see, [...path, key])
    }
  }
}
