/** Who looks after which error, and the tags that sort errors. */
import type { Input, Result } from '../../contract/operation.ts'
import type { errorAssignment as operations } from '../../contract/operations/flows/error-assignment.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { checkExists, notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { noteAssignment } from './note-assignment.ts'

type Ops = typeof operations

export async function assignIntegrationErrors(
  ctx: Context,
  { params, body }: Input<Ops['assignIntegrationErrors']>,
): Promise<Result<Ops['assignIntegrationErrors']>> {
  await checkExists(ctx, 'integrations', params._id)
  const userId = await findAssignee(ctx, body.email, params._id)
  return ctx.store.transaction(async (rows) => {
    const assigned = await rows.errorAssignment.assignAny(ctx.caller.envId, params._id, body.errorIds, userId)
    await noteAssignment(rows, ctx.caller.envId, params._id, describeAssignment(ctx, userId, assigned))
    await recordAct(rows, ctx, {
      event: 'assign',
      collection: 'integrations',
      _id: params._id,
      details: { count: assigned.length, assignedTo: userId },
    })
    return { errorsToReturn: [...assigned] }
  })
}

export async function assignStepErrors(
  ctx: Context,
  { params, body }: Input<Ops['assignStepErrors']>,
): Promise<Result<Ops['assignStepErrors']>> {
  const flow = await ctx.store.documents.find(ctx.caller.envId, 'flows', params._id)
  if (!flow) throw notFound('flows')
  // A flow of no integration is nobody's who reaches some integrations only.
  const { _integrationId: integration } = flow.doc
  const userId = await findAssignee(ctx, body.email, typeof integration === 'string' ? integration : '')
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const assigned = await rows.errorAssignment.assign(envId, params._id, params._stepId, body.errorIds, userId)
    await noteAssignment(rows, envId, params._id, describeAssignment(ctx, userId, assigned))
    const details = { _stepId: params._stepId, count: assigned.length, assignedTo: userId }
    await recordAct(rows, ctx, { event: 'assign', collection: 'flows', _id: params._id, details })
    return { errorsToReturn: [...assigned] }
  })
}

const describeAssignment = ({ caller, now }: Context, to: string, assigned: readonly string[]): Parameters<typeof noteAssignment>[3] => ({
  to,
  by: caller.userId,
  num: assigned.length,
  at: now().toISOString(),
})

export async function findAssignee(ctx: Context, email: string, integrationId: string): Promise<string> {
  const user = await ctx.store.ashares.findMember(ctx.caller.accountId, email, integrationId)
  if (!user) throw new DomainError('bad_request', `${email} is no user with access to it in this account.`, 'email')
  return user._id
}

/** Each once, and each that of a tag. */
export async function readTagIds(ctx: Context, named: readonly string[]): Promise<readonly string[]> {
  const tagIds = [...new Set(named)]
  const known = new Set(tagIds.length > 0 ? await ctx.store.errorAssignment.filterKnownTags(ctx.caller.envId, tagIds) : [])
  const stranger = named.findIndex((id) => !known.has(id))
  if (stranger >= 0) throw new DomainError('invalid_ref', `There is no tag with the tagId ${named[stranger]}.`, `tagIds.${stranger}`)
  return tagIds
}

export async function tagStepErrors(ctx: Context, { params, body }: Input<Ops['tagStepErrors']>): Promise<undefined> {
  await checkExists(ctx, 'flows', params._id)
  const ids = [...(body.errorIds ?? []), ...(body.errors ?? []).map(({ id }) => id)]
  if (ids.length === 0) throw new DomainError('missing_required_field', 'Expected field: errorIds to be present, or errors.', 'errorIds')
  const tagIds = await readTagIds(ctx, body.tagIds)
  const { envId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const tagged = await rows.errorAssignment.tag(envId, params._id, params._stepId, ids, tagIds)
    const details = { _stepId: params._stepId, count: tagged.length, tagIds }
    await recordAct(rows, ctx, { event: 'tag', collection: 'flows', _id: params._id, details })
  })
}
