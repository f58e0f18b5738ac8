/** Which integrations are direct relatives, or come as files from elsewhere; what they last had in common, and which id of one stands for which of the other. */
import { DomainError } from '../../errors.ts'
import { managesToPull, visibleIntegrations } from '../../access/access.ts'
import { isOfOneEnvironment, reachesInto } from '../../access/extent.ts'
import type { Context } from '../../context.ts'
import type { Pair, Place } from '../../ports/clones.ts'
import type { Hash } from '../../definitions/definition.ts'
import { stateOf, type State } from './integration-state.ts'
import type { Rows } from '../../ports/store.ts'

export type { Place }

/** An integration and a direct relative of it, from whom it takes. */
export interface Relation {
  readonly own: Place
  readonly other: Place
  /** Whether `own` is the clone of the two. */
  readonly isClone: boolean
  /** The other one lies on another server, and comes as files: what they hold is kept in the environment of this one. */
  readonly isForeign?: true
}

/** Whether the two have connections of their own. */
export const areApart = ({ own, other, isForeign }: Relation): boolean => isForeign === true || own.envId !== other.envId

/** An id of the other side, and what stands for it on this one. */
export interface Counterpart {
  readonly collection: string
  readonly from: string
  readonly to: string
}

const cloneOf = ({ own, other, isClone }: Relation): Place => (isClone ? own : other)

export const ownPlace = ({ caller }: Pick<Context, 'caller'>, integrationId: string): Place => ({ envId: caller.envId, integrationId })

/** Direct relatives, as far as the caller sees them: a token of one environment has none in others. */
export async function relativesOf(rows: Rows, ctx: Context, integrationId: string): Promise<readonly Relation[]> {
  const own = ownPlace(ctx, integrationId)
  const source = await rows.clones.sourceOf(own)
  const all: Relation[] = (await rows.clones.clonesOf(own)).map((other) => ({ own, other, isClone: false }))
  if (source) all.unshift({ own, other: { envId: source.envId, integrationId: source.integrationId }, isClone: true })
  const visible = visibleIntegrations(ctx)
  return all.filter(({ other }) => reachesInto(ctx, other.envId) && (visible?.includes(other.integrationId) ?? true))
}

export const relationTo = async (rows: Rows, ctx: Context, integrationId: string, otherId: string): Promise<Relation | undefined> =>
  (await relativesOf(rows, ctx, integrationId)).find(({ other }) => other.integrationId === otherId)

/** Refuses what is no direct relative: itself, a stranger, a cousin. */
export async function mustBeRelated(rows: Rows, ctx: Context, integrationId: string, otherId: string, field: string): Promise<Relation> {
  const relation = await relationTo(rows, ctx, integrationId, otherId)
  if (relation) return relation
  if (otherId === integrationId) throw new DomainError('not_a_relative', 'This is the integration itself.', field)
  if ((await rows.documents.text(ctx.caller.envId, 'integrations', otherId)) === undefined)
    throw new DomainError(
      'invalid_ref',
      `There is no integration ${otherId} that this one was cloned from, or that is a clone of it.${isOfOneEnvironment(ctx) ? ' The token sees those of its environment only.' : ''}`,
      field,
    )
  throw new DomainError(
    'not_a_relative',
    'Only an integration and its direct clone are related: this one was neither cloned from the other, nor the other from it.',
    field,
  )
}

/** The relative that a pull comes from. What the two have in common is another state after it, so it takes somebody who manages both. */
export async function mustPullFrom(rows: Rows, ctx: Context, integrationId: string, otherId: string, field: string): Promise<Relation> {
  const relation = await mustBeRelated(rows, ctx, integrationId, otherId, field)
  if (managesToPull(ctx, otherId)) return relation
  throw new DomainError('access_denied', 'A pull asks for the access level manage in the integration that it comes from, too.', field)
}

/** The relation that an open pull was drawn by. */
export const relationOf = async (
  rows: Rows,
  ctx: Context,
  { _integrationId, _fromIntegrationId }: { readonly _integrationId: string; readonly _fromIntegrationId: string },
  isForeign: boolean | undefined,
): Promise<Relation> =>
  isForeign
    ? foreign(ctx, _integrationId, _fromIntegrationId)
    : mustPullFrom(rows, ctx, _integrationId, _fromIntegrationId, '_fromIntegrationId')

export const foreign = (ctx: Context, integrationId: string, originId: string): Relation => ({
  own: ownPlace(ctx, integrationId),
  other: { envId: ctx.caller.envId, integrationId: originId },
  isClone: true,
  isForeign: true,
})

/** Whether an integration that is not to be found here was never here: neither in this environment, nor a relative in another one. */
export async function isFromElsewhere(rows: Rows, ctx: Context, integrationId: string, otherId: string): Promise<boolean> {
  const own = ownPlace(ctx, integrationId)
  const relatives = [await rows.clones.sourceOf(own), ...(await rows.clones.clonesOf(own))]
  if (relatives.some((each) => each?.integrationId === otherId)) return false
  return (await rows.states.stored(own.envId, 'integrations', [otherId])).length === 0
}

/** From ids of the other side to those of this one. */
export async function idsOf(rows: Rows, relation: Relation, more: readonly Counterpart[] = []): Promise<ReadonlyMap<string, string>> {
  const pairs = await (relation.isForeign
    ? rows.files.pairs(relation.own, relation.other.integrationId)
    : rows.clones.pairs(cloneOf(relation)))
  return new Map([
    ...pairs.map(({ sourceId, targetId }) => (relation.isClone ? [sourceId, targetId] : [targetId, sourceId]) as [string, string]),
    ...more.map(({ from, to }) => [from, to] as [string, string]),
  ])
}

export async function addCounterparts(rows: Rows, relation: Relation, counterparts: readonly Counterpart[]): Promise<void> {
  if (counterparts.length === 0) return
  const pairs = counterparts.map(({ collection, from, to }): Pair =>
    relation.isClone ? { collection, sourceId: from, targetId: to } : { collection, sourceId: to, targetId: from },
  )
  await (relation.isForeign
    ? rows.files.addPairs(relation.own, relation.other.integrationId, pairs)
    : rows.clones.addPairs(cloneOf(relation), pairs))
}

/** The state of the other side that this one has taken in, and what that is on this side. Each tree lies in the environment of its side. */
export interface Common {
  readonly other: Hash
  readonly own: Hash
}

export async function commonOf(rows: Rows, relation: Relation): Promise<Common | undefined> {
  if (relation.isForeign) {
    const state = await rows.files.originState(relation.own, relation.other.integrationId)
    return state && { other: state.originTree, own: state.tree }
  }
  const clone = cloneOf(relation)
  const shared = await rows.revisions.sharedState(clone.envId, clone.integrationId)
  if (!shared) return undefined
  return relation.isClone ? { other: shared.sourceTree, own: shared.tree } : { other: shared.tree, own: shared.sourceTree }
}

export async function share(rows: Rows, relation: Relation, { other, own }: Common): Promise<void> {
  if (relation.isForeign) return rows.files.takeOrigin(relation.own, relation.other.integrationId, { originTree: other, tree: own })
  const clone = cloneOf(relation)
  const source = relation.isClone ? relation.other : relation.own
  const trees = relation.isClone ? { sourceTree: other, tree: own } : { sourceTree: own, tree: other }
  await rows.revisions.share(clone.envId, clone.integrationId, { sourceEnvId: source.envId, ...trees })
}

/** Notes what a new clone has in common with its source: everything. `before` is the state of the source from ahead of the copying. */
export async function shareAtCloning(rows: Rows, source: Place, before: State, clone: Place): Promise<void> {
  const { hash } = await stateOf(rows, clone.envId, clone.integrationId)
  await share(rows, { own: clone, other: source, isClone: true }, { other: before.hash, own: hash })
}
