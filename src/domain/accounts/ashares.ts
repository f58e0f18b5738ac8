/** Shares an account with other users: the operations of its administrators. Those of invited users are in shared-ashares.ts. */
import type { Static } from 'typebox'
import type { AShare, AShareRequest, IntegrationAShare } from '../../contract/ashare.ts'
import type { Input, Result } from '../../contract/operation.ts'
import type { ashares as operations } from '../../contract/operations/accounts/ashares.ts'
import { readPage } from '../paging.ts'
import { JsonText, type JsonPage } from '../result.ts'
import { buildChange } from '../audit/audited-changes.ts'
import { checkExists } from '../documents/documents.ts'
import { DomainError, type Problem } from '../errors.ts'
import { computeEtag, checkIfMatch } from '../etag.ts'
import type { AShareDoc, AShareRow } from '../ports/ashares.ts'
import type { Context } from '../context.ts'
import { projectRecord, parseProjection } from '../projection.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
type Terms = Static<typeof AShareRequest>
type Answer = Static<typeof AShare>

/** Shares of an integration in one answer. An account has some dozens of users. */
const maxOfIntegration = 10_000

const shareNotFound = (): DomainError => new DomainError('not_found', 'Ashare not found.', '_ashareId')

export async function inviteUser(ctx: Context, { body }: Input<Ops['inviteUser']>): Promise<JsonText> {
  const { email, ...terms } = body
  const [made] = await inviteAll(ctx, [email], terms)
  if (typeof made === 'string') throw new DomainError('conflict', made, 'email')
  return toShareText(made as AShareRow)
}

export async function inviteUsers(ctx: Context, { body }: Input<Ops['inviteUsers']>): Promise<Result<Ops['inviteUsers']>> {
  const { emails, ...terms } = body
  return (await inviteAll(ctx, emails, terms)).map((made, place) =>
    typeof made === 'string'
      ? { statusCode: 400, errors: [{ code: 'conflict', message: made, field: `emails.${place}` }] }
      : { statusCode: 201, doc: toShareResponse(made) },
  )
}

/** For each address its share, or why there is none. */
async function inviteAll(ctx: Context, emails: readonly string[], terms: Terms): Promise<(AShareRow | string)[]> {
  const { accountId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    await checkTerms(rows, ctx, terms)
    const owner = await rows.accounts.findUser(accountId)
    const outcomes = emails.map((): AShareRow | string => '')
    // In the order of the addresses, so that two invitations of the same users do not wait for each other.
    for (const [place, email] of [...emails.entries()].toSorted(([, a], [, b]) => byLetters(a.toLowerCase(), b.toLowerCase()))) {
      const at = ctx.now().toISOString()
      const doc: AShareDoc = { ...terms, _id: ctx.newId(), accepted: false, dismissed: false, createdAt: at, lastModified: at }
      const isOwner = owner?.email.toLowerCase() === email.toLowerCase()
      if (isOwner || !(await rows.ashares.add(accountId, email, doc))) outcomes[place] = addressTakenMessage(email, isOwner)
      else {
        await rows.audit.add(accountId, [buildShareChange(ctx, 'create', email, undefined, doc)])
        outcomes[place] = (await rows.ashares.find(accountId, doc._id)) as AShareRow
      }
    }
    return outcomes
  })
}

const byLetters = (a: string, b: string): number => Number(a > b) - Number(a < b)

const addressTakenMessage = (email: string, isOwner: boolean): string =>
  isOwner ? `${email} is the owner of the account.` : `The account is shared with ${email} already.`

export async function listAShares(ctx: Context, { query }: Input<Ops['listAShares']>): Promise<JsonPage> {
  const asked = query as { include?: string; exclude?: string; limit?: number; skip?: number }
  const identity = ['_id', 'accepted', 'accessLevel', 'integrationAccessLevel', 'sharedWithUser']
  const projection = parseProjection(asked, 'ashares', { identity, listOmits: [], projection: true })
  return readPage(
    asked,
    (skip, limit) => ctx.store.ashares.list(ctx.caller.accountId, skip, limit),
    (rows) => rows.map((row) => projectRecord(toShareResponse(row), projection)),
  )
}

export async function getAShare(ctx: Context, { params }: Input<Ops['getAShare']>): Promise<JsonText> {
  const found = await ctx.store.ashares.find(ctx.caller.accountId, params._id)
  if (!found) throw shareNotFound()
  return toShareText(found)
}

export const updateAShare = (ctx: Context, { params, body }: Input<Ops['updateAShare']>): Promise<JsonText> =>
  changeShare(ctx, params._id, async (rows, { accepted, dismissed, integrationAccessLevel }) => {
    await checkTerms(rows, ctx, body, integrationAccessLevel)
    return { ...body, accepted, dismissed }
  })

/** Keeps the user out, or lets them in again. */
export const disableAShare = (ctx: Context, { params }: Input<Ops['disableAShare']>): Promise<JsonText> =>
  changeShare(ctx, params._id, async (_rows, doc) => ({ ...doc, disabled: doc.disabled !== true }))

export const reinviteAShare = (ctx: Context, { params }: Input<Ops['reinviteAShare']>): Promise<JsonText> =>
  changeShare(ctx, params._id, async (_rows, doc) => {
    if (!doc.dismissed) throw new DomainError('invalid_field', 'Only who has refused an invitation is invited again.', 'dismissed')
    return { ...doc, accepted: false, dismissed: false }
  })

type Changed = Omit<AShareDoc, '_id' | 'createdAt' | 'lastModified'>

async function changeShare(
  ctx: Context,
  id: string,
  make: (rows: RowsOf<'ashares'>, doc: AShareDoc) => Promise<Changed>,
): Promise<JsonText> {
  const { accountId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const before = await lockShare(rows, ctx, id)
    const { _id, createdAt } = before.doc
    const doc: AShareDoc = { ...(await make(rows, before.doc)), _id, createdAt, lastModified: ctx.now().toISOString() }
    await rows.ashares.replace(accountId, doc)
    await rows.audit.add(accountId, [buildShareChange(ctx, 'update', before.email, before.doc, doc)])
    return toShareText((await rows.ashares.find(accountId, _id)) as AShareRow)
  })
}

async function lockShare(rows: RowsOf<'ashares'>, ctx: Context, id: string): Promise<AShareRow> {
  const before = await rows.ashares.lock(ctx.caller.accountId, id)
  if (!before) throw shareNotFound()
  checkIfMatch(ctx.ifMatch, computeEtag(shareState(before)))
  return before
}

export async function deleteAShare(ctx: Context, { params }: Input<Ops['deleteAShare']>): Promise<undefined> {
  const { accountId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const before = await lockShare(rows, ctx, params._id)
    await rows.ashares.remove(accountId, params._id)
    await rows.audit.add(accountId, [buildShareChange(ctx, 'delete', before.email, before.doc, undefined)])
  })
}

/** A share that opens nothing, or what is not there. What it named before may be gone meanwhile. */
async function checkTerms(
  rows: RowsOf<'ashares'>,
  ctx: Context,
  { accessLevel, integrationAccessLevel = [] }: Terms,
  named: Terms['integrationAccessLevel'] = [],
): Promise<void> {
  if (accessLevel === undefined && integrationAccessLevel.length === 0)
    throw new DomainError('missing_required_field', 'Expected field: accessLevel to be present, or integrationAccessLevel.', 'accessLevel')
  const ids = integrationAccessLevel.map(({ _integrationId }) => _integrationId)
  const twice = ids.findIndex((id, place) => ids.indexOf(id) !== place)
  if (twice >= 0) throw new DomainError('invalid_field', `${ids[twice]} is named twice.`, `integrationAccessLevel.${twice}._integrationId`)
  const there = ids.length > 0 ? await rows.ashares.filterIntegrations(ctx.caller.accountId, ids) : []
  const known = new Set([...there, ...named.map(({ _integrationId }) => _integrationId)])
  const [first, ...more] = ids.flatMap((id, place): Problem[] => {
    const field = `integrationAccessLevel.${place}._integrationId`
    return known.has(id) ? [] : [{ code: 'invalid_ref', message: `There is no document ${id} in integrations.`, field }]
  })
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

export const buildShareChange = (
  ctx: Context,
  event: 'create' | 'update' | 'delete',
  email: string,
  before: AShareDoc | undefined,
  after: AShareDoc | undefined,
): ReturnType<typeof buildChange> =>
  buildChange(ctx, {
    event,
    collection: 'ashares',
    before: before && { ...before, name: email },
    after: after && { ...after, name: email },
  })

/** As it is stored: not when its user was last here, nor their name. */
const shareState = ({ doc }: AShareRow): string => JSON.stringify(doc)
const toShareText = (row: AShareRow): JsonText => new JsonText(JSON.stringify(toShareResponse(row)), shareState(row))

const toShareResponse = ({ doc, email, user, lastSignIn }: AShareRow): Answer => ({
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

export async function listIntegrationAshares(
  ctx: Context,
  { params }: Input<Ops['listIntegrationAshares']>,
): Promise<Static<typeof IntegrationAShare>[]> {
  await checkExists(ctx, 'integrations', params._id)
  const found = await ctx.store.ashares.listByIntegration(ctx.caller.accountId, params._id, maxOfIntegration)
  return found.map(({ doc, email, user, lastSignIn }) => ({
    _id: doc._id,
    accepted: doc.accepted,
    accessLevel: integrationLevel(doc, params._id),
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
function integrationLevel(
  { accessLevel, integrationAccessLevel = [] }: AShareDoc,
  integrationId: string,
): 'monitor' | 'manage' | 'administrator' {
  const own = integrationAccessLevel.find(({ _integrationId }) => _integrationId === integrationId)?.accessLevel
  return own === 'manage' && accessLevel !== 'administrator' ? 'manage' : (accessLevel ?? own ?? 'monitor')
}
