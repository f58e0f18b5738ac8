/** Reduces a document to its definition for revisions: without stamps, run state and secrets, as canonical JSON with one hash on every machine. */
import type {
  CommonFields,
  ExportDocument,
  FlowDocument,
  IntegrationDocument,
  LookupCacheDocument,
  ScriptDocument,
  Unchecked,
} from '../../contract/document.ts'
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { TSchema } from 'typebox'
import { mask } from '../../contract/kit.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { fieldOf, isObject, shapeOf } from '../../contract/walk.ts'
import { findIdentity, matchItems } from './item-identity.ts'

/** Fields of a definition that are read by name, whatever its type. */
type NamedFields = CommonFields &
  Pick<ScriptDocument, 'content'> &
  Pick<FlowDocument, 'pageProcessors' | 'routers'> &
  Pick<IntegrationDocument, 'flowGroupings' | 'apiGroupings'> &
  Pick<ExportDocument, 'distributed' | 'webhook'> &
  Pick<LookupCacheDocument, 'includeDataInTemplatesAndCloning'>

/** What people wrote of a document, of any type. It may come from files or from a merge, so its values are JSON until they are checked. */
export interface Definition extends Unchecked<NamedFields> {
  readonly [field: string]: unknown
}
/** SHA-256 in hex. */
export type Hash = string

/** Counts up whenever the same document would have another text than before, or more is kept of it: kept hashes are worked out anew then. */
export const definitionFormat = 2

export function toDefinition(collection: Collection, doc: Definition): Definition {
  const { body, unversioned } = resources[collection]
  const kept = pickDefined(body, doc) as Record<string, unknown>
  for (const field of unversioned) delete kept[field]
  return kept
}

/** What the schema declares, of what clients may set and everybody may read. */
function pickDefined(schema: TSchema, value: unknown): unknown {
  const shape = shapeOf(schema)
  if (Array.isArray(value)) return shape.items ? value.map((item) => pickDefined(shape.items as TSchema, item)) : value
  if (!isObject(value)) return value
  const kept: Record<string, unknown> = {}
  for (const [key, below] of Object.entries(value)) {
    const field = fieldOf(shape, key)
    if (field === undefined) continue
    const { readOnly = false, 'x-secret': isSecret = false } = field === true ? {} : shapeOf(field)
    if (!readOnly && !isSecret) kept[key] = field === true ? below : pickDefined(field, below)
  }
  return kept
}

/** RFC 8785: keys in order, numbers in one spelling, no spaces. */
export const canonical = (value: unknown): string => canonicalize(value) as string
export const hashText = (text: string): Hash => createHash('sha256').update(text).digest('hex')

/**
 * The body that gives a document this definition. What definitions leave out stays as `before` has it, a secret as its mask, which keeps it: found in the
 * same place, and in lists under the same identity.
 */
export function toBody(collection: Collection, definition: Definition, before: Definition | undefined): Definition {
  const { body, unversioned } = resources[collection]
  if (!before) return definition
  const kept = Object.fromEntries(unversioned.flatMap((field) => (before[field] === undefined ? [] : [[field, before[field]]])))
  return { ...kept, ...(withMasks(body, definition, before) as Definition) }
}

function withMasks(schema: TSchema, value: unknown, before: unknown): unknown {
  const shape = shapeOf(schema)
  if (Array.isArray(value) && Array.isArray(before) && shape.items) {
    const identity = findIdentity([before, value])
    const from = identity && matchItems(before, value, identity).from
    const old = (i: number): unknown => (from ? before[from[i] ?? -1] : before[i])
    return value.map((item: unknown, i) => withMasks(shape.items as TSchema, item, old(i)))
  }
  if (!isObject(value) || !isObject(before)) return value
  const result: Record<string, unknown> = { ...value }
  for (const [key, below] of Object.entries(before)) {
    const field = fieldOf(shape, key)
    if (typeof field !== 'object') continue
    if (shapeOf(field)['x-secret']) {
      if (below === mask && value[key] === undefined) result[key] = mask
    } else if (Object.hasOwn(value, key)) result[key] = withMasks(field, value[key], below)
  }
  return result
}
