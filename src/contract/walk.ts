/** Walks a value along its schema. Whatever a later layer derives from the annotations (references, secrets, unknown fields) is derived here. */
import type { TSchema } from 'typebox'
import { isObject } from './is-object.ts'
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
export { isObject }

type See = (shape: Shape, value: unknown, path: Path) => boolean | void

/** Calls `see` for every value that a schema speaks of, parents first; `see` answers false to leave out what is below. */
export const visit = (schema: TSchema, value: unknown, see: See): void => follow(schema, value, see, always, [])

/** The same without what no mark can stand below: most of a document. */
export const visitMarked = (mark: Mark, schema: TSchema, value: unknown, see: See): void => follow(schema, value, see, leadsTo[mark], [])

const always = (): boolean => true

function follow(schema: TSchema, value: unknown, see: See, leads: (schema: TSchema) => boolean, path: Path): void {
  if (!leads(schema)) return
  const shape = shapeOf(schema)
  if (see(shape, value, path) === false) return
  if (Array.isArray(value)) {
    if (shape.items) for (const [i, item] of value.entries()) follow(shape.items, item, see, leads, [...path, i])
  } else if (isObject(value)) {
    for (const [key, below] of Object.entries(value)) {
      const field = fieldOf(shape, key)
      if (typeof field === 'object' && leads(field)) follow(field, below, see, leads, [...path, key])
    }
  }
}

type Mark = 'x-ref' | 'x-secret'

/** Whether the mark is on a schema or anywhere below. Schemas never change, so each is looked through once. */
function findLeading(mark: Mark): (schema: TSchema) => boolean {
  const known = new WeakMap<TSchema, boolean>()
  const holds = (schema: TSchema, seen: Set<TSchema>): boolean => {
    const found = known.get(schema)
    if (found !== undefined || seen.has(schema)) return found ?? false
    seen.add(schema)
    const shape = shapeOf(schema)
    return shape[mark] !== undefined || listBelow(shape).some((each) => holds(each, seen))
  }
  return (schema) => {
    const found = known.get(schema) ?? holds(schema, new Set())
    known.set(schema, found)
    return found
  }
}

const listBelow = (shape: Shape): readonly TSchema[] => [
  ...Object.values(shape.properties ?? {}),
  ...(shape.items ? [shape.items] : []),
  ...(typeof shape.additionalProperties === 'object' ? [shape.additionalProperties] : []),
  ...[shape.anyOf, shape.oneOf, shape.allOf].flatMap((ways) => ways ?? []),
]

const leadsTo: Readonly<Record<Mark, (schema: TSchema) => boolean>> = { 'x-ref': findLeading('x-ref'), 'x-secret': findLeading('x-secret') }
