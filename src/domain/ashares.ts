/** Sharing an account with other users: what its administrators do. What the users answer stands in shared-ashares.ts. */
import type { Static } from 'typebox'
import type { AShare, AShareRequest, IntegrationAShare } from '../contract/ashare.ts'
import type { Input } from '../contract/operation.ts'
import type { ashares as operations } from '../contract/operations/ashares.ts'
import { defaultLimit, maxLimit } from '../contract/paging.ts'
import { JsonPage } from './answer.ts'
import { changeOf } from './changes.ts'
import { mustExist } from './documents.ts'
import { DomainError, type Problem } from './errors.ts'
import type { AShareDoc, AShareRow } from './ports/ashares.ts'
import type { Context, Rows } from './ports.ts'
import { projected, projectionOf } from './projection.ts'

type Ops = typeof operations
type Terms = Static<typeof AShareRequest>
type Answer = Static<typeof AShare>

/** Shares of an integration in one answer. An account has some dozens of users. */
const maxOfIntegration = 10_000

const shareNotFound = (): DomainError => new DomainError('not_found', 'Ashare not found.', '_ashareId')

export async function invite(ctx: Context, { body }: Input<Ops['inviteUser']>): Promise<Answer> {
  const { email, ...terms } = body
  const [made] = await inviteAll(ctx, [email], terms, () => 'email')
  return made as Answer
}

export async function inviteMultiple(ctx: Context, { body }: Input<Ops['inviteUsers']>): Promise<Answer[]> {
  const { emails, ...terms } = body
  const distinct = [...new Map(emails.map((email) => [email.toLowerCase(), email])).values()]
  return inviteAll(ctx, distinct, terms, (email) => `emails.${emails.indexOf(email)}`)
}

async function inviteAll(ctx: Context, emails: readonly string[], terms: Terms, fieldOf: (email: string) => string): Promise<Answer[]> {
  const { accountId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    await checkTerms(rows, ctx, terms)
    const owner = await rows.accounts.user(accountId)
    const taken: Problem[] = []
    const made: string[] = []
    // In the order of the addresses, so that two invitations of the same users do not wait for each other.
    for (const email of emails.toSorted()) {
      const at = ctx.now().toISOString()
      const doc: AShareDoc = { ...terms, _id: ctx.newId(), accepted: false, dismissed: false, createdAt: at, lastModified: at }
      const isOwner = owner?.email.toLowerCase() === email.toLowerCase()
      if (isOwner || !(await rows.ashares.add(accountId, email, doc)))
        taken.push({ code: 'conflict', message: takenBecause(email, isOwner), field: fieldOf(email) })
      else {
        made.push(doc._id)
        await rows.audit.add(accountId, [recordOf(ctx, 'create', email, undefined, doc)])
      }
    }
    const [first, ...more] = taken
    if (first) throw new DomainError(first.code, first.message, first.field, more)
    return Promise.all(made.map(async (id) => answerOf((await rows.ashares.find(accountId, id)) as AShareRow)))
  })
}

const takenBecause = (email: string, isOwner: boolean): string =>
  isOwner ? `${email} is the owner of the account.` : `The account is shared with ${email} already.`

export async function list(ctx: Context, { query }: Input<Ops['listAShares']>): Promise<JsonPage> {
  const asked = query as { include?: string; exclude?: string; limit?: number; skip?: number }
  const identity = ['_id', 'accepted', 'accessLevel', 'integrationAccessLevel', 'sharedWithUser']
  const projection = projectionOf(asked, 'ashares', { identity, listOmits: [], projection: true })
  const limit = Math.min(asked.limit ?? defaultLimit, maxLimit)
  const skip = asked.skip ?? 0
  const found = await ctx.store.ashares.list(ctx.caller.accountId, skip, limit + 1)
  const records = found.slice(0, limit).map((row) => projected(answerOf(row), projection))
  return new JsonPage(records, found.length > limit ? { skip: skip + limit, limit } : undefined)
}

export async function get(ctx: Context, { params }: Input<Ops['getAShare']>): Promise<Answer> {
  const found = await ctx.store.ashares.find(ctx.caller.accountId, params._id)
  if (!found) throw shareNotFound()
  return answerOf(found)
}

export async function update(ctx: Context, { params, body }: Input<Ops['updateAShare']>): Promise<Answer> {
  const { accountId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const before = await rows.ashares.lock(accountId, params._id)
    if (!before) throw shareNotFound()
    await checkTerms(rows, ctx, body)
    const { _id, accepted, dismissed, createdAt } = before.doc
    const doc: AShareDoc = { ...body, _id, accepted, dismissed, createdAt, lastModified: ctx.now().toISOString() }
    await rows.ashares.replace(accountId, doc)
    await rows.audit.add(accountId, [recordOf(ctx, 'update', before.email, before.doc, doc)])
    return answerOf({ ...before, doc })
  })
}

export async function remove(ctx: Context, { params }: Input<Ops['deleteAShare']>): Promise<undefined> {
  const { accountId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const before = await rows.ashares.lock(accountId, params._id)
    if (!before) throw shareNotFound()
    await rows.ashares.remove(accountId, params._id)
    await rows.audit.add(accountId, [recordOf(ctx, 'delete', before.email, before.doc, undefined)])
  })
}

/** A share that opens nothing, or what is not there. */
async function checkTerms(rows: Rows, ctx: Context, { accessLevel, integrationAccessLevel = [] }: Terms): Promise<void> {
  if (accessLevel === undefined && integrationAccessLevel.length === 0)
    throw new DomainError('missing_required_field', 'Expected field: accessLevel to be present, or integrationAccessLevel.', 'accessLevel')
  const ids = integrationAccessLevel.map(({ _integrationId }) => _integrationId)
  const twice = ids.findIndex((id, place) => ids.indexOf(id) !== place)
  if (twice >= 0) throw new DomainError('invalid_field', `${ids[twice]} is named twice.`, `integrationAccessLevel.${twice}._integrationId`)
  const known = new Set(ids.length > 0 ? await rows.ashares.integrationsOf(ctx.caller.accountId, ids) : [])
  const [first, ...more] = ids.flatMap((id, place): Problem[] => {
    const field = `integrationAccessLevel.${place}._integrationId`
    return known.has(id) ? [] : [{ code: 'invalid_ref', message: `There is no document ${id} in integrations.`, field }]
  })
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

export const recordOf = (
  ctx: Context,
  event: 'create' | 'update' | 'delete',
  email: string,
  before: AShareDoc | undefined,
  after: AShareDoc | undefined,
): ReturnType<typeof changeOf> =>
  changeOf(ctx, { event, collection: 'ashares', before: before && { ...before, name: email }, after: after && { ...after, name: email } })

const answerOf = ({ doc, email, user, lastSignIn }: AShareRow): Answer => ({
  ...doc,
  ...(lastSignIn !== undefined && { lastSignIn }),
  sharedWithUser: { ...person(email, user, lastSignIn), accountSSOLinked: 'not_linked' },
})

const person = (email: string, user: AShareRow['user'], lastSignIn: string | undefined) => ({
  ...(user && { _id: user._id, name: user.name }),
  email: user?.email ?? email,
  ...(lastSignIn !== undefined && { lastSignIn }),
  allowedToResetMFA: false,
})

export async function listOfIntegration(
  ctx: Context,
  { params }: Input<Ops['listIntegrationAshares']>,
): Promise<Static<typeof IntegrationAShare>[]> {
  await mustExist(ctx, 'integrations', params._id)
  const found = await ctx.store.ashares.ofIntegration(ctx.caller.accountId, params._id, maxOfIntegration)
  return found.map(({ doc, email, user, lastSignIn }) => ({
    _id: doc._id,
    accepted: doc.accepted,
    accessLevel: levelIn(doc, params._id),
    accountSSORequired: doc.accountSSORequired ?? false,
    accountMFARequired: doc.accountMFARequired ?? false,
    createdAt: doc.createdAt,
    lastModified: doc.lastModified,
    ...(lastSignIn !== undefined && { lastSignIn }),
    isProductionAdmin: doc.accessLevel === 'administrator',
    sharedWithUser: { ...person(email, user, lastSignIn), accountSSOLinked: false },
  }))
}

/** The higher of what the share says of the account and of the integration. */
function levelIn({ accessLevel, integrationAccessLevel = [] }: AShareDoc, integrationId: string): 'monitor' | 'manage' | 'administrator' {
  const own = integrationAccessLevel.find(({ _integrationId }) => _integrationId === integrationId)?.accessLevel
  return own === 'manage' && accessLevel !== 'administrator' ? 'manage' : (accessLevel ?? own ?? 'monitor')
}
