/** Which flows and APIs are on, as the other side has it: what a pull brings where it is asked for. */
import type { Definition, Hash } from '../definitions/definition.ts'
import type { Relation } from './snapshots/lineage.ts'
import { definitionsAt, keepDefinitions, keepTree, treeAt } from './snapshots/integration-state.ts'
import { indexOf, nameOf, treeOf, type Node, type Tree } from './snapshots/tree.ts'
import type { Rows } from '../ports/store.ts'

export const canBeOff = ({ collection }: Pick<Node, 'collection'>): boolean => collection === 'flows' || collection === 'apis'

interface Sides {
  /** What both sides had in common, and what the pull makes of it, as trees of this side. */
  readonly base: Hash
  readonly theirs: Hash
  readonly now: Tree
  /** What of the other side is asked for, as it is there. */
  readonly source: Tree
  readonly ids: ReadonlyMap<string, string>
}

/** The base and theirs of a merge that switches everything here as it is there, whenever either side last switched it. */
export async function switchedAsThere(rows: Rows, { own, other }: Relation, sides: Sides): Promise<{ base: Hash; theirs: Hash }> {
  const [base, theirs] = [await treeAt(rows, own.envId, sides.base), await treeAt(rows, own.envId, sides.theirs)]
  const [inNow, inBase, inTheirs] = [indexOf(sides.now), indexOf(base), indexOf(theirs)]
  const common = sides.source.flatMap(({ collection, id, hash }) => {
    const name = nameOf({ collection, id: sides.ids.get(id) ?? id })
    const [now, was, will] = [inNow.get(name), inBase.get(name), inTheirs.get(name)]
    return now && was && will ? [{ name, hash, now, was, will }] : []
  })
  const [there, here] = [
    await definitionsAt(
      rows,
      other.envId,
      common.map(({ hash }) => hash),
    ),
    await definitionsAt(
      rows,
      own.envId,
      common.flatMap(({ now, was, will }) => [now, was, will]),
    ),
  ]
  const changed = common.filter(({ hash, now }) => isOff(there(hash)) !== isOff(here(now)))
  const rewritten = async (tree: Tree, of: (each: (typeof common)[number]) => Definition): Promise<Hash> => {
    const hashes = await keepDefinitions(rows, own.envId, changed.map(of))
    const known = new Map(changed.map(({ name }, i) => [name, hashes[i] as Hash]))
    return (await keepTree(rows, own.envId, treeOf(tree.map((node) => ({ ...node, hash: known.get(nameOf(node)) ?? node.hash }))))).hash
  }
  return {
    base: await rewritten(base, ({ was, now }) => {
      const { disabled: _was, ...rest } = here(was)
      const { disabled } = here(now)
      return disabled === undefined ? rest : { ...rest, disabled }
    }),
    theirs: await rewritten(theirs, ({ will, hash }) => ({ ...here(will), disabled: isOff(there(hash)) })),
  }
}

const isOff = (definition: Definition): boolean => definition['disabled'] === true
