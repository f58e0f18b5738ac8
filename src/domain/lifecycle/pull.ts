/** Opens a pull: what a direct relative changed, merged with what this integration changed. Nothing of the integration is changed here. */
import type { IntegrationDocument } from '../../contract/document.ts'
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { DomainError, type Problem } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Hash } from '../definitions/definition.ts'
import { readName } from './compare/diff-format.ts'
import { rebaseChanges, type RebasedChanges, type EarlierChoices } from './rebase-changes.ts'
import { findRootHash } from './group-plan.ts'
import { addCounterparts, requirePullRelation, recordCommonState, type Relation } from './snapshots/lineage.ts'
import { addOpenRevision, draftRevision, lockIntegration, transactionHash, type Draft, type NoChange } from './open-revision.ts'
import { findLeftOut } from './reverted-changes.ts'
import { toRevisionResponse, newRevision, type StoredRevision, type RevisionDoc } from './revision.ts'
import { loadDefinitions, loadTree } from './snapshots/integration-state.ts'
import type { RowsOf } from '../ports/store.ts'
import type { DraftRows } from './revision-rows.ts'

const from = '_fromIntegrationId'
type Answer = ReturnType<typeof toRevisionResponse>

export async function pullIntegration(ctx: Context, { params, body }: Input<(typeof operations)['pullIntegration']>): Promise<Answer> {
  const opened = await ctx.store.transaction(async (rows) => {
    const drafted = await draftPull(rows, ctx, params._id, body)
    // What both sides came to by themselves is kept as common, also where there is nothing to pull.
    return 'opened' in drafted ? addOpenRevision(rows, ctx, drafted) : drafted
  })
  if ('doc' in opened) return toRevisionResponse(opened.doc)
  throw nothingToPull(opened)
}

interface Asked {
  readonly _fromIntegrationId: string
  readonly description: string
  readonly include?: EarlierChoices['include']
}

export async function draftPull(
  rows: DraftRows,
  ctx: Context,
  id: string,
  { _fromIntegrationId, description, include = [] }: Asked,
): Promise<Draft | NothingToPull> {
  const integration = await lockIntegration(rows, ctx, id)
  const relation = await requirePullRelation(rows, ctx, id, _fromIntegrationId, from)
  return openPull(rows, ctx, relation, integration, { description }, { counterparts: [], installSteps: [], include })
}

/** Resources that one answer names. */
const maxNamed = 20

function nothingToPull({ leftOut, kept }: NothingToPull): DomainError {
  const message = 'Everything up to date -- no changes to pull'
  const inUse = kept.slice(0, maxNamed).map(({ type, _id, message: why }): Problem => ({
    code: 'nothing_to_change',
    message: why,
    field: `${type}.${_id}`,
  }))
  if (leftOut.length === 0) return new DomainError('nothing_to_change', message, undefined, inUse)
  const more = leftOut.slice(0, maxNamed).map(({ type, _id, name }): Problem => ({
    code: 'nothing_to_change',
    message: `What changed of the ${type} "${name}" was reverted here, and is left out.`,
    field: `${type}.${_id}`,
  }))
  const offer = 'What was reverted here is left out. Pull with `include: ["reverted"]` to apply it again.'
  return new DomainError('nothing_to_change', `${message}. ${offer}`, undefined, [...more, ...inUse])
}

/** Why there is nothing to pull: what changed was reverted here, or is in use. */
export interface NothingToPull extends NoChange {
  readonly leftOut: NonNullable<StoredRevision['doc']['leftOut']>
}

export async function openPull(
  rows: DraftRows,
  ctx: Context,
  relation: Relation,
  integration: IntegrationDocument,
  told: Pick<RevisionDoc, 'description' | 'notes' | 'filesHash'>,
  earlier: EarlierChoices,
): Promise<Draft | NothingToPull> {
  const name = await readOtherName(rows, relation, earlier.source)
  const rebased = await rebaseFrom(rows, ctx, relation, integration, earlier)
  const doc = newRevision(
    ctx,
    { _id: integration._id, name },
    {
      ...toRevisionFields(rebased),
      type: 'pull',
      status: 'inprogress',
      ...told,
      _fromIntegrationId: relation.other.integrationId,
      _fromIntegrationEnvId: relation.other.envId,
    },
  )
  const { source, include = [] } = earlier
  const asked = {
    ...(source !== undefined && { isSent: true }),
    ...(relation.isForeign && { isForeign: true }),
    ...(include.length > 0 && { include }),
  }
  const work = { ...toRevisionWork(rebased), ...asked }
  const leftOut = await findLeftOut(rows, ctx, { doc, work }, rebased.reverted)
  const drafted = await draftRevision(rows, ctx, { doc: { ...doc, ...(leftOut.length > 0 && { leftOut }) }, work })
  if ('opened' in drafted) return drafted
  // Both sides came to the same by themselves: from here on they go, not from what they had in common before.
  await recordPulledState(rows, relation, rebased)
  return { leftOut, kept: drafted.kept }
}

/** Notes what the other side has brought, and what it is on this side. */
export async function recordPulledState(
  rows: RowsOf<'clones' | 'files' | 'revisions'>,
  relation: Relation,
  { source, theirs, counterparts }: Pick<RebasedChanges, 'source' | 'theirs' | 'counterparts'>,
): Promise<void> {
  await addCounterparts(rows, relation, counterparts)
  await recordCommonState(rows, relation, { other: source, own: theirs })
}

async function readOtherName(
  rows: RowsOf<'documents' | 'snapshots'>,
  { other, isForeign }: Relation,
  source: Hash | undefined,
): Promise<string> {
  if (isForeign && source !== undefined) {
    const root = findRootHash(await loadTree(rows, other.envId, source))
    return root === undefined ? '' : readName((await loadDefinitions(rows, other.envId, [root]))(root))
  }
  const found = await rows.documents.find(other.envId, 'integrations', other.integrationId)
  if (!found) throw new DomainError('invalid_ref', `The integration ${other.integrationId} was deleted.`, from)
  return readName(found.doc)
}

export async function rebaseFrom(
  rows: RowsOf<'clones' | 'documents' | 'files' | 'revisions' | 'snapshots'>,
  ctx: Context,
  relation: Relation,
  integration: IntegrationDocument,
  earlier: EarlierChoices,
): Promise<RebasedChanges> {
  const rebased = await rebaseChanges(rows, ctx, relation, integration, earlier)
  if (!rebased)
    throw new DomainError('not_a_relative', 'It was cloned before there was lifecycle management: the two are not linked.', from)
  return rebased
}

export const toRevisionFields = ({ before, theirs, installSteps, mentions }: RebasedChanges) => ({
  beforeRevisionHash: before,
  transactionHash: transactionHash(before, theirs),
  installSteps,
  ...(mentions.length > 0 && { mentions }),
})
export const toRevisionWork = ({ common, base, theirs, source, counterparts }: RebasedChanges) => ({
  common,
  base,
  theirs,
  source,
  counterparts,
})
