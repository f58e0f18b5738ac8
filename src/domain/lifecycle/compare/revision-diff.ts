/** The difference that a revision makes, and that of any two states. */
import type { Input, Result } from '../../../contract/operation.ts'
import type { revisions as operations } from '../../../contract/operations/lifecycle/revisions.ts'
import { DomainError } from '../../errors.ts'
import type { Context } from '../../context.ts'
import { formatDiff, type Pairing } from './diff-format.ts'
import { toPairings, computePlan } from '../plan.ts'
import { findRevision } from '../revision.ts'
import { loadDefinitions, loadTree } from '../snapshots/integration-state.ts'
import { diffTrees, type Tree } from '../snapshots/tree.ts'
import type { RowsOf } from '../../ports/store.ts'

export async function getIntegrationRevisionDiff(
  ctx: Context,
  { params, query }: Input<(typeof operations)['getIntegrationRevisionDiff']>,
): Promise<Result<(typeof operations)['getIntegrationRevisionDiff']>> {
  const { envId } = ctx.caller
  const rows = ctx.store
  const revision = await findRevision(rows, envId, params._id, params._revisionId)
  const { type, status, beforeRevisionHash, afterRevisionHash } = revision.doc
  if (type === 'snapshot') throw new DomainError('invalid_revision_state', 'A snapshot holds a state. There is nothing to compare it with.')
  if (status === 'inprogress') return formatDiff(toPairings(await computePlan(rows, envId, revision)), query.format)
  if (status !== 'completed' || afterRevisionHash === undefined)
    throw new DomainError('invalid_revision_state', `The revision is ${status}, and its difference is gone.`)
  const [before, after] = [await loadTree(rows, envId, beforeRevisionHash), await loadTree(rows, envId, afterRevisionHash)]
  return formatDiff(await pairTrees(rows, envId, before, after), query.format)
}

/** Two states of one environment, their definitions beside each other where they differ. */
export async function pairTrees(rows: RowsOf<'snapshots'>, envId: string, before: Tree, after: Tree): Promise<Pairing[]> {
  const differences = diffTrees(before, after)
  const hashes = differences.flatMap((each) => [each.before, each.after].filter((hash) => hash !== undefined))
  const load = await loadDefinitions(rows, envId, hashes)
  return differences.map(({ collection, id, before: was, after: is }) => ({
    collection,
    id,
    before: was === undefined ? undefined : load(was),
    after: is === undefined ? undefined : load(is),
  }))
}
