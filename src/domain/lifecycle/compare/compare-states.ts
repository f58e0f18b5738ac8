/** Compares an integration with any other state that there is a common language for: its own history, a direct relative, and that one's history. */
import type { Input } from '../../../contract/operation.ts'
import type { lifecycle as operations } from '../../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { mustExist } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import { isId } from '../../ids.ts'
import type { Context } from '../../context.ts'
import { canonical, hashOf, type Definition, type Hash } from '../../definitions/definition.ts'
import { pair } from './revision-diff.ts'
import { shown, type Pairing } from './diff-format.ts'
import { idsOf, mustBeRelated, ownPlace, relativesOf, type Place, type Relation } from '../snapshots/lineage.ts'
import { stateNamed } from '../revert.ts'
import type { Opened } from '../revision.ts'
import { definitionsAt, stateOf, treeAt } from '../snapshots/integration-state.ts'
import { translated } from './translate-ids.ts'
import { indexOf, nameOf, treeOf, type Node, type Tree } from '../snapshots/tree.ts'
import type { Rows } from '../../ports/store.ts'

export async function diffIntegration(ctx: Context, { params, query }: Input<(typeof operations)['diffIntegration']>): Promise<unknown> {
  await mustExist(ctx, 'integrations', params._id)
  const { to = '' } = query
  if (!isId(to)) throw new DomainError('invalid_query_params', 'The to query param has to be an id.', 'to')
  const own = ownPlace(ctx, params._id)
  const pairings = await ctx.store.transaction(async (rows) => {
    const before = (await stateOf(rows, own.envId, own.integrationId)).tree
    const found = await named(rows, ctx, own, to, query.at)
    if (!found.relation) return pair(rows, own.envId, before, found.tree)
    return pairOver(rows, found.relation, before, found.tree)
  })
  return shown(pairings, query.format)
}

interface Named {
  readonly tree: Tree
  /** Absent where the state is one of the integration itself. */
  readonly relation?: Relation
}

async function named(rows: Rows, ctx: Context, own: Place, id: string, at?: 'before' | 'after'): Promise<Named> {
  const relatives = await relativesOf(rows, ctx, own.integrationId)
  const relation = relatives.find(({ other }) => other.integrationId === id)
  if (relation) return { relation, tree: (await stateOf(rows, relation.other.envId, relation.other.integrationId)).tree }
  const ofOwn = await revisionAt(rows, own, id, at)
  if (ofOwn) return { tree: await treeAt(rows, own.envId, ofOwn) }
  for (const relative of relatives) {
    const hash = await revisionAt(rows, relative.other, id, at)
    if (hash !== undefined) return { relation: relative, tree: await treeAt(rows, relative.other.envId, hash) }
  }
  return { relation: await mustBeRelated(rows, ctx, own.integrationId, id, 'to'), tree: [] }
}

/** Of a snapshot and of what is still open the state before; of what is done the state after, unless told. */
async function revisionAt(rows: Rows, { envId, integrationId }: Place, id: string, at?: 'before' | 'after'): Promise<Hash | undefined> {
  const found = (await rows.revisions.find(envId, integrationId, id)) as Opened | undefined
  return found && stateNamed(found, at ?? (found.doc.afterRevisionHash === undefined ? 'before' : 'after'))
}

/** The definitions of the other side as this side would write them; ids that nothing stands for stay what they are. */
async function pairOver(rows: Rows, relation: Relation, before: Tree, other: Tree): Promise<Pairing[]> {
  const ids = await idsOf(rows, relation)
  const load = await definitionsAt(
    rows,
    relation.other.envId,
    other.map(({ hash }) => hash),
  )
  const definitions = new Map<Hash, Definition>()
  const after = treeOf(
    other.map(({ collection, id, hash: there }): Node => {
      const definition = translated(collection, load(there), { ids, pending: new Set() })
      const hash = hashOf(canonical(definition))
      definitions.set(hash, definition)
      return { collection, id: ids.get(id) ?? id, hash }
    }),
  )
  const now = indexOf(after)
  const changed = before.filter((node) => now.get(nameOf(node)) !== node.hash)
  const loadOwn = await definitionsAt(
    rows,
    relation.own.envId,
    changed.map(({ hash }) => hash),
  )
  const was = indexOf(before)
  const arrived = after.filter((node) => !was.has(nameOf(node)))
  const ofNode = ({ collection, id }: Node): Pairing => {
    const [old, is] = [was.get(nameOf({ collection, id })), now.get(nameOf({ collection, id }))]
    return {
      collection,
      id,
      before: old === undefined ? undefined : loadOwn(old),
      after: is === undefined ? undefined : definitions.get(is),
    }
  }
  return [...changed, ...arrived].map(ofNode)
}
