/** Which items the merge of three versions of a list has, and in which order. Where it could have one item twice there is no such list: that is a conflict. Pure. */
import { isDeepStrictEqual } from 'node:util'
import { findIdentity, countIds, matchItems, listSelectors, type Identity } from '../../definitions/item-identity.ts'

interface Lists {
  readonly base: readonly unknown[]
  readonly ours: readonly unknown[]
  readonly theirs: readonly unknown[]
}

/** An item, as each version has it. */
export interface MergedItem {
  readonly selector: string
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
  /** Both sides made it, each in its own way: the fields of the one have nothing to do with those of the other. */
  readonly isWhole: boolean
}

/** Places in the lists. */
interface Entry {
  readonly base?: number
  ours?: number
  theirs?: number
}

/** Undefined where the items cannot be told apart, where both sides put them into another order, and where an item could be in the result twice. */
export function mergeItemOrder(lists: Lists): MergedItem[] | undefined {
  const identity = findIdentity([lists.base, lists.ours, lists.theirs])
  const entries = identity && alignItems(lists, identity)
  if (!entries || mayDouble(lists, entries, identity) || collide(lists, entries, identity) || sendsTwice(lists, entries)) return undefined
  const placesOf = (side: keyof Lists): number[] => {
    const places: number[] = []
    for (const [i, { [side]: place }] of entries.entries()) if (place !== undefined) places[place] = i
    return places
  }
  const order = mergeOrder(placesOf('base'), placesOf('ours'), placesOf('theirs'))
  if (!order) return undefined
  const at = (side: keyof Lists, { [side]: place }: Entry): unknown => (place === undefined ? undefined : lists[side][place])
  const items = entries.map((entry): Record<keyof Lists, unknown> => ({
    base: at('base', entry),
    ours: at('ours', entry),
    theirs: at('theirs', entry),
  }))
  const selectors = listSelectors(
    items.map(({ base, ours, theirs }) => base ?? ours ?? theirs),
    identity,
  )
  return order.map((i) => {
    const sides = items[i] as Record<keyof Lists, unknown>
    const isWhole = sides.base === undefined && sides.ours !== undefined && sides.theirs !== undefined && !identity.isOfFields
    return { selector: selectors[i] as string, ...sides, isWhole }
  })
}

/** Every item once: those of the base, what ours added, what theirs added. What both added alike is one. */
function alignItems({ base, ours, theirs }: Lists, identity: Identity): Entry[] | undefined {
  const [inOurs, inTheirs] = [matchItems(base, ours, identity), matchItems(base, theirs, identity)]
  if (!inOurs.isSure || !inTheirs.isSure) return undefined
  const entries = base.map((_item, i): Entry => ({ base: i }))
  const added = { ours: [] as number[], theirs: [] as number[] }
  for (const [side, { from }] of [
    ['ours', inOurs],
    ['theirs', inTheirs],
  ] as const)
    for (const [place, i] of from.entries()) {
      const entry = i === undefined ? undefined : entries[i]
      if (entry) entry[side] = place
      else added[side].push(place)
    }
  const both = matchItems(
    added.ours.map((i) => ours[i]),
    added.theirs.map((i) => theirs[i]),
    identity,
    // Two fields may well have one source. Two branches with the same steps are one, of which each side chose the name.
    !identity.isOfFields,
  )
  if (!both.isSure) return undefined
  const ofOurs = added.ours.map((place): Entry => ({ ours: place }))
  entries.push(...ofOurs)
  for (const [i, place] of added.theirs.entries()) {
    const known = both.from[i]
    if (known === undefined) entries.push({ theirs: place })
    else (ofOurs[known] as Entry).theirs = place
  }
  return entries
}

/** An item that is gone from one side may be there under a name and with a content of which nothing is left: as something added. */
function mayDouble({ base, ours, theirs }: Lists, entries: readonly Entry[], { isOfFields }: Identity): boolean {
  const added = (side: 'ours' | 'theirs', other: 'ours' | 'theirs'): boolean =>
    entries.some((entry) => entry.base === undefined && entry[side] !== undefined && entry[other] === undefined)
  const adds = { ours: added('ours', 'theirs'), theirs: added('theirs', 'ours') }
  return entries.some((entry) => {
    if (entry.base === undefined) return false
    const [o, t] = [entry.ours, entry.theirs]
    if (o === undefined && t === undefined) return adds.ours && adds.theirs
    if (isOfFields || (o !== undefined && t !== undefined)) return false
    const [kept, isAdded] = o === undefined ? [theirs[t as number], adds.ours] : [ours[o], adds.theirs]
    return isAdded && !isDeepStrictEqual(kept, base[entry.base])
  })
}

/** Whether two items could end up with the identity of one, however conflicts are decided, and neither side has them both. */
function collide({ base, ours, theirs }: Lists, entries: readonly Entry[], { selectorOf }: Identity): boolean {
  const count = (items: readonly unknown[]): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const item of items) counts.set(selectorOf(item), (counts.get(selectorOf(item)) ?? 0) + 1)
    return counts
  }
  const possible = entries.flatMap((entry): string[] => {
    const [b, o, t] = [
      entry.base === undefined ? undefined : base[entry.base],
      entry.ours === undefined ? undefined : ours[entry.ours],
      entry.theirs === undefined ? undefined : theirs[entry.theirs],
    ]
    const isGone = (kept: unknown, other: unknown): boolean => other === undefined && entry.base !== undefined && isDeepStrictEqual(kept, b)
    if (isGone(o, t) || isGone(t, o)) return []
    const [inBase, inOurs, inTheirs] = [b, o, t].map((item) => (item === undefined ? undefined : selectorOf(item)))
    const names = inOurs === undefined || inOurs === inBase ? [inTheirs ?? inOurs] : inTheirs === inBase ? [inOurs] : [inOurs, inTheirs]
    return [...new Set(names.filter((name) => name !== undefined))]
  })
  const all = new Map<string, number>()
  for (const name of possible) all.set(name, (all.get(name) ?? 0) + 1)
  const [inOurs, inTheirs] = [count(ours), count(theirs)]
  return [...all].some(([name, times]) => times > 1 && times > Math.max(inOurs.get(name) ?? 0, inTheirs.get(name) ?? 0))
}

/** Whether something that items name by its id could be named more often than one of the sides wants: a branch matched wrongly sends records to a step twice. */
function sendsTwice({ base, ours, theirs }: Lists, entries: readonly Entry[]): boolean {
  const [inBase, inOurs, inTheirs] = [base, ours, theirs].map((items) => items.map(countIds)) as [Counts[], Counts[], Counts[]]
  const [b, o, t] = [inBase, inOurs, inTheirs].map(sumCounts) as [Counts, Counts, Counts]
  const possible = entries.map((entry) => {
    const side = (counts: Counts[], place: number | undefined): Counts => (place === undefined ? none : (counts[place] as Counts))
    const [was, here, there] = [side(inBase, entry.base), side(inOurs, entry.ours), side(inTheirs, entry.theirs)]
    const isSame = (place: number | undefined, items: readonly unknown[]): boolean =>
      entry.base !== undefined && place !== undefined && isDeepStrictEqual(items[place], base[entry.base])
    if (isSame(entry.ours, ours)) return there
    if (isSame(entry.theirs, theirs)) return here
    return new Map([...new Set([...was.keys(), ...here.keys(), ...there.keys()])].map((id) => [id, Math.max(at(here, id), at(there, id))]))
  })
  return [...sumCounts(possible)].some(
    ([id, times]) => times > at(b, id) + Math.max(0, at(o, id) - at(b, id)) + Math.max(0, at(t, id) - at(b, id)),
  )
}

type Counts = ReadonlyMap<string, number>
const none: Counts = new Map()
const at = (counts: Counts, id: string): number => counts.get(id) ?? 0

function sumCounts(all: readonly Counts[]): Counts {
  const sum = new Map<string, number>()
  for (const counts of all) for (const [id, times] of counts) sum.set(id, at(sum, id) + times)
  return sum
}

/** All items of either side, in the order of the side that changed it; what only the other has comes after what it comes after there. */
function mergeOrder(base: readonly number[], ours: readonly number[], theirs: readonly number[]): number[] | undefined {
  const everywhere = new Set(base).intersection(new Set(ours)).intersection(new Set(theirs))
  const order = (places: readonly number[]): string => places.filter((place) => everywhere.has(place)).join()
  const theirsMoved = order(theirs) !== order(base)
  if (theirsMoved && order(ours) !== order(base) && order(ours) !== order(theirs)) return undefined
  const [lead, follow] = theirsMoved ? [theirs, ours] : [ours, theirs]
  const inLead = new Set(lead)
  const first: number[] = []
  const after = new Map<number, number[]>()
  let run = first
  for (const place of follow)
    if (inLead.has(place)) after.set(place, (run = []))
    else run.push(place)
  return [...first, ...lead.flatMap((place) => [place, ...(after.get(place) ?? [])])]
}
