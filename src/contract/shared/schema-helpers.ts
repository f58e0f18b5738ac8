/** The words that field lists are written in: a description first, then what the field holds. Nothing here knows a resource type. */
import {
  Type,
  type TArray,
  type TBoolean,
  type TEnum,
  type TInteger,
  type TNumber,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TString,
  type TUnsafe,
} from 'typebox'

type Options = { readonly [keyword: string]: unknown }

/** Fields that may be left out. An object lists what it requires first and spreads these behind. */
export const optional = <P extends TProperties>(properties: P) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])) as {
    [K in keyof P]: TOptional<P[K]>
  }

/** Characters of names and descriptions, where integrator.io documents no others: those of its APIs, tools and caches. */
export const maxName = 200
export const nameBounds = { minLength: 1, maxLength: maxName } as const
export const descriptionBounds = { maxLength: 10_240 } as const

export const text = (description: string, options: Options = {}): TString => Type.String({ ...options, description })
export const flag = (description: string, options: Options = {}): TBoolean => Type.Boolean({ ...options, description })
export const number = (description: string, options: Options = {}): TNumber => Type.Number({ ...options, description })
export const integer = (description: string, options: Options = {}): TInteger => Type.Integer({ ...options, description })

/** One of these words. `type` is said as well because OpenAPI readers look for it. */
export const choice = <const V extends string[]>(values: readonly [...V], description: string, options: Options = {}): TEnum<V> =>
  Type.Enum(values, { type: 'string', ...options, description }) as unknown as TEnum<V>

export const object = <P extends TProperties>(description: string, properties: P, options: Options = {}): TObject<P> =>
  Type.Object(properties, { ...options, description })

/** Any JSON object; nothing in it is checked, dropped or read by the platform unless the description says so. */
export const anyObject = (description: string, options: Options = {}): TUnsafe<Record<string, unknown>> =>
  Type.Unsafe<Record<string, unknown>>({ ...options, type: 'object', additionalProperties: true, description })

export const list = <S extends TSchema>(items: S, description: string, options: Options = {}): TArray<S> =>
  Type.Array(items, { ...options, description })
export const texts = (description: string, options: Options = {}): TArray<TString> => Type.Array(Type.String(), { ...options, description })

/** A string that may also be null, which reads as absent. */
export const nullableText = (description: string, options: Options = {}): TUnsafe<string | null> =>
  Type.Unsafe<string | null>({ ...options, type: ['string', 'null'], description })

/** Names that people give to a field by mistake: where one stands in its place, that is an error and not a field to be dropped. */
export const mistakenNames = (field: string, ...names: readonly string[]): Options => ({
  'x-instead': Object.fromEntries(names.map((name) => [name, field])),
})

/** A header, query parameter or driver option. */
export const pair = (what: string, value = 'Its value.'): TObject<{ name: TOptional<TString>; value: TOptional<TString> }> =>
  Type.Object(optional({ name: text(`Name of the ${what}.`), value: text(value) }))

interface Condition {
  /** The field whose value decides. */
  readonly field: string
  readonly is: readonly string[]
  /** Fields that are required then, and further conditions on the same object. */
  readonly need: readonly string[]
  readonly also?: object
}

/** JSON Schema's own three words, for conditions that `needs` cannot say. */
export const ifThenElse = (test: object, yes: object, no?: object): Options => {
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; nobody awaits a schema
  return { if: test, then: yes, ...(no && { else: no }) }
}

/** Conditions chained by `else`: the first that holds decides. Not an `allOf`, in which those who look up fields would look for fields. */
export const requireIf = (...conditions: readonly Condition[]): Options => {
  const [first, ...rest] = conditions
  if (!first) return {}
  const value = first.is.length === 1 ? { const: first.is[0] } : { enum: first.is }
  const test = { properties: { [first.field]: value }, required: [first.field] }
  return ifThenElse(test, { required: first.need, ...first.also }, rest.length > 0 ? requireIf(...rest) : undefined)
}

/** True for an object that has `block` with this value in `field`. */
export const blockHasField = (block: string, field: string, is: readonly string[]): object => ({
  properties: { [block]: { properties: { [field]: { enum: is } }, required: [field] } },
  required: [block],
})
