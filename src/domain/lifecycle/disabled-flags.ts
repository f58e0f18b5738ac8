/** Copies from the other side which flows and APIs are disabled, where a pull is asked to include that. */
import type { Definition, Hash } from '../definitions/definition.ts'
import type { Relation } from './snapshots/lineage.ts'
import { loadDefinitions, persistDefinitions, persistTree, loadTree } from './snapshots/integration-state.ts'
import { indexTree, nodeKey, buildTree, type TreeNode, type Tree } from './snapshots/tree.ts'
import type { RowsOf } from '../ports/store.ts'

export const canBeDisabled = ({ collection }: Pick<TreeNode, 'collection'>): boolean => collection === 'flows' || collection === 'apis'

interface FlagSides {
  /** What both sides had in common, and what the pull makes of it, as trees of this side. */
  readonly base: Hash
  readonly theirs: Hash
  readonly now: Tree
  /** What of the other side is asked for, as it is there. */
  readonly source: Tree
  readonly ids: ReadonlyMap<string, string>
}

/** The base and theirs of a merge that switches everything here as it is there, whenever either side last switched it. */
export async function copyDisabledFlags(
  rows: RowsOf<'snapshots'>,
  { own, other }: Relation,
  sides: FlagSides,
): Promise<{ base: Hash; theirs: Hash }> {
  const [base, theirs] = [await loadTree(rows, own.envId, sides.base), await loadTree(rows, own.envId, sides.theirs)]
  const [inNow, inBase, inTheirs] = [indexTree(sides.now), indexTree(base), indexTree(theirs)]
  const common = sides.source.flatMap(({ collection, id, hash }) => {
    const name = nodeKey({ collection, id: sides.ids.get(id) ?? id })
    const [now, was, will] = [inNow.get(name), inBase.get(name), inTheirs.get(name)]
    return now && was && will ? [{ name, hash, now, was, will }] : []
  })
  const [there, here] = [
    await loadDefinitions(
      rows,
      other.envId,
      common.map(({ hash }) => hash),
    ),
    await loadDefinitions(
      rows,
      own.envId,
      common.flatMap(({ now, was, will }) => [now, was, will]),
    ),
  ]
  const changed = common.filter(({ hash, now }) => isDisabled(there(hash)) !== isDisabled(here(now)))
  const rewritten = async (tree: Tree, of: (each: (typeof common)[number]) => Definition): Promise<Hash> => {
    const hashes = await persistDefinitions(rows, own.envId, changed.map(of))
    const known = new Map(changed.map(({ name }, i) => [name, hashes[i] as Hash]))
    return (await persistTree(rows, own.envId, buildTree(tree.map((node) => ({ ...node, hash: known.get(nodeKey(node)) ?? node.hash })))))
      .hash
  }
  return {
    base: await rewritten(base, ({ was, now }) => {
      const { disabled: _was, ...rest } = here(was)
      const { disabled } = here(now)
      return disabled === undefined ? rest : { ...rest, disabled }
    }),
    theirs: await rewritten(theirs, ({ will, hash }) => ({ ...here(will), disabled: isDisabled(there(hash)) })),
  }
}

const isDisabled = (definition: Definition): boolean => definition.disabled === true
