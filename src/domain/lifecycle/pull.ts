/** Opens a pull: what a direct relative changed, merged with what this integration changed. Nothing of the integration is changed here. */
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { DomainError, type Problem } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Hash } from '../definitions/definition.ts'
import { nameIn } from './compare/diff-format.ts'
import { draw, type Drawn, type Earlier } from './rebase-changes.ts'
import { rootOf } from './group-plan.ts'
import { addCounterparts, mustPullFrom, share, type Relation } from './snapshots/lineage.ts'
import { addOpen, draftOf, lockIntegration, transactionHash, type Draft, type Idle } from './open-revision.ts'
import { leftOutOf } from './reverted-changes.ts'
import { answerOf, newRevision, type Opened, type RevisionDoc } from './revision.ts'
import { definitionsAt, treeAt } from './snapshots/integration-state.ts'
import type { Doc } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'

const from = '_fromIntegrationId'
type Answer = ReturnType<typeof answerOf>

export async function pullIntegration(ctx: Context, { params, body }: Input<(typeof operations)['pullIntegration']>): Promise<Answer> {
  const opened = await ctx.store.transaction(async (rows) => {
    const drafted = await draftPull(rows, ctx, params._id, body)
    // What both sides came to by themselves is kept as common, also where there is nothing to pull.
    return 'opened' in drafted ? addOpen(rows, ctx, drafted) : drafted
  })
  if ('doc' in opened) return answerOf(opened.doc)
  throw nothingToPull(opened)
}

interface Asked {
  readonly _fromIntegrationId: string
  readonly description: string
  readonly include?: Earlier['include']
}

export async function draftPull(
  rows: Rows,
  ctx: Context,
  id: string,
  { _fromIntegrationId, description, include = [] }: Asked,
): Promise<Draft | Nothing> {
  const integration = await lockIntegration(rows, ctx, id)
  const relation = await mustPullFrom(rows, ctx, id, _fromIntegrationId, from)
  return openPull(rows, ctx, relation, integration, { description }, { counterparts: [], installSteps: [], include })
}

/** Resources that one answer names. */
const maxNamed = 20

function nothingToPull({ leftOut, kept }: Nothing): DomainError {
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
export interface Nothing extends Idle {
  readonly leftOut: NonNullable<Opened['doc']['leftOut']>
}

export async function openPull(
  rows: Rows,
  ctx: Context,
  relation: Relation,
  integration: Doc,
  told: Pick<RevisionDoc, 'description' | 'notes' | 'filesHash'>,
  earlier: Earlier,
): Promise<Draft | Nothing> {
  const name = await otherName(rows, relation, earlier.source)
  const drawn = await drawFrom(rows, ctx, relation, integration, earlier)
  const doc = newRevision(
    ctx,
    { _id: integration._id, name },
    {
      ...fieldsOf(drawn),
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
  const work = { ...workOf(drawn), ...asked }
  const leftOut = await leftOutOf(rows, ctx, { doc, work }, drawn.reverted)
  const drafted = await draftOf(rows, ctx, { doc: { ...doc, ...(leftOut.length > 0 && { leftOut }) }, work })
  if ('opened' in drafted) return drafted
  // Both sides came to the same by themselves: from here on they go, not from what they had in common before.
  await take(rows, relation, drawn)
  return { leftOut, kept: drafted.kept }
}

/** Notes what the other side has brought, and what it is on this side. */
export async function take(
  rows: Rows,
  relation: Relation,
  { source, theirs, counterparts }: Pick<Drawn, 'source' | 'theirs' | 'counterparts'>,
): Promise<void> {
  await addCounterparts(rows, relation, counterparts)
  await share(rows, relation, { other: source, own: theirs })
}

async function otherName(rows: Rows, { other, isForeign }: Relation, source: Hash | undefined): Promise<string> {
  if (isForeign && source !== undefined) {
    const root = rootOf(await treeAt(rows, other.envId, source))
    return root === undefined ? '' : nameIn((await definitionsAt(rows, other.envId, [root]))(root))
  }
  const found = await rows.documents.find(other.envId, 'integrations', other.integrationId)
  if (!found) throw new DomainError('invalid_ref', `The integration ${other.integrationId} was deleted.`, from)
  return nameIn(found.doc)
}

export async function drawFrom(rows: Rows, ctx: Context, relation: Relation, integration: Doc, earlier: Earlier): Promise<Drawn> {
  const drawn = await draw(rows, ctx, relation, integration, earlier)
  if (!drawn) throw new DomainError('not_a_relative', 'It was cloned before there was lifecycle management: the two are not linked.', from)
  return drawn
}

export const fieldsOf = ({ before, theirs, installSteps, mentions }: Drawn) => ({
  beforeRevisionHash: before,
  transactionHash: transactionHash(before, theirs),
  installSteps,
  ...(mentions.length > 0 && { mentions }),
})
export const workOf = ({ common, base, theirs, source, counterparts }: Drawn) => ({ common, base, theirs, source, counterparts })
