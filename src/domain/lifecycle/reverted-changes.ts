/** Changes of the other side that this one had taken in and then reverted: a pull leaves them out, says so, and brings them where that is asked for. */
import type { Context } from '../context.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import { readName, typeName } from './compare/diff-format.ts'
import type { IntegrationPlace } from './snapshots/lineage.ts'
import { rebaseValue } from './merge/merge-values.ts'
import { computePlan } from './plan.ts'
import type { StoredRevision, RevisionDoc } from './revision.ts'
import { loadDefinitions, persistDefinitions, persistTree, loadTree } from './snapshots/integration-state.ts'
import { indexTree, nodeKey, diffTrees, buildTree, type TreeNode, type Tree } from './snapshots/tree.ts'
import type { RowsOf } from '../ports/store.ts'

/** Reverts that are looked at, the newest ones. */
const maxReverts = 20

/** `base` with what reverts did to it, as far as that is still so: what changed again since is a change like any other. */
export async function applyReverts(
  rows: RowsOf<'revisions' | 'snapshots'>,
  { envId, integrationId }: IntegrationPlace,
  base: Hash,
  now: Tree,
): Promise<Hash> {
  const reverts = (await rows.revisions.listReverts(envId, integrationId, maxReverts)) as readonly RevisionDoc[]
  const inNow = indexTree(now)
  const nodes = new Map((await loadTree(rows, envId, base)).map((node) => [nodeKey(node), node]))
  for (const { beforeRevisionHash, afterRevisionHash } of reverts) {
    if (afterRevisionHash === undefined) continue
    const [before, after] = [await loadTree(rows, envId, beforeRevisionHash), await loadTree(rows, envId, afterRevisionHash)]
    const changed = diffTrees(before, after).filter(({ collection }) => collection !== 'connections')
    const hashes = changed.flatMap((each) => [each.before, each.after, inNow.get(nodeKey(each)), nodes.get(nodeKey(each))?.hash])
    const load = await loadDefinitions(
      rows,
      envId,
      hashes.filter((hash) => hash !== undefined),
    )
    const at = (hash: Hash | undefined): Definition | undefined => (hash === undefined ? undefined : load(hash))
    for (const { collection, id, ...revert } of changed) {
      const name = nodeKey({ collection, id })
      const is = at(inNow.get(name))
      const withoutRevert = rebaseValue({ base: at(revert.after), ours: at(revert.before), theirs: is })
      const definition = rebaseValue({ base: withoutRevert, ours: at(nodes.get(name)?.hash), theirs: is }) as Definition | undefined
      const [hash] = definition ? await persistDefinitions(rows, envId, [definition]) : []
      if (hash === undefined) nodes.delete(name)
      else nodes.set(name, { collection, id, hash } satisfies TreeNode)
    }
  }
  return (await persistTree(rows, envId, buildTree([...nodes.values()]))).hash
}

type LeftOut = NonNullable<RevisionDoc['leftOut']>

/** The resources that would change, or change otherwise, if what was reverted were brought again. */
export async function findLeftOut(
  rows: RowsOf<'dependencies' | 'documents' | 'snapshots'>,
  ctx: Context,
  { doc, work }: StoredRevision,
  reverted: Hash,
): Promise<LeftOut> {
  if (work.base === undefined || reverted === work.base || work.include?.includes('reverted')) return []
  const { envId } = ctx.caller
  const [plan, whole] = [
    await computePlan(rows, envId, { doc, work }),
    await computePlan(rows, envId, { doc, work: { ...work, base: reverted } }),
  ]
  const known = new Map(plan.steps.map((step) => [nodeKey(step), JSON.stringify(step.after)]))
  return whole.steps.flatMap((step) => {
    const { collection, id, before, after } = step
    if (known.has(nodeKey(step)) && known.get(nodeKey(step)) === JSON.stringify(after)) return []
    const name = readName(after ?? (before === undefined ? undefined : whole.load(before)))
    return [{ type: typeName(collection), _id: id, name }]
  })
}
