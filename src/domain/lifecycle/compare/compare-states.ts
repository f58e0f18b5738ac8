/** Compares an integration with any other state that there is a common language for: its own history, a direct relative, and that one's history. */
import type { Input, Result } from '../../../contract/operation.ts'
import type { lifecycle as operations } from '../../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { checkExists } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import { isId } from '../../ids.ts'
import type { Context } from '../../context.ts'
import { canonical, hashText, type Definition, type Hash } from '../../definitions/definition.ts'
import { pairTrees } from './revision-diff.ts'
import { formatDiff, type Pairing } from './diff-format.ts'
import { mapCounterparts, requireRelation, ownPlace, findRelatives, type IntegrationPlace, type Relation } from '../snapshots/lineage.ts'
import { targetHash } from '../revert.ts'
import type { StoredRevision } from '../revision.ts'
import { loadDefinitions, readState, loadTree } from '../snapshots/integration-state.ts'
import { translateDefinition } from './translate-ids.ts'
import { indexTree, nodeKey, buildTree, type TreeNode, type Tree } from '../snapshots/tree.ts'
import type { RowsOf } from '../../ports/store.ts'

export async function diffIntegration(
  ctx: Context,
  { params, query }: Input<(typeof operations)['diffIntegration']>,
): Promise<Result<(typeof operations)['diffIntegration']>> {
  await checkExists(ctx, 'integrations', params._id)
  const { to = '' } = query
  if (!isId(to)) throw new DomainError('invalid_query_params', 'The to query param has to be an id.', 'to')
  const own = ownPlace(ctx, params._id)
  const pairings = await ctx.store.transaction(async (rows) => {
    const before = await readFirstState(rows, own, query)
    const found = await readNamedState(rows, ctx, own, to, query.at)
    if (!found.relation) return pairTrees(rows, own.envId, before, found.tree)
    return pairStates(rows, found.relation, before, found.tree)
  })
  return formatDiff(pairings, query.format)
}

/** The present state, unless one of the history is named. */
async function readFirstState(
  rows: RowsOf<'documents' | 'revisions' | 'snapshots'>,
  own: IntegrationPlace,
  { from, fromAt }: Input<(typeof operations)['diffIntegration']>['query'],
): Promise<Tree> {
  if (from === undefined) return (await readState(rows, own.envId, own.integrationId)).tree
  if (!isId(from)) throw new DomainError('invalid_query_params', 'The from query param has to be an id.', 'from')
  const hash = await readRevisionState(rows, own, from, fromAt)
  if (hash === undefined) throw new DomainError('invalid_ref', `The integration has no revision ${from}.`, 'from')
  return loadTree(rows, own.envId, hash)
}

interface NamedState {
  readonly tree: Tree
  /** Absent where the state is one of the integration itself. */
  readonly relation?: Relation
}

async function readNamedState(
  rows: RowsOf<'clones' | 'documents' | 'revisions' | 'snapshots'>,
  ctx: Context,
  own: IntegrationPlace,
  id: string,
  at?: 'before' | 'after',
): Promise<NamedState> {
  const relatives = await findRelatives(rows, ctx, own.integrationId)
  const relation = relatives.find(({ other }) => other.integrationId === id)
  if (relation) return { relation, tree: (await readState(rows, relation.other.envId, relation.other.integrationId)).tree }
  const ofOwn = await readRevisionState(rows, own, id, at)
  if (ofOwn) return { tree: await loadTree(rows, own.envId, ofOwn) }
  for (const relative of relatives) {
    const hash = await readRevisionState(rows, relative.other, id, at)
    if (hash !== undefined) return { relation: relative, tree: await loadTree(rows, relative.other.envId, hash) }
  }
  return { relation: await requireRelation(rows, ctx, own.integrationId, id, 'to'), tree: [] }
}

/** Of a snapshot and of what is still open the state before; of what is done the state after, by default. */
async function readRevisionState(
  rows: RowsOf<'revisions'>,
  { envId, integrationId }: IntegrationPlace,
  id: string,
  at?: 'before' | 'after',
): Promise<Hash | undefined> {
  const found = (await rows.revisions.find(envId, integrationId, id)) as StoredRevision | undefined
  return found && targetHash(found, at ?? (found.doc.afterRevisionHash === undefined ? 'before' : 'after'))
}

/** The definitions of the other side as this side would write them; ids that nothing stands for stay what they are. */
async function pairStates(
  rows: RowsOf<'clones' | 'files' | 'snapshots'>,
  relation: Relation,
  before: Tree,
  other: Tree,
): Promise<Pairing[]> {
  const ids = await mapCounterparts(rows, relation)
  const load = await loadDefinitions(
    rows,
    relation.other.envId,
    other.map(({ hash }) => hash),
  )
  const definitions = new Map<Hash, Definition>()
  const after = buildTree(
    other.map(({ collection, id, hash: there }): TreeNode => {
      const definition = translateDefinition(collection, load(there), { ids, pending: new Set() })
      const hash = hashText(canonical(definition))
      definitions.set(hash, definition)
      return { collection, id: ids.get(id) ?? id, hash }
    }),
  )
  const now = indexTree(after)
  const changed = before.filter((node) => now.get(nodeKey(node)) !== node.hash)
  const loadOwn = await loadDefinitions(
    rows,
    relation.own.envId,
    changed.map(({ hash }) => hash),
  )
  const was = indexTree(before)
  const arrived = after.filter((node) => !was.has(nodeKey(node)))
  const ofNode = ({ collection, id }: TreeNode): Pairing => {
    const [old, is] = [was.get(nodeKey({ collection, id })), now.get(nodeKey({ collection, id }))]
    return {
      collection,
      id,
      before: old === undefined ? undefined : loadOwn(old),
      after: is === undefined ? undefined : definitions.get(is),
    }
  }
  return [...changed, ...arrived].map(ofNode)
}
