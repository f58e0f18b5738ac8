/** Three-way merge of two values that come from the same one: what one side changed is taken, what both changed differently is a conflict. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../contract/walk.ts'
import { identitiesOf, itemsBy } from './identity.ts'

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

/** Calls `decide` for each conflict. The result shares what it can with its sides. */
export function merge(sides: Sides, decide: Decide, path = ''): unknown {
  const { base, ours, theirs } = sides
  if (same(ours, theirs) || same(base, theirs)) return ours
  if (same(base, ours)) return theirs
  if (isObject(ours) && isObject(theirs) && (base === undefined || isObject(base)))
    return mergeFields({ base: (base ?? {}) as Fields, ours, theirs }, decide, path)
  if (Array.isArray(ours) && Array.isArray(theirs) && (base === undefined || Array.isArray(base)))
    return mergeItems({ base: (base ?? []) as unknown[], ours, theirs }, decide, path) ?? decide({ ...sides, path })
  return decide({ ...sides, path })
}

const same = (a: unknown, b: unknown): boolean => a === b || isDeepStrictEqual(a, b)

function mergeFields({ base, ours, theirs }: Record<keyof Sides, Fields>, decide: Decide, path: string): Fields {
  const merged: Record<string, unknown> = {}
  const at = (fields: Fields, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined)
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs), ...Object.keys(base)])) {
    const below = { base: at(base, key), ours: at(ours, key), theirs: at(theirs, key) }
    const value = merge(below, decide, path === '' ? key : `${path}.${key}`)
    if (value !== undefined) merged[key] = value
  }
  return merged
}

/** Undefined where the items cannot be told apart, or both sides put them into another order. */
function mergeItems({ base, ours, theirs }: Record<keyof Sides, readonly unknown[]>, decide: Decide, path: string): unknown[] | undefined {
  const identities = identitiesOf([base, ours, theirs])
  if (!identities) return undefined
  const [inBase, inOurs, inTheirs] = identities as [readonly string[], readonly string[], readonly string[]]
  const order = mergeOrder(inBase, inOurs, inTheirs)
  if (!order) return undefined
  const items = { base: itemsBy(inBase, base), ours: itemsBy(inOurs, ours), theirs: itemsBy(inTheirs, theirs) }
  return order.flatMap((name) => {
    const sides = { base: items.base.get(name), ours: items.ours.get(name), theirs: items.theirs.get(name) }
    const value = merge(sides, decide, `${path}[${name}]`)
    return value === undefined ? [] : [value]
  })
}

/** All names of either side, in the order of the side that changed it; what only the other has stands behind what it stands behind there. */
function mergeOrder(base: readonly string[], ours: readonly string[], theirs: readonly string[]): string[] | undefined {
  const everywhere = new Set(base).intersection(new Set(ours)).intersection(new Set(theirs))
  const order = (names: readonly string[]): string => names.filter((name) => everywhere.has(name)).join('\n')
  const theirsMoved = order(theirs) !== order(base)
  if (theirsMoved && order(ours) !== order(base) && order(ours) !== order(theirs)) return undefined
  const [lead, follow] = theirsMoved ? [theirs, ours] : [ours, theirs]
  const inLead = new Set(lead)
  const first: string[] = []
  const behind = new Map<string, string[]>()
  let run = first
  for (const name of follow)
    if (inLead.has(name)) behind.set(name, (run = []))
    else run.push(name)
  return [...first, ...lead.flatMap((name) => [name, ...(behind.get(name) ?? [])])]
}

/**
 * What `theirs` did to `base`, done to `ours`, which stands for `base` in another place and may differ from it on purpose: a clone has another name, and its
 * flows are off. What they changed is theirs, everything else stays ours.
 */
export const carryOver = (sides: Sides): unknown => merge(sides, ({ theirs }) => theirs)
