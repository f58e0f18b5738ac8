/** What users have subscribed to: flows, all flows of an integration, and connections. */
import type { Static } from 'typebox'
import type { Input, Result } from '../../contract/operation.ts'
import { maxSubscriptions, type notifications as operations } from '../../contract/operations/accounts/notifications.ts'
import { filterVisible, isAdministratorInPerson } from '../access/access.ts'
import { recordAct } from '../audit/audit-entry.ts'
import type { Context } from '../context.ts'
import { DomainError } from '../errors.ts'
import { formatKey } from '../keys.ts'
import type { Subject, SubjectKind, Subscription } from '../ports/notifications/subscriptions.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
type Listed = Result<Ops['listNotifications']>
type Change = Static<Ops['updateNotifications']['body']>[number]

/** In place of an integration's id, for the flows that belong to none. */
export const noIntegration = 'none'
/** Users of an account whose subscriptions are listed together. */
const usersListed = 10
const fields = { integration: '_integrationId', flow: '_flowId', connection: '_connectionId' } as const
const collections = { integration: 'integrations', flow: 'flows', connection: 'connections' } as const

export async function listNotifications(ctx: Context, { query }: Input<Ops['listNotifications']>): Promise<Listed> {
  const isForAll = query.users === 'all' && isAdministratorInPerson(ctx)
  const found = await ctx.store.subscriptions.list(
    ctx.caller.envId,
    isForAll ? undefined : ctx.caller.userId,
    isForAll ? usersListed * maxSubscriptions : maxSubscriptions,
  )
  return toVisible(ctx, found)
}

/** Subscriptions to what the user may no longer look at are left out. */
async function toVisible(ctx: Context, found: readonly Subscription[]): Promise<Listed> {
  const visible = new Set((await filterVisible(ctx, found.filter(({ id }) => id !== noIntegration).map(toKey))).map(formatKey))
  return found
    .filter((each) => each.id === noIntegration || visible.has(formatKey(toKey(each))))
    .map(({ _id, kind, id, user }) => ({ _id, type: kind, [fields[kind]]: id, subscribedByUser: { ...user } }))
}

const toKey = ({ kind, id }: Subject): { readonly collection: string; readonly id: string } => ({ collection: collections[kind], id })

export async function updateNotifications(ctx: Context, { body }: Input<Ops['updateNotifications']>): Promise<Listed> {
  const changes = body.map((change, i) => ({ change, subject: readSubject(change, `${i}`) }))
  await checkSubjects(ctx, changes)
  const users = await findUsers(ctx, body)
  const { envId, userId } = ctx.caller
  const byUser = Map.groupBy(changes, ({ change }) => users.get(change.subscribedByUserEmail?.toLowerCase() ?? '') ?? userId)
  const listed = await ctx.store.transaction(async (rows) => {
    for (const [of, own] of byUser) await change(ctx, rows, of, own)
    return rows.subscriptions.list(envId, [...byUser.keys()][0] ?? userId, maxSubscriptions)
  })
  return toVisible(ctx, listed)
}

interface Asked {
  readonly change: Change
  readonly subject: Subject
}

async function change(ctx: Context, rows: RowsOf<'audit' | 'subscriptions'>, userId: string, asked: readonly Asked[]): Promise<void> {
  const { envId } = ctx.caller
  // Of what is named twice the last counts.
  const last = [...new Map(asked.map((each) => [`${each.subject.kind} ${each.subject.id}`, each])).values()]
  const wanted = last.flatMap(({ change: { subscribed }, subject }) => (subscribed ? [{ ...subject, _id: ctx.newId() }] : []))
  const unwanted = last.flatMap(({ change: { subscribed }, subject }) => (subscribed ? [] : [subject]))
  await rows.subscriptions.remove(envId, userId, unwanted)
  await rows.subscriptions.add(envId, userId, wanted, ctx.now().toISOString())
  if ((await rows.subscriptions.count(envId, userId)) > maxSubscriptions)
    throw new DomainError(
      'state_limit',
      `A user has at most ${maxSubscriptions} subscriptions in an environment: subscribe to whole integrations.`,
    )
  const details = { notifications: 'subscriptions', subscribed: wanted.length, unsubscribed: unwanted.length }
  await recordAct(rows, ctx, { event: 'update', collection: 'users', _id: userId, details })
}

function readSubject(change: Change, at: string): Subject {
  const named = (Object.keys(fields) as SubjectKind[]).filter((kind) => change[fields[kind]] !== undefined)
  const [kind, another] = named
  if (kind === undefined)
    throw new DomainError('missing_required_field', 'Expected field: _integrationId, _flowId or _connectionId to be present.', at)
  if (another !== undefined)
    throw new DomainError(
      'invalid_field',
      `Expected one of _integrationId, _flowId and _connectionId, not several.`,
      `${at}.${fields[another]}`,
    )
  return { kind, id: change[fields[kind]] as string }
}

/** All of them are there, and the caller sees them. What is unsubscribed from may be gone. */
async function checkSubjects(ctx: Context, asked: readonly Asked[]): Promise<void> {
  const keys = asked.flatMap(({ change, subject }) => (change.subscribed && subject.id !== noIntegration ? [toKey(subject)] : []))
  const present = await ctx.store.documents.filterPresent(ctx.caller.envId, keys)
  const visible = new Set((await filterVisible(ctx, present)).map(formatKey))
  const problems = asked.flatMap(({ change, subject }, i) => {
    if (!change.subscribed || subject.id === noIntegration || visible.has(formatKey(toKey(subject)))) return []
    const message = `There is no ${subject.kind} ${subject.id}.`
    return [{ code: 'invalid_ref' as const, message, field: `${i}.${fields[subject.kind]}` }]
  })
  const [first, ...more] = problems
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

/** Ids of the other users that are named, by their address in lower case. */
async function findUsers(ctx: Context, body: readonly Change[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const [i, { subscribedByUserEmail: email }] of body.entries()) {
    if (email === undefined || found.has(email.toLowerCase())) continue
    const field = `${i}.subscribedByUserEmail`
    const user = await ctx.store.ashares.findMember(ctx.caller.accountId, email)
    if (user?._id !== ctx.caller.userId && !isAdministratorInPerson(ctx))
      throw new DomainError('access_denied', 'Only the owner and administrators of the account change subscriptions of others.', field)
    if (!user) throw new DomainError('invalid_user', `${email} is no user of this account.`, field)
    found.set(email.toLowerCase(), user._id)
  }
  return found
}
