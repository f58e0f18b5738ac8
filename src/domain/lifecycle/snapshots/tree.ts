/** The state of an integration: which resources it has, each with the hash of its definition. The hash of the whole says whether two states are the same. Pure. */
import type { Collection } from '../../../contract/resources/index.ts'
import { hashOf, type Hash } from '../../definitions/definition.ts'

export interface Node {
  readonly collection: Collection
  readonly id: string
  readonly hash: Hash
}

/** In the order of type and id. */
export type Tree = readonly Node[]

export const nameOf = ({ collection, id }: Pick<Node, 'collection' | 'id'>): string => `${collection}/${id}`

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
export const treeOf = (nodes: readonly Node[]): Tree => nodes.toSorted((a, b) => compare(a.collection, b.collection) || compare(a.id, b.id))

/** The one spelling of a state: a line for each resource, in their order. */
export const treeText = (tree: Tree): string => tree.map(({ collection, id, hash }) => `${collection} ${id} ${hash}`).join('\n')
export const treeHash = (tree: Tree): Hash => hashOf(treeText(tree))
export const treeFrom = (text: string): Tree =>
  text.split('\n').flatMap((line) => {
    const [collection, id, hash] = line.split(' ') as [Collection, string, Hash]
    return id === undefined ? [] : [{ collection, id, hash }]
  })

/** One resource in two states; undefined where a state does not have it. */
export interface Difference extends Pick<Node, 'collection' | 'id'> {
  readonly before: Hash | undefined
  readonly after: Hash | undefined
}

export function treeDiff(before: Tree, after: Tree): Difference[] {
  const [old, now] = [indexOf(before), indexOf(after)]
  const nodes = [...after, ...before.filter((node) => !now.has(nameOf(node)))]
  return nodes.flatMap((node) => {
    const { collection, id } = node
    const name = nameOf(node)
    const difference = { collection, id, before: old.get(name), after: now.get(name) }
    return difference.before === difference.after ? [] : [difference]
  })
}

export const indexOf = (tree: Tree): ReadonlyMap<string, Hash> => new Map(tree.map((node) => [nameOf(node), node.hash]))
