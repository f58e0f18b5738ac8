/** Walks the schema of a document, and lists what is entered: each field with its way in, what it is, and where the schema requires it. */
import type { TSchema } from 'typebox'
import type { Condition, StepFieldKind } from './step-forms.ts'
import { toHint } from './to-hint.ts'

export interface Leaf {
  /** With dots between its names; a number is a place in a list. */
  readonly path: string
  readonly kind: StepFieldKind
  readonly hint: string
  readonly isRequired: boolean
  readonly requiredWhere: readonly Condition[]
  readonly isReadOnly: boolean
  readonly options?: readonly string[]
  readonly collection?: string
  readonly byDefault?: string | number | boolean
}

interface Shape {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly additionalProperties?: unknown
  readonly required?: readonly string[]
  readonly items?: TSchema
  readonly description?: string
  readonly default?: unknown
  readonly readOnly?: boolean
  readonly $ref?: string
  readonly 'x-ref'?: string
  readonly 'x-secret'?: boolean
  readonly if?: { readonly properties?: Readonly<Record<string, { readonly const?: unknown; readonly enum?: readonly unknown[] }>> }
  readonly then?: Shape
  readonly else?: Shape
}

interface Options {
  /** A block that is required, whatever the schema says. */
  readonly block: string | undefined
  readonly firstOnly: ReadonlySet<string>
  readonly firstTwo: ReadonlySet<string>
}

/** What a field inherits of those that it lies in. */
interface Way {
  readonly path: string
  readonly isRequired: boolean
  readonly isReadOnly: boolean
  readonly requiredWhere: readonly Condition[]
}

export const listLeaves = (schema: TSchema, options: Options): readonly Leaf[] =>
  walk(schema as Shape, { path: '', isRequired: true, isReadOnly: false, requiredWhere: [] }, options)

function walk(shape: Shape, way: Way, options: Options): readonly Leaf[] {
  const needs = readNeeds(shape, way.path)
  return Object.entries(shape.properties ?? {}).flatMap(([name, next]) => {
    const child = next as Shape
    const isBlock = way.path === '' && name === options.block
    const isSaid = shape.required?.includes(name) === true || isBlock
    const need = needs.find((each) => each.name === name)
    return describeChild(
      child,
      {
        path: way.path === '' ? name : `${way.path}.${name}`,
        isRequired: way.isRequired && isSaid,
        isReadOnly: way.isReadOnly || child.readOnly === true,
        requiredWhere: need && !isSaid ? [need.where] : isSaid ? way.requiredWhere : [],
      },
      options,
    )
  })
}

function describeChild(shape: Shape, way: Way, options: Options): readonly Leaf[] {
  const isOpen = shape.additionalProperties === true
  if (shape.properties && !isOpen && shape.$ref === undefined && Object.keys(shape.properties).length > 0) return walk(shape, way, options)
  const { path } = way
  const items = shape.items as Shape | undefined
  if (items && options.firstOnly.has(path)) return [ofFirst(shape, items, way, 0)]
  if (items && options.firstTwo.has(path)) return [ofFirst(shape, items, way, 0), { ...ofFirst(shape, items, way, 1), isRequired: false }]
  return [describe(shape, way)]
}

/** An entry of a list: what the list says is about it. */
const ofFirst = (list: Shape, items: Shape, way: Way, place: number): Leaf =>
  describe(
    { ...items, ...(items.description === undefined && list.description !== undefined && { description: list.description }) },
    { ...way, path: `${way.path}.${place}` },
  )

const describe = (shape: Shape, { path, isRequired, isReadOnly, requiredWhere }: Way): Leaf => ({
  path,
  kind: kindOf(shape),
  hint: toHint(shape.description),
  isRequired,
  isReadOnly,
  // A condition of the document itself is about its block, which is there.
  requiredWhere: requiredWhere.filter(({ path: decides }) => decides !== 'type'),
  ...(shape.enum && { options: shape.enum.filter((each) => each !== null).map(String) }),
  ...(shape['x-ref'] && { collection: shape['x-ref'] }),
  ...(isPlain(shape.default) && { byDefault: shape.default }),
})

const isPlain = (value: unknown): value is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof value)

function kindOf(shape: Shape): StepFieldKind {
  const { enum: choices, format, items, 'x-secret': isSecret } = shape
  const types = [shape.type ?? []].flat()
  if (choices) return 'select'
  if (isSecret && !types.includes('object')) return 'secret'
  if (types.includes('array')) return kindOfList(items as Shape | undefined)
  if (types.includes('boolean')) return 'flag'
  if (types.includes('number') || types.includes('integer')) return 'number'
  if (types.includes('object') || shape.$ref !== undefined || types.length === 0) return 'json'
  return format === 'uri' ? 'url' : 'text'
}

function kindOfList(items: Shape | undefined): StepFieldKind {
  if (items?.properties) return Object.keys(items.properties).toSorted().join(' ') === 'name value' ? 'pairs' : 'json'
  return [items?.type ?? []].flat().includes('string') ? 'lines' : 'json'
}

interface Need {
  readonly name: string
  readonly where: Condition
}

/** What `if` and `then` of a schema require: chains of `else` are walked along. */
function readNeeds({ if: test, then, else: otherwise }: Shape, path: string): readonly Need[] {
  if (!test || !then) return []
  const [decides] = Object.entries(test.properties ?? {})
  const rest = otherwise ? readNeeds(otherwise, path) : []
  if (!decides) return rest
  const [name, { const: value, enum: values }] = decides
  const where: Condition = { path: path === '' ? name : `${path}.${name}`, is: (values ?? [value]).map(String) }
  return [...(then.required ?? []).map((each) => ({ name: each, where })), ...rest]
}
