/** Matches the items of two versions of a list, so that an item that was moved or renamed is recognised. Pure. */
import { isDeepStrictEqual } from 'node:util'
import canonicalize from 'canonicalize'
import { isObject } from '../../contract/walk.ts'

/** Fields that identify an item, the surest first. Several stand for steps, which name an export, an import or a tool. */
const identifying: readonly (readonly string[])[] = [
  ['_id'],
  ['id'],
  ['alias'],
  ['branchId'],
  ['_exportId', '_importId', '_toolId'],
  ['_connectionId'],
  ['generate'],
  ['key'],
  ['name'],
  ['extract'],
]
/** Nobody edits these: items that share one are the same, whatever else of them changed. */
const lasting: readonly string[] = ['_id', 'id', 'branchId']
/** Items of lists that these identify write a field each. Of all others one more means that a record goes somewhere once more. */
const ofFields: ReadonlySet<string> = new Set(['generate', 'key', 'extract'])

export interface Identity {
  /** As the selectors that paths show: `name=Orders`. */
  selectorOf(item: unknown): string
  /** What is left of an item without what identifies it; undefined where nothing is. */
  restOf(item: unknown): string | undefined
  readonly fields: readonly string[]
  readonly isOfFields: boolean
  /** By a name that may be no more than what people call an item. */
  readonly isName: boolean
}

const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{24}$/.test(value)
const ofIds: Identity = { selectorOf: String, restOf: () => undefined, fields: [], isOfFields: false, isName: false }

/**
 * By the first fields that every item has. Undefined where there are none: such lists are compared as one value. Lists of ids are compared item by item, other
 * lists of plain values are not: there the place counts.
 */
export function findIdentity(lists: readonly (readonly unknown[])[]): Identity | undefined {
  const items = lists.flat()
  if (items.every(isId)) return ofIds
  if (!items.every(isObject)) return undefined
  const fields = identifying.find((each) => items.every((item) => fieldIn(item, each) !== undefined))
  if (!fields) return undefined
  return {
    fields,
    isOfFields: fields.some((field) => ofFields.has(field)),
    isName: fields.includes('name'),
    selectorOf(item) {
      const field = fieldIn(item as Item, fields) as string
      return `${field}=${(item as Item)[field] as string}`
    },
    restOf(item) {
      const rest = Object.entries(item as Item).filter(([field]) => !fields.includes(field))
      return rest.length === 0 ? undefined : canonicalize(Object.fromEntries(rest))
    },
  }
}

type Item = Readonly<Record<string, unknown>>
const fieldIn = (item: Item, fields: readonly string[]): string | undefined =>
  fields.find((name) => typeof item[name] === 'string' && item[name] !== '')

/** Which item of one list is which of another. */
export interface Match {
  /** For each item of `to` its place in `from`. */
  readonly from: readonly (number | undefined)[]
  /** False where items that share an identity changed so that nobody can tell which is which. They are taken in their order then. */
  readonly isSure: boolean
}

/** `renamed`: an item that is there under another name and otherwise the same counts as the same. */
export function matchItems(from: readonly unknown[], to: readonly unknown[], identity: Identity, renamed = true): Match {
  const places = Array.from<number | undefined>({ length: to.length })
  const free = new Set(from.keys())
  const pair = (f: number, t: number): void => {
    places[t] = f
    free.delete(f)
  }
  // Most versions of a list differ in a few items: what stands unchanged at its ends costs a comparison, however long it is.
  const shorter = Math.min(from.length, to.length)
  let [start, end] = [0, 0]
  for (; start < shorter && isDeepStrictEqual(from[start], to[start]); start++) pair(start, start)
  for (; end < shorter - start && isDeepStrictEqual(from.at(-1 - end), to.at(-1 - end)); end++)
    pair(from.length - 1 - end, to.length - 1 - end)

  /** Pairs what has a key that nothing else of its list has. */
  const pairUnique = (keyOf: (item: unknown) => string | undefined): void => {
    if (free.size === 0) return
    const inFrom = uniquePlaces(from, keyOf, (i) => free.has(i))
    for (const [key, t] of uniquePlaces(to, keyOf, (i) => places[i] === undefined)) {
      const f = inFrom.get(key)
      if (f !== undefined && f !== shared && t !== shared) pair(f, t)
    }
  }
  for (const field of lasting) pairUnique((item) => valueOf(item, field))
  // Branches that lead to the same steps are the same, whatever each is called by now.
  if (renamed && identity.isName) pairUnique(namesOfIds)
  pairUnique(identity.selectorOf)
  const left = Map.groupBy(free, (f) => identity.selectorOf(from[f]))
  const waiting = Map.groupBy(
    to.keys().filter((t) => places[t] === undefined),
    (t) => identity.selectorOf(to[t]),
  )
  let isSure = true
  for (const [selector, inFrom] of left) {
    const inTo = waiting.get(selector) ?? []
    pairEqual(from, to, inFrom, inTo, pair)
    const [gone, come] = [inFrom.filter((f) => free.has(f)), inTo.filter((t) => places[t] === undefined)]
    isSure &&= gone.length === 0 || come.length === 0 || (gone.length === 1 && come.length === 1)
    for (const [i, t] of come.entries()) if (gone[i] !== undefined) pair(gone[i], t)
  }
  if (renamed) pairUnique(identity.restOf)
  return { from: places, isSure }
}

/** Stands for the place of a key that several items have. */
const shared = -1

function uniquePlaces(
  items: readonly unknown[],
  keyOf: (item: unknown) => string | undefined,
  isOpen: (place: number) => boolean,
): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  for (const [i, item] of items.entries()) {
    const key = isOpen(i) ? keyOf(item) : undefined
    if (key !== undefined) places.set(key, places.has(key) ? shared : i)
  }
  return places
}

function namesOfIds(item: unknown): string | undefined {
  const ids = countIds(item)
  return ids.size === 0 ? undefined : [...ids].flat().join(' ')
}

const valueOf = (item: unknown, field: string): string | undefined =>
  isObject(item) && typeof item[field] === 'string' && item[field] !== '' ? item[field] : undefined

/** Which ids it names, in their order, and how often each. */
export function countIds(item: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const look = (value: unknown): void => {
    if (isId(value)) counts.set(value, (counts.get(value) ?? 0) + 1)
    else if (typeof value === 'object' && value !== null) for (const below of Object.values(value)) look(below)
  }
  look(item)
  return counts
}

/** Of several items with one identity those first that did not change at all, in their order. */
function pairEqual(
  from: readonly unknown[],
  to: readonly unknown[],
  inFrom: readonly number[],
  inTo: readonly number[],
  pair: (f: number, t: number) => void,
): void {
  const byText = new Map<string, number[]>()
  for (const f of inFrom) {
    const text = canonicalize(from[f]) as string
    byText.set(text, [...(byText.get(text) ?? []), f])
  }
  for (const t of inTo) {
    const f = byText.get(canonicalize(to[t]) as string)?.shift()
    if (f !== undefined) pair(f, t)
  }
}

/** A selector for each item, of which no two are the same: of those that share one the second is `generate=total#2`. */
export function listSelectors(items: readonly unknown[], { selectorOf }: Identity): string[] {
  const seen = new Map<string, number>()
  return items.map((item) => {
    const selector = selectorOf(item)
    const count = (seen.get(selector) ?? 0) + 1
    seen.set(selector, count)
    return count === 1 ? selector : `${selector}#${count}`
  })
}
