/** Opens a pull: what a direct relative changed, merged with what this integration changed. Nothing of the integration is changed here. */
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle.ts'
import { notFound } from '../documents.ts'
import { DomainError } from '../errors.ts'
import type { Context, Doc, Rows } from '../ports.ts'
import { canonical, hashOf, type Hash } from './definition.ts'
import { nameIn } from './difference.ts'
import { draw, type Drawn, type Earlier } from './draw.ts'
import { addCounterparts, mustBeRelated, share, type Relation } from './lineage.ts'
import { planOf } from './plan.ts'
import { addRevision, answerOf, newRevision, noteRevision, type Opened } from './revision.ts'

const from = '_fromIntegrationId'
type Answer = ReturnType<typeof answerOf>

export async function pull(ctx: Context, { params, body }: Input<(typeof operations)['pullIntegration']>): Promise<Answer> {
  const opened = await ctx.store.transaction(async (rows) => {
    const integration = await lockIntegration(rows, ctx, params._id)
    const relation = await mustBeRelated(rows, ctx, params._id, body._fromIntegrationId, from)
    return openPull(rows, ctx, relation, integration, body.description, {
      counterparts: [],
      installSteps: [],
      include: body.include ?? [],
    })
  })
  if (!opened) throw nothingToChange('Everything up to date -- no changes to pull')
  return answerOf(opened.doc)
}

/** Two that open a revision of the same integration follow each other. */
export async function lockIntegration(rows: Rows, ctx: Context, id: string): Promise<Doc> {
  const found = await rows.documents.lock(ctx.caller.envId, 'integrations', id)
  if (!found) throw notFound('integrations')
  return found.doc
}

/** Undefined where there is nothing to pull. */
export async function openPull(
  rows: Rows,
  ctx: Context,
  relation: Relation,
  integration: Doc,
  description: string,
  earlier: Earlier,
): Promise<Opened | undefined> {
  const name = await otherName(rows, relation)
  const drawn = await drawFrom(rows, ctx, relation, integration, earlier)
  const doc = newRevision(
    ctx,
    { _id: integration._id, name },
    {
      ...fieldsOf(drawn),
      type: 'pull',
      status: 'inprogress',
      description,
      _fromIntegrationId: relation.other.integrationId,
      _fromIntegrationEnvId: relation.other.envId,
    },
  )
  const { source, include = [] } = earlier
  const asked = { ...(source !== undefined && { isSent: true }), ...(include.length > 0 && { include }) }
  const opened = await addOpen(rows, ctx, { doc, work: { ...workOf(drawn), ...asked } })
  // Both sides came to the same by themselves: from here on they go, not from what they had in common before.
  if (!opened) await take(rows, relation, drawn)
  return opened
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

async function otherName(rows: Rows, { other }: Relation): Promise<string> {
  const found = await rows.documents.find(other.envId, 'integrations', other.integrationId)
  if (!found) throw new DomainError('invalid_ref', `The integration ${other.integrationId} was deleted.`, from)
  return nameIn(found.doc)
}

export async function drawFrom(rows: Rows, ctx: Context, relation: Relation, integration: Doc, earlier: Earlier): Promise<Drawn> {
  const drawn = await draw(rows, ctx, relation, integration, earlier)
  if (!drawn) throw new DomainError('not_a_relative', 'It was cloned before there was lifecycle management: the two are not linked.', from)
  return drawn
}

export const fieldsOf = ({ before, theirs, installSteps }: Drawn) => ({
  beforeRevisionHash: before,
  transactionHash: transactionHash(before, theirs),
  installSteps,
})
export const workOf = ({ common, base, theirs, source, counterparts }: Drawn) => ({ common, base, theirs, source, counterparts })
export const transactionHash = (before: Hash, theirs: Hash): Hash => hashOf(canonical([before, theirs]))

/** Undefined where it would change nothing. */
export async function addOpen(rows: Rows, ctx: Context, opened: Opened): Promise<Opened | undefined> {
  const { steps, conflicts } = await planOf(rows, ctx.caller.envId, opened)
  if (steps.length === 0 && conflicts.length === 0) return undefined
  if (await addRevision(rows, ctx.caller.envId, opened)) {
    await noteRevision(rows, ctx, 'create', opened.doc)
    return opened
  }
  throw new DomainError('revision_in_progress', 'Another pull or revert of this integration is open. Apply it or cancel it first.')
}

export const nothingToChange = (message: string): DomainError => new DomainError('nothing_to_change', message)
