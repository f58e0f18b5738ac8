/** Keeps flows and APIs of a plan in a group that exists when their own group is removed or ignored. */
import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../contract/walk.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import type { PlanStep } from './merge/merge-states.ts'
import { loadDefinitions } from './snapshots/integration-state.ts'
import type { NodeDifference, Tree } from './snapshots/tree.ts'
import type { RowsOf } from '../ports/store.ts'

const groupOf: Readonly<Record<string, readonly [field: string, list: string]>> = {
  flows: ['_flowGroupingId', 'flowGroupings'],
  apis: ['_apiGroupingId', 'apiGroupings'],
}

/** The integration as it is now; its definition is needed where its groups are looked up. */
export const findRootHash = (tree: Tree): Hash | undefined => tree.find(({ collection }) => collection === 'integrations')?.hash

export function keepGroups(
  steps: readonly PlanStep[],
  root: Definition | undefined,
  load: (hash: Hash) => Definition,
): readonly PlanStep[] {
  const integration = steps.find(({ collection }) => collection === 'integrations')?.after ?? root
  return steps.flatMap((step) => {
    const [field, list] = groupOf[step.collection] ?? []
    const group = field === undefined ? undefined : step.after?.[field]
    if (field === undefined || list === undefined || group === undefined || readIds(integration?.[list]).has(group)) return [step]
    const { [field]: _gone, ...rest } = step.after as Definition
    const before = step.before === undefined ? undefined : load(step.before)
    const after = before?.[field] === undefined ? rest : { ...rest, [field]: before[field] }
    return isDeepStrictEqual(after, before) ? [] : [{ ...step, after }]
  })
}

/** Groups that the plan takes away: what lies in one and is no part of the plan itself has to leave it. */
export const findRemovedGroups = (root: Definition | undefined, steps: readonly PlanStep[]): ReadonlySet<unknown> => {
  const after = steps.find(({ collection }) => collection === 'integrations')?.after
  const groupsIn = (of: Definition) => new Set([...readIds(of.flowGroupings), ...readIds(of.apiGroupings)])
  return root && after ? groupsIn(root).difference(groupsIn(after)) : new Set()
}

export const canBeGrouped = ({ collection }: Pick<PlanStep, 'collection'>): boolean => groupOf[collection] !== undefined

export function leaveGroups(gone: ReadonlySet<unknown>, members: Tree, load: (hash: Hash) => Definition): readonly PlanStep[] {
  return members.flatMap(({ collection, id, hash }): PlanStep[] => {
    const [field = ''] = groupOf[collection] ?? []
    const { [field]: group, ...rest } = load(hash)
    return gone.has(group) ? [{ collection, id, before: hash, after: rest }] : []
  })
}

/** A group, by the field of the integration that lists it. */
interface Group {
  readonly collection: 'flowGroupings' | 'apiGroupings'
  readonly id: string
}

const listGroups = (integration: Definition): readonly Group[] =>
  (['flowGroupings', 'apiGroupings'] as const).flatMap((collection) =>
    [...readIds(integration[collection])].flatMap((id) => (typeof id === 'string' ? [{ collection, id }] : [])),
  )

/** Groups that the other side has made: each gets an id of its own here. Those that came with theirs, when a pull did not do that yet, keep it. */
export async function findNewGroups(
  rows: RowsOf<'snapshots'>,
  envId: string,
  own: readonly Tree[],
  differences: readonly NodeDifference[],
  load: (hash: Hash) => Definition,
): Promise<readonly Group[]> {
  const there = differences.flatMap(({ collection, after }) =>
    collection === 'integrations' && after !== undefined ? listGroups(load(after)) : [],
  )
  if (there.length === 0) return []
  const roots = own.flatMap((tree) => findRootHash(tree) ?? [])
  const loadOwn = await loadDefinitions(rows, envId, roots)
  const here = new Set(roots.flatMap((hash) => listGroups(loadOwn(hash)).map(({ id }) => id)))
  return there.filter(({ id }) => !here.has(id))
}

const readIds = (groups: unknown): ReadonlySet<unknown> =>
  new Set(Array.isArray(groups) ? groups.filter(isObject).map(({ _id }) => _id) : [])
