/** Account shares as their users see them: listing and answering invitations, and entering a shared account. */
import type { Static } from 'typebox'
import type { SharedAShare } from '../../contract/ashare.ts'
import type { Input } from '../../contract/operation.ts'
import type { ashares as operations } from '../../contract/operations/accounts/ashares.ts'
import { buildShareChange } from './ashares.ts'
import { DomainError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { AShareDoc, AShareRow } from '../ports/ashares.ts'
import type { AccessScope } from '../ports/membership.ts'
import type { Context } from '../context.ts'
import type { Identity } from '../ports/accounts.ts'
import type { Store } from '../ports/store.ts'

type Ops = typeof operations
type Answer = Static<typeof SharedAShare>

/** Accounts of one answer. A consultant works in some dozens. */
const maxShared = 1000

export async function listSharedAShares(ctx: Context): Promise<Answer[]> {
  return (await ctx.store.ashares.listByUser(ctx.caller.userId, maxShared))
    .filter(({ doc }) => concerns(ctx, doc._id))
    .map(toSharedResponse)
}

const concerns = ({ caller: { isShareToken, ashareId } }: Context, id: string): boolean => isShareToken === undefined || id === ashareId

export const acceptAShare = (ctx: Context, { params }: Input<Ops['acceptAShare']>) =>
  decide(ctx, params._id, { accepted: true, dismissed: false })
export const dismissAShare = (ctx: Context, { params }: Input<Ops['dismissAShare']>) =>
  decide(ctx, params._id, { accepted: false, dismissed: true })

/** On record in the account that is shared, where its administrators see it. */
async function decide(ctx: Context, id: string, decision: Pick<AShareDoc, 'accepted' | 'dismissed'>): Promise<Answer> {
  return ctx.store.transaction(async (rows) => {
    const before = concerns(ctx, id) ? await rows.ashares.lockForUser(ctx.caller.userId, id) : undefined
    if (!before || before.doc.disabled) throw new DomainError('not_found', 'Ashare not found.', '_ashareId')
    const doc = { ...before.doc, ...decision, lastModified: ctx.now().toISOString() }
    await rows.ashares.replace(before.accountId, doc)
    const record = buildShareChange(ctx, 'update', before.email, before.doc, doc)
    await rows.audit.add(before.accountId, [{ ...record, accountId: before.accountId }])
    return toSharedResponse({ ...before, doc })
  })
}

const toSharedResponse = ({ doc, lastSignIn, owner: { _id, email, name } }: AShareRow): Answer => ({
  ...doc,
  ...(lastSignIn !== undefined && { lastSignIn }),
  ownerUser: { _id, email, name },
})

/** What a share makes of its user. */
export function shareRights({
  accessLevel,
  integrationAccessLevel = [],
  allowToEditRetryData,
}: AShareDoc): Pick<Identity, 'level' | 'reach' | 'allowToEditRetryData'> {
  const integrations = Object.fromEntries(integrationAccessLevel.map(({ _integrationId, accessLevel: level }) => [_integrationId, level]))
  const manages = Object.values(integrations).includes('manage')
  const level = accessLevel === undefined || accessLevel === 'monitor' ? (manages ? 'manage' : 'monitor') : accessLevel
  const same = accessLevel !== undefined && (accessLevel !== 'monitor' || !manages)
  const reach: AccessScope = { ...(accessLevel !== undefined && { level: accessLevel }), integrations }
  return { level, ...(!same && { reach }), ...(allowToEditRetryData && { allowToEditRetryData }) }
}

/** The caller in production of the account of a share. Unknown ids, the shares of others and those that are not in force are the same. */
export async function enterShare(store: Store, caller: Identity, id: string): Promise<Identity> {
  const wanted = id.trim().toLowerCase()
  if (!isId(wanted))
    throw new DomainError('invalid_header_value', 'The header integrator-ashareid has to be an id: 24 hex digits.', 'integrator-ashareid')
  if (caller.ashareId === wanted) return caller
  const share = mayEnter(caller) ? await store.ashares.enter(caller.userId, wanted) : undefined
  if (!share) throw new DomainError('access_restricted', 'You have no access to an account through this ashare.', 'integrator-ashareid')
  const { accountId, doc } = share
  return { accountId, envId: accountId, userId: caller.userId, scope: caller.scope, ashareId: wanted, ...shareRights(doc) }
}

/** A token that was made through a share works in that account only, one of an environment in that, and one for some documents with these. */
const mayEnter = ({ ashareId, isEnvironmentToken, scopes, oneTime }: Identity): boolean =>
  ashareId === undefined && isEnvironmentToken === undefined && scopes === undefined && oneTime === undefined
