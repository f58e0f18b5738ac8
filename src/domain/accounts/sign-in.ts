/** Signing in: with an address and a password, with a token, or with a one-time link; and how often that may be tried. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxPassword, minPassword, type userSessions as operations } from '../../contract/operations/accounts/user-sessions.ts'
import { recordAct } from '../audit/audit-entry.ts'
import type { Context, World } from '../context.ts'
import { DomainError, SetupError } from '../errors.ts'
import type { SessionCookie } from '../result.ts'
import { isOneTime } from '../scripts/one-time-tokens.ts'
import { hashToken, makeToken } from './accounts.ts'
import { countAttempt, countSource, readSource } from './attempts.ts'
import { isPassword, sealPassword } from './password-hash.ts'
import { beginSession, refuseLesserTokens, toOwnIdentity } from './user-sessions.ts'

type Ops = typeof operations

/** Sources that a user signed in from last: there, what others try on their address does not keep them out. */
const maxSources = 10
/** How long a link that sets a password works. Milliseconds. */
const linkMs = 24 * 3_600_000

const failed = (): DomainError => new DomainError('sign_in_failed', 'No user is known by this address and password.')

export async function listSignInMethods({ openId }: Context): Promise<Result<Ops['listSignInMethods']>> {
  return { password: true, token: true, ...(openId && { openId: { name: openId.name } }) }
}

export async function createSession(ctx: Context, { body }: Input<Ops['createSession']>): Promise<SessionCookie> {
  const { email, password, token } = body
  if (token !== undefined && (email !== undefined || password !== undefined))
    throw new DomainError('invalid_field', 'Sign in with an address and a password, or with a token, not with both.', 'token')
  if (token !== undefined) return signInWithToken(ctx, token)
  if (email === undefined || password === undefined)
    throw new DomainError(
      'missing_required_field',
      'Expected fields: email and password, or token.',
      email === undefined ? 'email' : 'password',
    )
  return signInWithPassword(ctx, email, password)
}

async function signInWithPassword(ctx: Context, email: string, password: string): Promise<SessionCookie> {
  const source = await countSource(ctx)
  const user = await ctx.store.passwords.findByEmail(email)
  const isKnown = user?.sources.includes(readSource(ctx))
  // Not by what was typed, where somebody has it: one address has many spellings to the database, such as a Turkish İ for an i.
  const address = await countAttempt(ctx, `address ${user?.userId ?? email.toLowerCase()}${isKnown ? ` from ${readSource(ctx)}` : ''}`)
  if (!(await isPassword(ctx.vault, user, password)) || !user) throw failed()
  await ctx.store.rateLimits.giveBack([source, address])
  if (!isKnown) await ctx.store.passwords.noteSource(user.userId, readSource(ctx), maxSources)
  return beginSession(ctx.store, ctx, user.userId)
}

/** The session may what the token may, and ends with it. */
async function signInWithToken(ctx: Context, token: string): Promise<SessionCookie> {
  const source = await countSource(ctx)
  const hash = hashToken(token.trim())
  const identity = isOneTime(token) ? undefined : await ctx.store.accounts.identify(hash)
  if (!identity) throw new DomainError('sign_in_failed', 'No access token is known by that, or it was revoked.')
  await ctx.store.rateLimits.giveBack([source])
  return beginSession(ctx.store, ctx, identity.userId, hash)
}

const linkIsOver = (): DomainError =>
  new DomainError(
    'sign_in_failed',
    'This link has been used, or its time is over. `npx sluice user password EMAIL --link` makes another one.',
  )

export async function redeemPasswordLink(ctx: Context, { body }: Input<Ops['redeemPasswordLink']>): Promise<SessionCookie> {
  const source = await countSource(ctx)
  const hash = hashToken(body.oneTimeToken.trim())
  const now = ctx.now().toISOString()
  const userId = await ctx.store.passwords.findLink(hash, now)
  if (userId === undefined) throw linkIsOver()
  const sealed = await sealPassword(ctx.vault, userId, body.password)
  return ctx.store.transaction(async (rows) => {
    if (!(await rows.passwords.takeLink(hash, now))) throw linkIsOver()
    await rows.passwords.set(userId, sealed, now)
    await rows.userSessions.removeOthers(userId, undefined)
    await rows.rateLimits.giveBack([source])
    await recordPassword(rows, { ...ctx, caller: toOwnIdentity(userId) })
    return beginSession(rows, ctx, userId)
  })
}

export async function changePassword(ctx: Context, { body }: Input<Ops['changePassword']>): Promise<undefined> {
  refuseLesserTokens(ctx)
  const { userId } = ctx.caller
  const known = await ctx.store.passwords.find(userId)
  const key = await countAttempt(ctx, `password of ${userId}`)
  if (known !== undefined && !(await isPassword(ctx.vault, { userId, sealed: known }, body.currentPassword ?? '')))
    throw new DomainError('invalid_field', 'That is not the password up to now.', 'currentPassword')
  const sealed = await sealPassword(ctx.vault, userId, body.password)
  await ctx.store.transaction(async (rows) => {
    await rows.passwords.set(userId, sealed, ctx.now().toISOString())
    await rows.passwords.removeLinks(userId)
    await rows.userSessions.removeOthers(userId, ctx.session?._id)
    await rows.rateLimits.giveBack([key])
    await recordPassword(rows, { ...ctx, caller: toOwnIdentity(userId) })
  })
}

const recordPassword = (rows: Parameters<typeof recordAct>[0], ctx: Context): Promise<void> =>
  recordAct(rows, ctx, { event: 'update', collection: 'users', _id: ctx.caller.userId, details: { password: 'set' } })

/** What a link that sets the password of this user ends with. */
export async function makePasswordLink({ store, now }: Pick<World, 'store' | 'now'>, email: string): Promise<string> {
  const userId = await findUserId(store, email)
  const token = makeToken()
  await store.passwords.addLink(hashToken(token), userId, new Date(now().getTime() + linkMs).toISOString())
  return token
}

/** By the one who runs the server. */
export async function setPassword({ store, vault, now }: World, email: string, password: string): Promise<void> {
  if (Array.from(password).length < minPassword)
    throw new SetupError(`A password has at least ${minPassword} characters: nothing was changed.`)
  if (password.length > maxPassword) throw new SetupError(`A password has at most ${maxPassword} characters: nothing was changed.`)
  const userId = await findUserId(store, email)
  const sealed = await sealPassword(vault, userId, password)
  await store.transaction(async (rows) => {
    await rows.passwords.set(userId, sealed, now().toISOString())
    await rows.passwords.removeLinks(userId)
    await rows.userSessions.removeOthers(userId, undefined)
  })
}

async function findUserId({ accounts }: Pick<World['store'], 'accounts'>, email: string): Promise<string> {
  const user = await accounts.findUserByEmail(email)
  if (!user) throw new SetupError(`There is no user ${email}: \`sluice user list\` shows who there is.`)
  return user._id
}
