/** Finds the direct relatives of an integration, the last state that it had in common with each, and which ids correspond. */
import { DomainError } from '../../errors.ts'
import { canPullFrom, visibleIntegrations } from '../../access/access.ts'
import { isEnvironmentToken, canReachEnvironment } from '../../access/extent.ts'
import type { Context } from '../../context.ts'
import type { Pair, IntegrationPlace } from '../../ports/clones.ts'
import type { Hash } from '../../definitions/definition.ts'
import { readState, type State } from './integration-state.ts'
import type { RowsOf } from '../../ports/store.ts'

export type { IntegrationPlace }

/** An integration and a direct relative of it, from whom it takes. */
export interface Relation {
  readonly own: IntegrationPlace
  readonly other: IntegrationPlace
  /** Whether `own` is the clone of the two. */
  readonly isClone: boolean
  /** The other one lies on another server, and comes as files: what they hold is kept in the environment of this one. */
  readonly isForeign?: true
}

/** Whether the two have connections of their own. */
export const isCrossEnvironment = ({ own, other, isForeign }: Relation): boolean => isForeign === true || own.envId !== other.envId

/** An id of the other side, and what stands for it on this one. */
export interface Counterpart {
  readonly collection: string
  readonly from: string
  readonly to: string
}

const cloneSide = ({ own, other, isClone }: Relation): IntegrationPlace => (isClone ? own : other)

export const ownPlace = ({ caller }: Pick<Context, 'caller'>, integrationId: string): IntegrationPlace => ({
  envId: caller.envId,
  integrationId,
})

/** Direct relatives, as far as the caller sees them: a token of one environment has none in others. */
export async function findRelatives(rows: RowsOf<'clones'>, ctx: Context, integrationId: string): Promise<readonly Relation[]> {
  const own = ownPlace(ctx, integrationId)
  const source = await rows.clones.findSource(own)
  const all: Relation[] = (await rows.clones.listClones(own)).map((other) => ({ own, other, isClone: false }))
  if (source) all.unshift({ own, other: { envId: source.envId, integrationId: source.integrationId }, isClone: true })
  const visible = visibleIntegrations(ctx)
  return all.filter(({ other }) => canReachEnvironment(ctx, other.envId) && (visible?.includes(other.integrationId) ?? true))
}

const findRelation = async (rows: RowsOf<'clones'>, ctx: Context, integrationId: string, otherId: string): Promise<Relation | undefined> =>
  (await findRelatives(rows, ctx, integrationId)).find(({ other }) => other.integrationId === otherId)

/** Refuses what is no direct relative: itself, a stranger, a cousin. */
export async function requireRelation(
  rows: RowsOf<'clones' | 'documents'>,
  ctx: Context,
  integrationId: string,
  otherId: string,
  field: string,
): Promise<Relation> {
  const relation = await findRelation(rows, ctx, integrationId, otherId)
  if (relation) return relation
  if (otherId === integrationId) throw new DomainError('not_a_relative', 'This is the integration itself.', field)
  if ((await rows.documents.readText(ctx.caller.envId, 'integrations', otherId)) === undefined)
    throw new DomainError(
      'invalid_ref',
      `There is no integration ${otherId} that this one was cloned from, or that is a clone of it.${isEnvironmentToken(ctx) ? ' The token sees those of its environment only.' : ''}`,
      field,
    )
  throw new DomainError(
    'not_a_relative',
    'Only an integration and its direct clone are related: this one was neither cloned from the other, nor the other from it.',
    field,
  )
}

/** The relative that a pull comes from. What the two have in common is another state after it, so it takes somebody who manages both. */
export async function requirePullRelation(
  rows: RowsOf<'clones' | 'documents'>,
  ctx: Context,
  integrationId: string,
  otherId: string,
  field: string,
): Promise<Relation> {
  const relation = await requireRelation(rows, ctx, integrationId, otherId, field)
  if (canPullFrom(ctx, otherId)) return relation
  throw new DomainError('access_denied', 'A pull asks for the access level manage in the integration that it comes from, too.', field)
}

/** The relation that an open pull was drawn by. */
export const readRelation = async (
  rows: RowsOf<'clones' | 'documents'>,
  ctx: Context,
  { _integrationId, _fromIntegrationId }: { readonly _integrationId: string; readonly _fromIntegrationId: string },
  isForeign: boolean | undefined,
): Promise<Relation> =>
  isForeign
    ? foreignRelation(ctx, _integrationId, _fromIntegrationId)
    : requirePullRelation(rows, ctx, _integrationId, _fromIntegrationId, '_fromIntegrationId')

export const foreignRelation = (ctx: Context, integrationId: string, originId: string): Relation => ({
  own: ownPlace(ctx, integrationId),
  other: { envId: ctx.caller.envId, integrationId: originId },
  isClone: true,
  isForeign: true,
})

/** Whether an integration that is not to be found here was never here: neither in this environment, nor a relative in another one. */
export async function isFromElsewhere(
  rows: RowsOf<'clones' | 'snapshots'>,
  ctx: Context,
  integrationId: string,
  otherId: string,
): Promise<boolean> {
  const own = ownPlace(ctx, integrationId)
  const relatives = [await rows.clones.findSource(own), ...(await rows.clones.listClones(own))]
  if (relatives.some((each) => each?.integrationId === otherId)) return false
  return (await rows.snapshots.filterStored(own.envId, 'integrations', [otherId])).length === 0
}

/** From ids of the other side to those of this one. */
export async function mapCounterparts(
  rows: RowsOf<'clones' | 'files'>,
  relation: Relation,
  more: readonly Counterpart[] = [],
): Promise<ReadonlyMap<string, string>> {
  const pairs = await (relation.isForeign
    ? rows.files.listPairs(relation.own, relation.other.integrationId)
    : rows.clones.listPairs(cloneSide(relation)))
  return new Map([
    ...pairs.map(({ sourceId, targetId }) => (relation.isClone ? [sourceId, targetId] : [targetId, sourceId]) as [string, string]),
    ...more.map(({ from, to }) => [from, to] as [string, string]),
  ])
}

export async function addCounterparts(
  rows: RowsOf<'clones' | 'files'>,
  relation: Relation,
  counterparts: readonly Counterpart[],
): Promise<void> {
  if (counterparts.length === 0) return
  const pairs = counterparts.map(({ collection, from, to }): Pair =>
    relation.isClone ? { collection, sourceId: from, targetId: to } : { collection, sourceId: to, targetId: from },
  )
  await (relation.isForeign
    ? rows.files.addPairs(relation.own, relation.other.integrationId, pairs)
    : rows.clones.addPairs(cloneSide(relation), pairs))
}

/** The state of the other side that this one has taken in, and what that is on this side. Each tree lies in the environment of its side. */
export interface CommonState {
  readonly other: Hash
  readonly own: Hash
}

export async function readCommonState(rows: RowsOf<'files' | 'revisions'>, relation: Relation): Promise<CommonState | undefined> {
  if (relation.isForeign) {
    const state = await rows.files.lockOriginState(relation.own, relation.other.integrationId)
    return state && { other: state.originTree, own: state.tree }
  }
  const clone = cloneSide(relation)
  const shared = await rows.revisions.lockSharedState(clone.envId, clone.integrationId)
  if (!shared) return undefined
  return relation.isClone ? { other: shared.sourceTree, own: shared.tree } : { other: shared.tree, own: shared.sourceTree }
}

export async function recordCommonState(
  rows: RowsOf<'files' | 'revisions'>,
  relation: Relation,
  { other, own }: CommonState,
): Promise<void> {
  if (relation.isForeign) return rows.files.recordOriginState(relation.own, relation.other.integrationId, { originTree: other, tree: own })
  const clone = cloneSide(relation)
  const source = relation.isClone ? relation.other : relation.own
  const trees = relation.isClone ? { sourceTree: other, tree: own } : { sourceTree: own, tree: other }
  await rows.revisions.recordSharedState(clone.envId, clone.integrationId, { sourceEnvId: source.envId, ...trees })
}

/** Notes what a new clone has in common with its source: everything. `before` is the state of the source from ahead of the copying. */
export async function recordClonedState(
  rows: RowsOf<'files' | 'revisions' | 'snapshots'>,
  source: IntegrationPlace,
  before: State,
  clone: IntegrationPlace,
): Promise<void> {
  const { hash } = await readState(rows, clone.envId, clone.integrationId)
  await recordCommonState(rows, { own: clone, other: source, isClone: true }, { other: before.hash, own: hash })
}
