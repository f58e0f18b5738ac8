/** Sessions of browsers: who is signed in where, for how long, and with which rights. */
import type { Input, Result } from '../../contract/operation.ts'
import {
  maxSessions,
  sessionDays,
  sessionIdleHours,
  type userSessions as operations,
} from '../../contract/operations/accounts/user-sessions.ts'
import type { Client, Context, World } from '../context.ts'
import { DomainError } from '../errors.ts'
import type { Identity } from '../ports/accounts.ts'
import type { RowsOf } from '../ports/store.ts'
import { SessionCookie } from '../result.ts'
import { hashToken, makeToken } from './accounts.ts'

type Ops = typeof operations

/** Sessions of one answer. */
const maxListed = 1000
const idleMs = sessionIdleHours * 3_600_000
const lifeMs = sessionDays * 86_400_000
/** How exactly it is known when a session was used last: one statement so often. Milliseconds. */
const noteEveryMs = 60_000
/** Characters that are kept of what a browser says of itself. */
const maxUserAgent = 300

const idleSince = (now: Date): string => new Date(now.getTime() - idleMs).toISOString()
const begunSince = (now: Date): string => new Date(now.getTime() - lifeMs).toISOString()
const aliveAt = (now: Date) => ({ usedSince: idleSince(now), begunSince: begunSince(now) })

/** What a user may do who signed in as themselves: everything in their own account, and from there into those that are shared with them. */
export const toOwnIdentity = (userId: string): Identity => ({ accountId: userId, envId: userId, userId, scope: '*', level: 'owner' })

export interface SignedIn {
  readonly identity: Identity
  readonly session: { readonly _id: string; readonly endsAt: string }
}

/** Whose session it is by the hash of what its cookie holds. Undefined where it is over, or the token that it began with is. */
export async function identifySession(
  { store, now }: Pick<World, 'store' | 'now'>,
  hash: Buffer,
  isUse: boolean,
): Promise<SignedIn | undefined> {
  const at = now()
  const found = await store.userSessions.find(hash, aliveAt(at))
  if (!found) return undefined
  const identity = found.tokenHash ? await store.accounts.identify(found.tokenHash) : toOwnIdentity(found.userId)
  if (!identity) return undefined
  if (isUse && at.getTime() - Date.parse(found.seenAt) > noteEveryMs) await store.userSessions.touch(found._id, at.toISOString())
  const endsAt = Math.min(at.getTime() + idleMs, Date.parse(found.createdAt) + lifeMs)
  return { identity, session: { _id: found._id, endsAt: new Date(endsAt).toISOString() } }
}

/** The one that the browser had is over with that. */
export async function beginSession(
  rows: RowsOf<'userSessions'>,
  { now, newId, client }: Pick<Context, 'now' | 'newId' | 'client'>,
  userId: string,
  tokenHash?: Buffer,
): Promise<SessionCookie> {
  if (client?.sessionSecret !== undefined) await rows.userSessions.end(hashToken(client.sessionSecret))
  const secret = makeToken()
  const at = now().toISOString()
  await rows.userSessions.add(hashToken(secret), {
    _id: newId(),
    userId,
    ...(tokenHash && { tokenHash }),
    createdAt: at,
    seenAt: at,
    ...describeClient(client),
  })
  await rows.userSessions.keepNewest(userId, tokenHash, maxSessions)
  return new SessionCookie(secret)
}

const describeClient = (client: Client | undefined): { source: string; userAgent?: string } => ({
  source: client?.source ?? 'unknown',
  ...(client?.userAgent !== undefined && { userAgent: client.userAgent.slice(0, maxUserAgent) }),
})

export async function getSession(ctx: Context): Promise<Result<Ops['getSession']>> {
  const { store, caller, session } = ctx
  const { accountId, envId, userId, level, reach, ashareId, allowToEditRetryData } = caller
  const [user, owner, environment] = await Promise.all([
    store.accounts.findUser(userId),
    store.accounts.findUser(accountId),
    store.documents.readText(accountId, 'environments', envId),
  ])
  if (!user || !owner) throw new Error('a caller is no user')
  // Tokens are believed for a second, and environments end meanwhile.
  if (environment === undefined) throw new DomainError('access_restricted', 'The environment is gone.')
  return {
    via: session ? 'session' : 'token',
    ...(session && { _id: session._id, endsAt: session.endsAt }),
    user: { _id: user._id, email: user.email, name: user.name },
    account: { _id: accountId, name: owner.name },
    environment: { _id: envId, name: (JSON.parse(environment) as { name: string }).name },
    accessLevel: level,
    ...(reach?.level !== undefined && { accountAccessLevel: reach.level }),
    ...(reach && {
      integrationAccessLevel: Object.entries(reach.integrations).map(([_integrationId, accessLevel]) => ({ _integrationId, accessLevel })),
    }),
    ...(ashareId !== undefined && { _ashareId: ashareId }),
    ...(allowToEditRetryData && { allowToEditRetryData }),
  }
}

export async function deleteSession({ store, caller, session }: Context): Promise<SessionCookie> {
  if (session) await store.userSessions.remove(caller.userId, session._id)
  return new SessionCookie()
}

export async function listSessions(ctx: Context): Promise<Result<Ops['listSessions']>> {
  refuseLesserTokens(ctx)
  const { store, caller, now, session } = ctx
  const found = await store.userSessions.list(caller.userId, aliveAt(now()), maxListed)
  return found.map(({ _id, createdAt, seenAt, source, userAgent, tokenHash }) => ({
    _id,
    createdAt,
    lastUsedAt: seenAt,
    from: source,
    ...(userAgent !== undefined && { userAgent }),
    via: tokenHash ? 'token' : 'user',
    current: _id === session?._id,
  }))
}

export async function endSession(ctx: Context, { params }: Input<Ops['endSession']>): Promise<undefined> {
  refuseLesserTokens(ctx)
  if (!(await ctx.store.userSessions.remove(ctx.caller.userId, params._id)))
    throw new DomainError('not_found', 'Session not found.', '_sessionId')
}

export async function endOtherSessions(ctx: Context): Promise<undefined> {
  refuseLesserTokens(ctx)
  await ctx.store.userSessions.removeOthers(ctx.caller.userId, ctx.session?._id)
}

/** A token that is less than its user neither sees where they are signed in, nor changes how. */
export function refuseLesserTokens({ caller, app }: Context): void {
  if (caller.isShareToken || caller.scopes || caller.isEnvironmentToken || caller.oneTime || app)
    throw new DomainError('access_denied', 'It is for the user in person, and the token is for less than they may do.')
}

/** Rows of one step. */
const purgeBatch = 1000

/** Once a minute, by one of all workers: sessions that are over, links that nobody used, and counts of attempts long ago. */
export async function purgeUserSessions({ store, now }: Pick<World, 'store' | 'now'>): Promise<void> {
  const at = now()
  await store.userSessions.purge(aliveAt(at), purgeBatch)
  await store.passwords.purgeLinks(at.toISOString())
  await store.rateLimits.purge(idleSince(at), purgeBatch)
}
