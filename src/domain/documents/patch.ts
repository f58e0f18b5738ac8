/** Replaces a few fields of a document, as a JSON Patch asks for: all of its operations or none. */
import type { TSchema } from 'typebox'
import { accept } from '../../contract/accept.ts'
import { patchable, type Patchable } from '../../contract/operations/documents/patches.ts'
import { resources } from '../../contract/resources/index.ts'
import { fieldOf, isObject, shapeOf, type Shape } from '../../contract/walk.ts'
import { amend } from './documents.ts'
import { DomainError } from '../errors.ts'
import { checkDebugTime } from '../limits/debug-time.ts'
import { isId } from '../ids.ts'
import type { Context } from '../context.ts'
import type { Doc } from '../ports/document.ts'

interface Operation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}
interface Patch {
  readonly params: { readonly _id: string }
  readonly body: readonly Operation[]
}

export const patch =
  (collection: Patchable) =>
  async (ctx: Context, { params, body }: Patch): Promise<undefined> => {
    // What is wrong whatever the document holds is refused before it is locked.
    const changes = body.map((operation) => parseOperation(ctx, collection, operation))
    await amend(ctx, collection, params._id, (doc) => applyChanges(doc, changes))
    return undefined
  }

interface FieldChange {
  readonly path: string
  readonly keys: readonly string[]
  readonly value: unknown
}

function parseOperation(ctx: Context, collection: Patchable, { op, path, value }: Operation): FieldChange {
  if (op !== 'replace' && !(op === 'remove' && isDebugTime(path)))
    throw new DomainError('invalid_patch', `The operation ${op} is not supported for ${path}: only replace is.`, path)
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (!path.startsWith('/') || !patchable[collection].some((pattern) => matchesPattern(pattern.split('/').slice(1), keys)))
    throw new DomainError('invalid_patch', `${path} is not a whitelisted property`, path)
  if (op === 'remove') return { path, keys, value: undefined }
  if (value === undefined) throw new DomainError('invalid_patch', `The operation on ${path} needs a value.`, path)
  const shape = shapeAt(resources[collection].body, keys)
  if (isRemoval(shapeAt(resources[collection].body, keys.slice(0, -1)), shape, keys.at(-1) ?? '', value))
    return { path, keys, value: undefined }
  const accepted = accept(shape as TSchema, value).value
  refuseOtherKind(shape, accepted, keys.join('.'))
  return { path, keys, value: isDebugTime(path) ? debugTime(ctx, accepted, keys.join('.')) : accepted }
}

/** An optional text ends with null, and a schedule with an empty one too: the flow runs by itself no more. */
const isRemoval = ({ required = [] }: Shape, { type }: Shape, field: string, value: unknown): boolean =>
  type === 'string' && !required.includes(field) && (value === null || (value === '' && field === 'schedule'))

/** Until when something is recorded. */
const isDebugTime = (path: string): boolean => path.endsWith('/debugUntil') || path === '/debugDate'

function debugTime(ctx: Context, value: unknown, field: string): string {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(time)) throw new DomainError('invalid_field', `${field} must be a time.`, field)
  checkDebugTime(ctx, time, field)
  return new Date(time).toISOString()
}

const matchesPattern = (pattern: readonly string[], keys: readonly string[]): boolean =>
  pattern.length === keys.length &&
  pattern.every((part, i) => (part === '*' ? /^(?:0|[1-9]\d{0,8})$/.test(keys[i] ?? '') : part === keys[i]))

function shapeAt(schema: TSchema, keys: readonly string[]): Shape {
  return keys.reduce<Shape>((shape, key) => {
    const below = shape.items ?? fieldOf(shape, key)
    return typeof below === 'object' ? shapeOf(below) : {}
  }, shapeOf(schema))
}

/** The top-level fields that are another afterwards. A place that is not there is not made: a patch replaces. */
function applyChanges(doc: Doc, changes: readonly FieldChange[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const { path, keys, value } of changes) {
    const [field = '', ...below] = keys
    if (below.length === 0) {
      fields[field] = value
      continue
    }
    fields[field] = fields[field] ?? structuredClone(doc[field]) ?? (isDebugTime(path) ? {} : undefined)
    const parent = below.slice(0, -1).reduce<unknown>((at, key) => readMember(at, key), fields[field])
    const last = below.at(-1) as string
    if (!isObject(parent) && !Array.isArray(parent)) throw new DomainError('invalid_patch', `There is nothing at ${path}.`, path)
    ;(parent as Record<string, unknown>)[last] = value
  }
  return fields
}

const readMember = (value: unknown, key: string): unknown =>
  (isObject(value) || Array.isArray(value)) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined

function refuseOtherKind({ type, items, required, properties, format }: Shape, value: unknown, field: string): void {
  const wanted = format === 'objectId' ? 'an id' : String(type)
  const isRight = {
    object: isObject(value),
    array: Array.isArray(value),
    string: typeof value === 'string' && (format !== 'objectId' || isId(value)),
    boolean: typeof value === 'boolean',
  }[String(type)]
  if (isRight === false) throw new DomainError('invalid_field', `${field} must be ${wanted}.`, field)
  if (Array.isArray(value) && items) for (const [i, item] of value.entries()) refuseOtherKind(shapeOf(items), item, `${field}.${i}`)
  if (!isObject(value)) return
  for (const name of required ?? [])
    if (value[name] === undefined)
      throw new DomainError('missing_required_field', `Expected field: ${field}.${name} to be present.`, `${field}.${name}`)
  for (const [name, schema] of Object.entries(properties ?? {}))
    if (value[name] !== undefined) refuseOtherKind(shapeOf(schema), value[name], `${field}.${name}`)
}
