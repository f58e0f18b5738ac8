/** Computes what an open revision is going to do, each time anew from the states that it names, so that nothing goes stale. */
import type { Definition, Hash } from '../definitions/definition.ts'
import type { Pairing } from './compare/diff-format.ts'
import { canBeGrouped, findRemovedGroups, keepGroups, leaveGroups, findRootHash } from './group-plan.ts'
import { mergeStates, listNeededHashes, type Plan, type Resolution } from './merge/merge-states.ts'
import { dropUsedRemovals, type SkippedRemoval } from './removals.ts'
import type { StoredRevision } from './revision.ts'
import { loadDefinitions, loadTree } from './snapshots/integration-state.ts'
import { nodeKey } from './snapshots/tree.ts'
import type { RowsOf } from '../ports/store.ts'

export interface LoadedPlan extends Plan {
  readonly load: (hash: Hash) => Definition
  /** What it would remove, were it not in use. */
  readonly kept: readonly SkippedRemoval[]
}

export async function computePlan(
  rows: RowsOf<'dependencies' | 'documents' | 'snapshots'>,
  envId: string,
  opened: StoredRevision,
  resolutions?: readonly Resolution[],
): Promise<LoadedPlan> {
  const plan = await mergeTrees(rows, envId, opened, resolutions)
  const ours = await loadTree(rows, envId, opened.doc.beforeRevisionHash)
  return { ...plan, ...(await dropUsedRemovals(rows, envId, plan.steps, ours, plan.load)) }
}

async function mergeTrees(
  rows: RowsOf<'snapshots'>,
  envId: string,
  { doc, work }: StoredRevision,
  resolutions?: readonly Resolution[],
): Promise<Omit<LoadedPlan, 'kept'>> {
  const ours = await loadTree(rows, envId, doc.beforeRevisionHash)
  const base = work.base === undefined ? ours : await loadTree(rows, envId, work.base)
  const theirs = work.theirs === undefined ? ours : await loadTree(rows, envId, work.theirs)
  const trees = { base, ours, theirs }
  const root = findRootHash(ours)
  const load = await loadDefinitions(rows, envId, [...listNeededHashes(trees), ...(root === undefined ? [] : [root])])
  const plan = mergeStates(trees, load, resolutions ?? work.resolutions ?? [])
  const steps = keepGroups(plan.steps, root === undefined ? undefined : load(root), load)
  const gone = findRemovedGroups(root === undefined ? undefined : load(root), steps)
  if (gone.size === 0) return { ...plan, steps, load }
  const planned = new Set(plan.steps.map(nodeKey))
  const members = ours.filter((node) => canBeGrouped(node) && !planned.has(nodeKey(node)))
  const loadMembers = await loadDefinitions(
    rows,
    envId,
    members.map(({ hash }) => hash),
  )
  const others = leaveGroups(gone, members, loadMembers)
  const before = new Set(others.map((step) => step.before))
  return { ...plan, steps: [...steps, ...others], load: (hash) => (before.has(hash) ? loadMembers(hash) : load(hash)) }
}

export const toPairings = ({ steps, load }: LoadedPlan): Pairing[] =>
  steps.map(({ before, ...step }) => ({ ...step, before: before === undefined ? undefined : load(before) }))
