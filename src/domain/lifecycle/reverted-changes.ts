/** Changes of the other side that this one had taken in and then reverted: a pull leaves them out, says so, and brings them where that is asked for. */
import type { Context } from '../context.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import { nameIn, typeOf } from './compare/diff-format.ts'
import type { Place } from './snapshots/lineage.ts'
import { carryOver } from './merge/merge-values.ts'
import { planOf } from './plan.ts'
import type { Opened, RevisionDoc } from './revision.ts'
import { definitionsAt, keepDefinitions, keepTree, treeAt } from './snapshots/integration-state.ts'
import { indexOf, nameOf, treeDiff, treeOf, type Node, type Tree } from './snapshots/tree.ts'
import type { Rows } from '../ports/store.ts'

/** Reverts that are looked at, the newest ones. */
const maxReverts = 20

/** `base` with what reverts did to it, as far as that is still so: what changed again since is a change like any other. */
export async function withReverts(rows: Rows, { envId, integrationId }: Place, base: Hash, now: Tree): Promise<Hash> {
  const reverts = (await rows.revisions.reverts(envId, integrationId, maxReverts)) as readonly RevisionDoc[]
  const inNow = indexOf(now)
  const nodes = new Map((await treeAt(rows, envId, base)).map((node) => [nameOf(node), node]))
  for (const { beforeRevisionHash, afterRevisionHash } of reverts) {
    if (afterRevisionHash === undefined) continue
    const [before, after] = [await treeAt(rows, envId, beforeRevisionHash), await treeAt(rows, envId, afterRevisionHash)]
    const changed = treeDiff(before, after).filter(({ collection }) => collection !== 'connections')
    const hashes = changed.flatMap((each) => [each.before, each.after, inNow.get(nameOf(each)), nodes.get(nameOf(each))?.hash])
    const load = await definitionsAt(
      rows,
      envId,
      hashes.filter((hash) => hash !== undefined),
    )
    const at = (hash: Hash | undefined): Definition | undefined => (hash === undefined ? undefined : load(hash))
    for (const { collection, id, ...revert } of changed) {
      const name = nameOf({ collection, id })
      const is = at(inNow.get(name))
      const withoutRevert = carryOver({ base: at(revert.after), ours: at(revert.before), theirs: is })
      const definition = carryOver({ base: withoutRevert, ours: at(nodes.get(name)?.hash), theirs: is }) as Definition | undefined
      const [hash] = definition ? await keepDefinitions(rows, envId, [definition]) : []
      if (hash === undefined) nodes.delete(name)
      else nodes.set(name, { collection, id, hash } satisfies Node)
    }
  }
  return (await keepTree(rows, envId, treeOf([...nodes.values()]))).hash
}

type LeftOut = NonNullable<RevisionDoc['leftOut']>

/** The resources that would change, or change otherwise, if what was reverted were brought again. */
export async function leftOutOf(rows: Rows, ctx: Context, { doc, work }: Opened, reverted: Hash): Promise<LeftOut> {
  if (work.base === undefined || reverted === work.base || work.include?.includes('reverted')) return []
  const { envId } = ctx.caller
  const [plan, whole] = [await planOf(rows, envId, { doc, work }), await planOf(rows, envId, { doc, work: { ...work, base: reverted } })]
  const known = new Map(plan.steps.map((step) => [nameOf(step), JSON.stringify(step.after)]))
  return whole.steps.flatMap((step) => {
    const { collection, id, before, after } = step
    if (known.has(nameOf(step)) && known.get(nameOf(step)) === JSON.stringify(after)) return []
    const name = nameIn(after ?? (before === undefined ? undefined : whole.load(before)))
    return [{ type: typeOf(collection), _id: id, name }]
  })
}
