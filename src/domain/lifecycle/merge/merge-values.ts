/** Three-way merge of two values that come from the same one: what one side changed is taken, what both changed differently is a conflict. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../../contract/walk.ts'
import { fieldPath, itemPath } from './field-path.ts'
import { mergeItemOrder } from './merge-items.ts'

export interface Sides {
  /** Undefined where the side does not have the value. */
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
}

export interface Conflict extends Sides {
  /** `pageGenerators[_exportId=...].schedule`; empty for the whole. */
  readonly path: string
}

/** Decides a conflict: answers the value. */
export type Decide = (conflict: Conflict) => unknown

type Fields = Readonly<Record<string, unknown>>

const none: ReadonlySet<string> = new Set()

/**
 * Calls `decide` for each conflict. The result shares what it can with its sides. Fields that are `linked` go together: where the sides differ in one, somebody
 * decides, whoever changed it.
 */
export function mergeValues(sides: Sides, decide: Decide, path = '', linked: ReadonlySet<string> = none): unknown {
  const { base, ours, theirs } = sides
  if (same(ours, theirs)) return ours
  if (linked.has(path)) return decide({ ...sides, path })
  if (same(base, theirs)) return ours
  if (same(base, ours)) return theirs
  if (isObject(ours) && isObject(theirs) && (base === undefined || isObject(base)))
    return mergeFields({ base: (base ?? {}) as Fields, ours, theirs }, decide, path, linked)
  if (Array.isArray(ours) && Array.isArray(theirs) && (base === undefined || Array.isArray(base)))
    return mergeItems({ base: (base ?? []) as unknown[], ours, theirs }, decide, path) ?? decide({ ...sides, path })
  return decide({ ...sides, path })
}

const same = (a: unknown, b: unknown): boolean => a === b || isDeepStrictEqual(a, b)

function mergeFields(
  { base, ours, theirs }: Record<keyof Sides, Fields>,
  decide: Decide,
  path: string,
  linked: ReadonlySet<string>,
): Fields {
  const merged: Record<string, unknown> = {}
  const at = (fields: Fields, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined)
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs), ...Object.keys(base)])) {
    const below = { base: at(base, key), ours: at(ours, key), theirs: at(theirs, key) }
    const value = mergeValues(below, decide, fieldPath(path, key), linked)
    if (value !== undefined) merged[key] = value
  }
  return merged
}

/** Undefined where the list is one value: its items cannot be told apart, or the merge could have one of them twice. */
function mergeItems(lists: Record<keyof Sides, readonly unknown[]>, decide: Decide, path: string): unknown[] | undefined {
  return mergeItemOrder(lists)?.flatMap(({ selector, isWhole, ...sides }) => {
    const below = itemPath(path, selector)
    const value = isWhole && !same(sides.ours, sides.theirs) ? decide({ ...sides, path: below }) : mergeValues(sides, decide, below)
    return value === undefined ? [] : [value]
  })
}

/**
 * What `theirs` did to `base`, done to `ours`, which stands for `base` in another place and may differ from it on purpose: a clone has another name, and its
 * flows are off. What they changed is theirs, everything else stays ours.
 */
export const rebaseValue = (sides: Sides): unknown => mergeValues(sides, ({ theirs }) => theirs)
