/** Finds the fields of a document that ask for what this server does not do. */
import { StepFailure, type ErrorSource } from '../adaptor.ts'
import { apiFields, apiObstacles } from './apis.ts'
import { connectionFields } from './connections.ts'
import { exportFields } from './exports.ts'
import { isHttpFile, saysSomething, type Described, type Field, type Refusal } from './field.ts'
import { flowFields } from './flows.ts'
import { importFields } from './imports.ts'

export type FieldsKind = 'exports' | 'imports' | 'connections' | 'flows' | 'apis'

export const fieldsOf: Readonly<Record<FieldsKind, readonly Field[]>> = {
  exports: exportFields,
  imports: importFields,
  connections: connectionFields,
  flows: flowFields,
  apis: apiFields,
}

/** A level of a path, and whether every entry of the list there is meant. */
interface Step {
  readonly name: string
  readonly isList: boolean
}

/** A field and the way to it. Made once: every save asks for all of them. */
interface Placeable extends Field {
  readonly steps: readonly Step[]
}

const place = (fields: readonly Field[]): readonly Placeable[] => fields.map((field) => ({ ...field, steps: stepsOf(field.path) }))

function stepsOf(path: string): readonly Step[] {
  const steps = path.replace(/(\.\*\*|(\[\])+)$/, '').split('.')
  return steps.map((step) => ({ name: step.replace(/(\[\])+$/, ''), isList: step.endsWith(']') }))
}

const placeableOf: Readonly<Record<FieldsKind, readonly Placeable[]>> = {
  exports: place(exportFields),
  imports: place(importFields),
  connections: place(connectionFields),
  flows: place(flowFields),
  apis: place([...apiFields, ...apiObstacles]),
}

export interface RefusedField {
  readonly code: string
  /** Where it stands in the document. */
  readonly field: string
  readonly message: string
}

const nouns: Readonly<Record<FieldsKind, string>> = {
  exports: 'export',
  imports: 'import',
  connections: 'connection',
  flows: 'flow',
  apis: 'API',
}

export function listRefusedFields(kind: FieldsKind, doc: object): readonly RefusedField[] {
  const described = doc as Described
  const there = placeableOf[kind].filter(({ steps: [first] }) => first && Object.hasOwn(described, first.name))
  return there.flatMap((field) => {
    const refusal = refusalOf(field, kindOf(kind, described), nouns[kind])
    if (!refusal) return []
    const { asks = saysSomething, code, says } = refusal
    return valuesAt(described, field.steps)
      .filter(({ value }) => asks(value, described))
      .map(({ at }): RefusedField => ({ code, field: at, message: sentence(nouns[kind], described, at, says) }))
  })
}

/** Throws the `StepFailure` of the first field that asks for what is not done. */
export function refuseFields(kind: FieldsKind, doc: object): void {
  const [first] = listRefusedFields(kind, doc)
  const source: ErrorSource = kind === 'connections' ? 'connection' : 'internal'
  if (first) throw new StepFailure({ source, code: first.code, message: first.message })
}

/** The older type is over HTTP, and has a use for the same fields. */
const older: Readonly<Record<string, string>> = { rest: 'http', RESTExport: 'HTTPExport' }

function kindOf(kind: FieldsKind, doc: Described): unknown {
  const { type, adaptorType } = doc
  const said = kind === 'connections' || kind === 'apis' ? type : adaptorType
  if (typeof said !== 'string') return said
  if ((said === 'HTTPExport' || said === 'HTTPImport') && isHttpFile(doc)) return said.replace('HTTP', 'HTTPFile')
  return Object.hasOwn(older, said) ? older[said] : said
}

function refusalOf({ of, refused }: Field, kind: unknown, noun: string): Refusal | undefined {
  if (of !== undefined && typeof kind === 'string' && !of.some((one) => kind.startsWith(one))) return foreign(of, noun)
  return refused?.elsewhere ? undefined : refused
}

/** What an empty step of another kind holds, as clients send it. */
const harmless: readonly unknown[] = ['utf8', 'records']

const foreign = (of: readonly string[], noun: string): Refusal => ({
  code: 'foreign_field',
  says: `Only ${noun}s of the kind ${of.join(' or ')} have a use for it.`,
  asks: (value) => saysSomething(value) && !harmless.includes(value),
})

const sentence = (noun: string, { name }: Described, at: string, says: string): string =>
  `The ${noun} ${typeof name === 'string' ? name : ''} cannot be used with ${at}. ${says}`

interface Placed {
  readonly at: string
  readonly value: unknown
}

/** What stands at a path, in every entry of the lists on the way. */
function valuesAt(doc: Described, steps: readonly Step[]): Placed[] {
  return steps.reduce<Placed[]>(
    (places, { name, isList }) => {
      const below = places.flatMap(({ at, value }) =>
        isObject(value) && Object.hasOwn(value, name) ? [{ at: at === '' ? name : `${at}.${name}`, value: value[name] }] : [],
      )
      return isList ? below.flatMap(entriesOf) : below
    },
    [{ at: '', value: doc }],
  )
}

const entriesOf = ({ at, value }: Placed): Placed[] =>
  Array.isArray(value) ? value.map((entry: unknown, i) => ({ at: `${at}.${i}`, value: entry })) : []

const isObject = (value: unknown): value is Described => typeof value === 'object' && value !== null && !Array.isArray(value)
