/** Three-way merge of whole states: per resource and per field. What is decided is a plan; nothing is written here. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { Collection } from '../../../contract/resources/index.ts'
import { hashText, type Definition, type Hash } from '../../definitions/definition.ts'
import { readName } from '../compare/diff-format.ts'
import { findContradictions } from './contradictions.ts'
import { mergeValues, type Conflict } from './merge-values.ts'
import { mergeText } from './script-text.ts'
import { indexTree, nodeKey, type Tree } from '../snapshots/tree.ts'

export interface Trees {
  readonly base: Tree
  readonly ours: Tree
  readonly theirs: Tree
}

export interface ResourceConflict extends Conflict {
  readonly collection: Collection
  readonly id: string
  /** What the resource is called. */
  readonly name: string
  /** Of a script: both sides in one text, with hunks where they contradict each other. */
  readonly merged?: string
}

export interface Resolution {
  readonly collection: Collection
  readonly id: string
  readonly path: string
  readonly use: 'ours' | 'theirs' | 'value'
  readonly value?: unknown
}

/** What is to become of a resource. */
export interface PlanStep {
  readonly collection: Collection
  readonly id: string
  /** As it is now; undefined where it is to be made. */
  readonly before: Hash | undefined
  /** As it shall be; undefined where it is to go. */
  readonly after: Definition | undefined
}

export interface Plan {
  readonly steps: readonly PlanStep[]
  /** Those that no resolution decides. Ours stands for each meanwhile. */
  readonly conflicts: readonly ResourceConflict[]
  /** Resolutions that no conflict asks for. */
  readonly idle: readonly Resolution[]
}

interface Sides {
  readonly base: Hash | undefined
  readonly ours: Hash | undefined
  readonly theirs: Hash | undefined
}

/** Connections never change by a pull or a revert. */
const isMerged = ({ collection }: { readonly collection: Collection }): boolean => collection !== 'connections'

/** The resources where theirs did something that ours did not do as well, in the order of their names. */
function listTouched({ base, ours, theirs }: Trees): { collection: Collection; id: string; sides: Sides }[] {
  const [inBase, inOurs, inTheirs] = [indexTree(base), indexTree(ours), indexTree(theirs)]
  const nodes = new Map([...base, ...theirs].filter(isMerged).map((node) => [nodeKey(node), node]))
  return [...nodes]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { collection, id }]) => {
      const sides = { base: inBase.get(name), ours: inOurs.get(name), theirs: inTheirs.get(name) }
      return sides.theirs === sides.base || sides.theirs === sides.ours ? [] : [{ collection, id, sides }]
    })
}

/** The definitions that `mergeStates` will ask for. */
export const listNeededHashes = (trees: Trees): readonly Hash[] => [
  ...new Set(listTouched(trees).flatMap(({ sides }) => Object.values(sides).filter((hash) => hash !== undefined))),
]

export function mergeStates(trees: Trees, load: (hash: Hash) => Definition, resolutions: readonly Resolution[]): Plan {
  const conflicts: ResourceConflict[] = []
  const left = new Map(resolutions.map((resolution) => [formatConflictPlace(resolution), resolution]))
  const steps = listTouched(trees).flatMap(({ collection, id, sides }): PlanStep[] => {
    const at = (hash: Hash | undefined): Definition | undefined => (hash === undefined ? undefined : load(hash))
    const ours = at(sides.ours)
    const name = readName(ours ?? at(sides.theirs))
    const decide = (conflict: Conflict): unknown => {
      const text = collection === 'scripts' && conflict.path === 'content' ? mergeConflictText(conflict) : undefined
      if (text?.clean) return text.text
      const place = formatConflictPlace({ collection, id, path: conflict.path })
      const resolution = left.get(place)
      left.delete(place)
      if (resolution) return resolution.use === 'value' ? resolution.value : conflict[resolution.use]
      conflicts.push({ collection, id, name, ...conflict, ...(text && { merged: text.text }) })
      return conflict.ours
    }
    // Of a resource that one side deleted and the other changed, either the whole stays or none of it: a conflict of its whole.
    const versions = { base: at(sides.base), ours, theirs: at(sides.theirs) }
    const after = mergeValues(versions, decide, '', linkedFields(collection, versions)) as Definition | undefined
    // Decided for ours throughout, it is another object with the same in it.
    return isDeepStrictEqual(after, ours) ? [] : [{ collection, id, before: sides.ours, after }]
  })
  return { steps, conflicts, idle: [...left.values()] }
}

/** The fields in which a merge would contradict itself although neither side does: a branch that leads to a router which the other side removed. */
function linkedFields(collection: Collection, { base, ours, theirs }: Record<keyof Sides, Definition | undefined>): ReadonlySet<string> {
  if (!ours || !theirs || isDeepStrictEqual(base, ours) || isDeepStrictEqual(base, theirs)) return new Set()
  const known = new Set([ours, theirs].flatMap((side) => findContradictions(collection, side)).map(({ message }) => message))
  const merged = (use: 'ours' | 'theirs') => mergeValues({ base, ours, theirs }, (conflict) => conflict[use]) as Definition
  const faults = [merged('ours'), merged('theirs')].flatMap((each) => findContradictions(collection, each))
  return new Set(faults.filter(({ message }) => !known.has(message)).flatMap(({ fields }) => fields))
}

/** Tells a conflict from every other one of its revision. */
export const hashConflictId = (place: Pick<Resolution, 'collection' | 'id' | 'path'>): string =>
  hashText(formatConflictPlace(place)).slice(0, 16)

export const formatConflictPlace = ({ collection, id, path }: Pick<Resolution, 'collection' | 'id' | 'path'>): string =>
  `${collection}/${id} ${path}`

/** Source text is merged by line: only lines that contradict each other are a conflict. */
const mergeConflictText = ({ base, ours, theirs }: Conflict): ReturnType<typeof mergeText> | undefined =>
  typeof ours === 'string' && typeof theirs === 'string' ? mergeText(typeof base === 'string' ? base : '', ours, theirs) : undefined
