/**
 * What files of the integration itself bring: the state that they hold, with what stays as it is here. It is `theirs` of a three-way merge whose base is the
 * state that the files were made of; without one the files say what the integration becomes.
 */
import type { IntegrationDocument } from '../../../contract/document.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Context } from '../../context.ts'
import { remapIds } from '../../definitions/remap-ids.ts'
import type { Definition, Hash } from '../../definitions/definition.ts'
import { disableArriving, withDisabledOf } from '../rebase-changes.ts'
import { readIgnoredPaths, keepIgnoredFields } from '../ignored-fields.ts'
import type { Counterpart } from '../snapshots/lineage.ts'
import { transactionHash } from '../open-revision.ts'
import { listChoices, type InstallStep } from '../install/install-steps.ts'
import { buildRevertChoices, filterConnections } from '../revert.ts'
import type { StoredRevision } from '../revision.ts'
import { buildSecretsSteps } from '../install/secrets-needed.ts'
import { loadDefinitions, persistDefinitions, persistTree, readState, loadTree } from '../snapshots/integration-state.ts'
import { findNeededChoices, uniqueChoices } from '../compare/translate-ids.ts'
import { indexTree, nodeKey, buildTree, type TreeNode } from '../snapshots/tree.ts'
import type { RowsOf } from '../../ports/store.ts'

export interface RebasedFiles {
  readonly theirs: Hash
  /** Connections that somebody chose in place of those that the files name. */
  readonly counterparts: readonly Counterpart[]
  readonly fields: Pick<StoredRevision['doc'], 'beforeRevisionHash' | 'transactionHash' | 'installSteps'>
}

export async function rebaseFiles(
  rows: RowsOf<'documents' | 'snapshots'>,
  ctx: Context,
  integration: IntegrationDocument,
  { files, base }: { readonly files: Hash; readonly base?: Hash },
  earlier: readonly InstallStep[],
): Promise<RebasedFiles> {
  const { envId } = ctx.caller
  const before = await readState(rows, envId, integration._id)
  const sent = await loadTree(rows, envId, files)
  const [inNow, inBase] = [indexTree(before.tree), base === undefined ? undefined : indexTree(await loadTree(rows, envId, base))]
  const wanted = sent.filter(({ collection }) => collection !== 'connections')
  const changed = wanted.filter((node) => inNow.get(nodeKey(node)) !== node.hash)
  const sides = changed.flatMap((node) => [node.hash, inNow.get(nodeKey(node)), inBase?.get(nodeKey(node))])
  const load = await loadDefinitions(
    rows,
    envId,
    [...sides, ...filterConnections(sent).map(({ hash }) => hash)].filter((hash) => hash !== undefined),
  )
  const at = (hash: Hash | undefined): Definition | undefined => (hash === undefined ? undefined : load(hash))
  const bound = changed.flatMap(({ collection, hash }) => findNeededChoices(collection, load(hash)))
  const chosen = await buildRevertChoices(rows, envId, uniqueChoices(bound), sent, load, earlier)
  const counterparts = listChoices(chosen).flatMap(({ collection, from, to }) => (to === undefined ? [] : [{ collection, from, to }]))
  const ids = new Map(counterparts.map(({ from, to }) => [from, to]))
  const drawn = changed.map(({ collection, id, hash }): Definition => {
    const name = nodeKey({ collection, id })
    const told = ids.size > 0 ? remapIds(load(hash), ids) : load(hash)
    const [now, was] = [at(inNow.get(name)), at(inBase?.get(name))]
    // A file that does not say whether its flow is on switches none on, and what came to both sides is on or off as it is here.
    const isSwitched = was !== undefined || (!inBase && told.disabled !== undefined)
    if (now)
      return keepIgnoredFields(readIgnoredPaths(integration.iLMIgnore, collection), now, isSwitched ? told : withDisabledOf(now, told))
    return isDeepStrictEqual(told, was) ? told : disableArriving(collection, told)
  })
  const hashes = await persistDefinitions(rows, envId, drawn)
  const nodes = new Map(wanted.map((node) => [nodeKey(node), node]))
  for (const [i, { collection, id }] of changed.entries())
    nodes.set(nodeKey({ collection, id }), { collection, id, hash: hashes[i] as Hash } satisfies TreeNode)
  const arrived = changed.map(({ collection, id }, i) => ({ collection, id, definition: drawn[i] as Definition }))
  const installSteps = [...chosen, ...(await buildSecretsSteps(rows, { envId }, arrived, earlier))]
  const { hash: theirs } = await persistTree(rows, envId, buildTree([...nodes.values()]))
  return {
    theirs,
    counterparts,
    fields: { beforeRevisionHash: before.hash, transactionHash: transactionHash(before.hash, theirs), installSteps },
  }
}
