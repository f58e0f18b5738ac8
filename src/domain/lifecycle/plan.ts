/** What an open revision is going to do: merged anew from the states it names whenever somebody asks, so nothing of it can go stale. */
import type { Definition, Hash } from '../definitions/definition.ts'
import type { Pairing } from './compare/diff-format.ts'
import { canBeGrouped, groupsGone, inGroups, leaving, rootOf } from './group-plan.ts'
import { mergeStates, neededBy, type Plan, type Resolution } from './merge/merge-states.ts'
import { withoutKept, type Kept } from './removals.ts'
import type { Opened } from './revision.ts'
import { definitionsAt, treeAt } from './snapshots/integration-state.ts'
import { nameOf } from './snapshots/tree.ts'
import type { Rows } from '../ports/store.ts'

export interface LoadedPlan extends Plan {
  readonly load: (hash: Hash) => Definition
  /** What it would remove, were it not in use. */
  readonly kept: readonly Kept[]
}

export async function planOf(rows: Rows, envId: string, opened: Opened, resolutions?: readonly Resolution[]): Promise<LoadedPlan> {
  const plan = await mergedPlan(rows, envId, opened, resolutions)
  const ours = await treeAt(rows, envId, opened.doc.beforeRevisionHash)
  return { ...plan, ...(await withoutKept(rows, envId, plan.steps, ours, plan.load)) }
}

async function mergedPlan(
  rows: Rows,
  envId: string,
  { doc, work }: Opened,
  resolutions?: readonly Resolution[],
): Promise<Omit<LoadedPlan, 'kept'>> {
  const ours = await treeAt(rows, envId, doc.beforeRevisionHash)
  const base = work.base === undefined ? ours : await treeAt(rows, envId, work.base)
  const theirs = work.theirs === undefined ? ours : await treeAt(rows, envId, work.theirs)
  const trees = { base, ours, theirs }
  const root = rootOf(ours)
  const load = await definitionsAt(rows, envId, [...neededBy(trees), ...(root === undefined ? [] : [root])])
  const plan = mergeStates(trees, load, resolutions ?? work.resolutions ?? [])
  const steps = inGroups(plan.steps, root === undefined ? undefined : load(root), load)
  const gone = groupsGone(root === undefined ? undefined : load(root), steps)
  if (gone.size === 0) return { ...plan, steps, load }
  const planned = new Set(plan.steps.map(nameOf))
  const members = ours.filter((node) => canBeGrouped(node) && !planned.has(nameOf(node)))
  const loadMembers = await definitionsAt(
    rows,
    envId,
    members.map(({ hash }) => hash),
  )
  const others = leaving(gone, members, loadMembers)
  const before = new Set(others.map((step) => step.before))
  return { ...plan, steps: [...steps, ...others], load: (hash) => (before.has(hash) ? loadMembers(hash) : load(hash)) }
}

export const pairingsOf = ({ steps, load }: LoadedPlan): Pairing[] =>
  steps.map(({ before, ...step }) => ({ ...step, before: before === undefined ? undefined : load(before) }))
