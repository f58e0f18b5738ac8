/** The state of an integration: which resources it has, each with the hash of its definition. The hash of the whole says whether two states are the same. Pure. */
import type { Collection } from '../../../contract/resources/index.ts'
import { hashText, type Hash } from '../../definitions/definition.ts'

export interface TreeNode {
  readonly collection: Collection
  readonly id: string
  readonly hash: Hash
}

/** In the order of type and id. */
export type Tree = readonly TreeNode[]

export const nodeKey = ({ collection, id }: Pick<TreeNode, 'collection' | 'id'>): string => `${collection}/${id}`

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
export const buildTree = (nodes: readonly TreeNode[]): Tree =>
  nodes.toSorted((a, b) => compare(a.collection, b.collection) || compare(a.id, b.id))

/** The one spelling of a state: a line for each resource, in their order. */
export const formatTree = (tree: Tree): string => tree.map(({ collection, id, hash }) => `${collection} ${id} ${hash}`).join('\n')
export const hashTree = (tree: Tree): Hash => hashText(formatTree(tree))
export const parseTree = (text: string): Tree =>
  text.split('\n').flatMap((line) => {
    const [collection, id, hash] = line.split(' ') as [Collection, string, Hash]
    return id === undefined ? [] : [{ collection, id, hash }]
  })

/** One resource in two states; undefined where a state does not have it. */
export interface NodeDifference extends Pick<TreeNode, 'collection' | 'id'> {
  readonly before: Hash | undefined
  readonly after: Hash | undefined
}

export function diffTrees(before: Tree, after: Tree): NodeDifference[] {
  const [old, now] = [indexTree(before), indexTree(after)]
  const nodes = [...after, ...before.filter((node) => !now.has(nodeKey(node)))]
  return nodes.flatMap((node) => {
    const { collection, id } = node
    const name = nodeKey(node)
    const difference = { collection, id, before: old.get(name), after: now.get(name) }
    return difference.before === difference.after ? [] : [difference]
  })
}

export const indexTree = (tree: Tree): ReadonlyMap<string, Hash> => new Map(tree.map((node) => [nodeKey(node), node.hash]))
