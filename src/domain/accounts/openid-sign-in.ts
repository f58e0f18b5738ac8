/** Signing in at the OpenID provider of the settings: on the way there, and back as a user of this installation. */
import type { Input } from '../../contract/operation.ts'
import { openIdMinutes, type userSessions as operations } from '../../contract/operations/accounts/user-sessions.ts'
import { recordAct } from '../audit/audit-entry.ts'
import type { Context, World } from '../context.ts'
import { isEmail } from '../email.ts'
import { DomainError, SetupError } from '../errors.ts'
import type { OpenIdFailure, OpenIdKept, OpenIdProvider, OpenIdUser } from '../ports/sessions/openid-provider.ts'
import { SignInStart, type SessionCookie } from '../result.ts'
import { addAccount } from './accounts.ts'
import { countSource } from './attempts.ts'
import { beginSession, toOwnIdentity } from './user-sessions.ts'

type Ops = typeof operations

/** The page of the console that the provider leads back to. */
const returnPath = '/sign-in/openid'
/** What the cookie holds opens nowhere else. */
const place = 'openid sign-in'
/** People who wait for the provider at a time, on this server. Each holds a request and up to 1 MB of an answer. */
const maxWaiting = 50

interface Begun extends OpenIdKept {
  /** Milliseconds since 1970. */
  readonly endsAt: number
}

let waiting = 0
async function withPlace<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= maxWaiting) throw new DomainError('too_many_at_once', `${maxWaiting} people sign in at the moment. Try again shortly.`)
  waiting++
  try {
    return await work()
  } finally {
    waiting--
  }
}

function requireProvider({ openId }: Context): OpenIdProvider {
  if (!openId) throw new DomainError('not_found', 'This installation has no OpenID provider.')
  return openId
}

const toError = ({ failed, isDown }: OpenIdFailure): DomainError =>
  new DomainError(isDown ? 'provider_unavailable' : 'sign_in_failed', failed)

export async function beginOpenIdSignIn(ctx: Context): Promise<SignInStart> {
  const provider = requireProvider(ctx)
  await countSource(ctx, 'openid')
  if (ctx.home === undefined) throw new Error('nobody reached this server, and somebody begins to sign in')
  const started = await withPlace(() => provider.begin(`${ctx.home}${returnPath}`, ctx.signal))
  if ('failed' in started) throw toError(started)
  const endsAt = ctx.now().getTime() + openIdMinutes * 60_000
  const secret = ctx.vault.seal(JSON.stringify({ ...started.kept, endsAt } satisfies Begun), place)
  return new SignInStart({ authorizationURL: started.url, expiresAt: new Date(endsAt).toISOString() }, secret)
}

export async function finishOpenIdSignIn(ctx: Context, { body }: Input<Ops['finishOpenIdSignIn']>): Promise<SessionCookie> {
  const provider = requireProvider(ctx)
  const source = await countSource(ctx)
  const begun = readBegun(ctx)
  if (begun?.state !== body.state)
    throw new DomainError(
      'sign_in_failed',
      `This sign-in was not begun in this browser, or more than ${openIdMinutes} minutes ago. Begin again.`,
    )
  const found = await withPlace(() => provider.finish(body, begun, ctx.signal))
  if ('failed' in found) throw toError(found)
  const userId = await findOrAddUser(ctx, provider, found)
  await ctx.store.rateLimits.giveBack([source])
  return beginSession(ctx.store, ctx, userId)
}

function readBegun({ client, vault, now }: Context): Begun | undefined {
  if (client?.signInSecret === undefined) return undefined
  try {
    const begun = JSON.parse(vault.open(client.signInSecret, place)) as Begun
    return begun.endsAt > now().getTime() ? begun : undefined
  } catch {
    // Not sealed here, or with a key that is gone.
    return undefined
  }
}

/** Who came from there before is who they were, whatever their address is by now. At first they are found by it, where the provider has verified it. */
async function findOrAddUser(ctx: Context, provider: OpenIdProvider, found: OpenIdUser): Promise<string> {
  const { issuer, name } = provider
  const linked = await ctx.store.userIdentities.find(issuer, found.subject)
  if (linked !== undefined) return linked
  const { email, isVerified } = found
  if (email === undefined || !isVerified)
    throw new DomainError(
      'sign_in_failed',
      `${name} ${email === undefined ? 'does not tell your email address' : `has not verified the address ${email}`}, and users of this installation are found by that.`,
    )
  const user = isEmail(email) ? await ctx.store.accounts.findUserByEmail(email) : undefined
  const at = ctx.now().toISOString()
  // To the database more letters are the same than to those who hand out addresses.
  if (user && isSameAddress(user.email, email)) {
    const isLinked = await ctx.store.userIdentities.link(issuer, found.subject, user._id, at)
    if (!isLinked && (await ctx.store.userIdentities.find(issuer, found.subject)) !== user._id)
      throw new DomainError(
        'sign_in_failed',
        `Somebody else of ${name} signs in as ${user.email} here. \`npx sluice user unlink ${user.email}\` forgets them.`,
      )
    return user._id
  }
  if (user || !isEmail(email) || !isDomainOf(email, provider.createsUsersOf))
    throw new DomainError(
      'sign_in_failed',
      `No user here has the address ${email}. Who runs this server adds users: \`npx sluice user add ${email}\`.`,
    )
  try {
    return await addUser(ctx, provider, found, email)
  } catch (error) {
    // Somebody added them meanwhile: it is themselves, in another window.
    if (error instanceof SetupError) return findOrAddUser(ctx, provider, found)
    throw error
  }
}

const lowerLetters = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
const isSameAddress = (one: string, other: string): boolean => lowerLetters(one) === lowerLetters(other)
const isDomainOf = (email: string, domains: readonly string[]): boolean =>
  domains.includes(lowerLetters(email.slice(email.lastIndexOf('@') + 1)))

/** With an account of their own, and no token. */
async function addUser(ctx: Context, { issuer }: OpenIdProvider, { subject, name }: OpenIdUser, email: string): Promise<string> {
  return ctx.store.transaction(async (rows) => {
    const _id = await addAccount(ctx, rows, email, name ?? email.slice(0, email.lastIndexOf('@')))
    await rows.userIdentities.link(issuer, subject, _id, ctx.now().toISOString())
    await recordAct(
      rows,
      { ...ctx, caller: toOwnIdentity(_id) },
      { event: 'create', collection: 'users', _id, name: email, details: { openId: issuer } },
    )
    return _id
  })
}

/** By the one who runs the server: the user is found by their address again when they come next, and is signed out. */
export async function unlinkUser({ store }: Pick<World, 'store'>, email: string): Promise<boolean> {
  const user = await store.accounts.findUserByEmail(email)
  if (!user) throw new SetupError(`There is no user ${email}: \`sluice user list\` shows who there is.`)
  return store.transaction(async (rows) => {
    await rows.userSessions.removeOthers(user._id, undefined)
    return rows.userIdentities.unlink(user._id)
  })
}
