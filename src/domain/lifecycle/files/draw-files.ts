/**
 * What files of the integration itself bring: the state that they hold, with what stays as it is here. It is `theirs` of a three-way merge whose base is the
 * state that the files were made of; without one the files say what the integration becomes.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Context } from '../../context.ts'
import { withIds } from '../../definitions/remap-ids.ts'
import type { Definition, Hash } from '../../definitions/definition.ts'
import { arriving, switchedAs } from '../rebase-changes.ts'
import { ignoredPaths, keeping } from '../ignored-fields.ts'
import type { Counterpart } from '../snapshots/lineage.ts'
import { transactionHash } from '../open-revision.ts'
import { choicesIn, type InstallStep } from '../install/install-steps.ts'
import { choiceSteps, connections } from '../revert.ts'
import type { Opened } from '../revision.ts'
import { secretsSteps } from '../install/secrets-needed.ts'
import { definitionsAt, keepDefinitions, keepTree, stateOf, treeAt } from '../snapshots/integration-state.ts'
import { choicesOf, distinct } from '../compare/translate-ids.ts'
import { indexOf, nameOf, treeOf, type Node } from '../snapshots/tree.ts'
import type { Doc } from '../../ports/document.ts'
import type { Rows } from '../../ports/store.ts'

export interface DrawnFiles {
  readonly theirs: Hash
  /** Connections that somebody chose in place of those that the files name. */
  readonly counterparts: readonly Counterpart[]
  readonly fields: Pick<Opened['doc'], 'beforeRevisionHash' | 'transactionHash' | 'installSteps'>
}

export async function drawFiles(
  rows: Rows,
  ctx: Context,
  integration: Doc,
  { files, base }: { readonly files: Hash; readonly base?: Hash },
  earlier: readonly InstallStep[],
): Promise<DrawnFiles> {
  const { envId } = ctx.caller
  const before = await stateOf(rows, envId, integration._id)
  const sent = await treeAt(rows, envId, files)
  const [inNow, inBase] = [indexOf(before.tree), base === undefined ? undefined : indexOf(await treeAt(rows, envId, base))]
  const wanted = sent.filter(({ collection }) => collection !== 'connections')
  const changed = wanted.filter((node) => inNow.get(nameOf(node)) !== node.hash)
  const sides = changed.flatMap((node) => [node.hash, inNow.get(nameOf(node)), inBase?.get(nameOf(node))])
  const load = await definitionsAt(
    rows,
    envId,
    [...sides, ...connections(sent).map(({ hash }) => hash)].filter((hash) => hash !== undefined),
  )
  const at = (hash: Hash | undefined): Definition | undefined => (hash === undefined ? undefined : load(hash))
  const bound = changed.flatMap(({ collection, hash }) => choicesOf(collection, load(hash)))
  const chosen = await choiceSteps(rows, envId, distinct(bound), sent, load, earlier)
  const counterparts = choicesIn(chosen).flatMap(({ collection, from, to }) => (to === undefined ? [] : [{ collection, from, to }]))
  const ids = new Map(counterparts.map(({ from, to }) => [from, to]))
  const drawn = changed.map(({ collection, id, hash }): Definition => {
    const name = nameOf({ collection, id })
    const told = ids.size > 0 ? withIds(load(hash), ids) : load(hash)
    const [now, was] = [at(inNow.get(name)), at(inBase?.get(name))]
    // A file that does not say whether its flow is on switches none on, and what came to both sides is on or off as it is here.
    const isSwitched = was !== undefined || (!inBase && told['disabled'] !== undefined)
    if (now) return keeping(ignoredPaths(integration['iLMIgnore'], collection), now, isSwitched ? told : switchedAs(now, told))
    return isDeepStrictEqual(told, was) ? told : arriving(collection, told)
  })
  const hashes = await keepDefinitions(rows, envId, drawn)
  const nodes = new Map(wanted.map((node) => [nameOf(node), node]))
  for (const [i, { collection, id }] of changed.entries())
    nodes.set(nameOf({ collection, id }), { collection, id, hash: hashes[i] as Hash } satisfies Node)
  const arrived = changed.map(({ collection, id }, i) => ({ collection, id, definition: drawn[i] as Definition }))
  const installSteps = [...chosen, ...(await secretsSteps(rows, { envId }, arrived, earlier))]
  const { hash: theirs } = await keepTree(rows, envId, treeOf([...nodes.values()]))
  return {
    theirs,
    counterparts,
    fields: { beforeRevisionHash: before.hash, transactionHash: transactionHash(before.hash, theirs), installSteps },
  }
}
