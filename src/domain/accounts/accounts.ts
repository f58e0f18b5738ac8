/** Accounts, their owners and tokens. An account has the id of its owner, as on integrator.io. */
import { hash, randomBytes } from 'node:crypto'
import { isEmail } from '../email.ts'
import { SetupError } from '../errors.ts'
import { isId } from '../ids.ts'
import type { User } from '../ports/ashares.ts'
import type { Context, World } from '../context.ts'
import type { Identity, NewToken } from '../ports/accounts.ts'
import type { RowsOf } from '../ports/store.ts'

/** 256 bits: nobody guesses one, so its plain hash is enough to keep. */
const tokenBytes = 32
export const hashToken = (token: string): Buffer => hash('sha256', token, 'buffer')
export const makeToken = (): string => randomBytes(tokenBytes).toString('hex')

export const ownerEmail = 'owner@localhost'
const settingName = 'SLUICE_TOKEN'
const firstName = 'first token'
const isForEverything = ({ level, scopes, isEnvironmentToken }: Identity): boolean => level === 'owner' && !scopes && !isEnvironmentToken

/**
 * Sees to it that there is an owner, and that `token` is theirs if it is given, in place of the one that was given or printed before. Answers whether the owner was made just now, and
 * the token that was made for them, which is shown this once.
 */
export async function ensureOwner(world: World, token: string | undefined): Promise<{ newToken: string | undefined; isNew: boolean }> {
  return world.store.transaction(async (rows) => {
    const owner = await rows.accounts.lockFirst()
    if (!owner) {
      const made = token ?? makeToken()
      const owned = await addAccount(world, rows, ownerEmail, 'Owner')
      await addToken(world, rows, owned, made, { name: token === undefined ? firstName : settingName, ofSetting: true })
      return { newToken: token === undefined ? made : undefined, isNew: true }
    }
    const known = { newToken: undefined, isNew: false }
    if (token === undefined) return known
    await rows.accounts.revokeSettingTokens(owner, hashToken(token), world.now().toISOString())
    const holder = await rows.accounts.identify(hashToken(token))
    if (holder?.accountId !== owner || !isForEverything(holder))
      await addToken(world, rows, owner, token, { name: settingName, ofSetting: true })
    return known
  })
}

/** A user with an account of their own, and a token to it. */
export async function addUser(world: World, email: string): Promise<{ _id: string; email: string; token: string }> {
  if (!isEmail(email)) throw new SetupError(`"${email}" is not an email address.`)
  const token = makeToken()
  return world.store.transaction(async (rows) => {
    // The first account is the owner's, whoever asks for it.
    if (!(await rows.accounts.lockFirst())) throw new SetupError('There is no owner yet: start Sluice once, then add users.')
    const _id = await addAccount(world, rows, email, email.split('@')[0] ?? email)
    await addToken(world, rows, _id, token, { name: firstName })
    return { _id, email, token }
  })
}

/** A user and their account, with its production environment. */
export async function addAccount(
  world: Pick<World, 'newId' | 'now'>,
  rows: RowsOf<'accounts' | 'documents'>,
  email: string,
  name: string,
): Promise<string> {
  const _id = world.newId()
  const createdAt = world.now().toISOString()
  if (!(await rows.accounts.addUser({ _id, email, name, createdAt }))) throw new SetupError(`There is a user ${email} already.`)
  await rows.accounts.addAccount({ _id, name, createdAt })
  const production = { _id, name: 'Production', production: true, createdAt, lastModified: createdAt }
  await rows.documents.write(_id, 'environments', { doc: production, secrets: undefined }, { all: [], checked: [] }, 'new')
  return _id
}

type TokenAs = Pick<NewToken, 'name' | 'ofSetting'>
const addToken = (world: World, rows: RowsOf<'accounts'>, owner: string, token: string, as: TokenAs): Promise<void> =>
  rows.accounts.addToken({
    _id: world.newId(),
    accountId: owner,
    envId: owner,
    userId: owner,
    ...as,
    hash: hashToken(token),
    createdAt: world.now().toISOString(),
  })

/** A further token to the account of a user, for everything in one environment of it; production by default. */
export async function createToken(world: World, email: string, name: string, envId: string | undefined): Promise<NamedToken> {
  const token = makeToken()
  return world.store.transaction(async (rows) => {
    const user = await rows.accounts.findUserByEmail(email)
    if (!user) throw new SetupError(`There is no user ${email}: \`sluice user list\` shows who there is.`)
    const environment = envId ?? user._id
    if (!isId(environment) || (await rows.documents.readText(user._id, 'environments', environment)) === undefined)
      throw new SetupError(`The account of ${email} has no environment ${environment}: GET /v1/environments lists them.`)
    const _id = world.newId()
    const createdAt = world.now().toISOString()
    await rows.accounts.addToken({
      _id,
      accountId: user._id,
      envId: environment,
      userId: user._id,
      name,
      hash: hashToken(token),
      createdAt,
    })
    return { _id, name, _userId: user._id, _envId: environment, token }
  })
}

export interface NamedToken {
  readonly _id: string
  readonly name: string
  readonly _userId: string
  readonly _envId: string
  readonly token: string
}

/** By the one who runs the server. What is shared with the address goes with it: shares are found by the address that a user has. */
export async function changeEmail(world: World, email: string, next: string): Promise<void> {
  if (!isEmail(next)) throw new SetupError(`"${next}" is not an email address.`)
  await world.store.transaction(async (rows) => {
    const user = await rows.accounts.findUserByEmail(email)
    if (!user) throw new SetupError(`There is no user ${email}: \`sluice user list\` shows who there is.`)
    const other = await rows.accounts.findUserByEmail(next)
    if (other && other._id !== user._id) throw new SetupError(`There is a user ${next} already.`)
    await rows.accounts.changeEmail(user._id, next)
  })
}

export async function getProfile({ store, caller }: Context): Promise<User> {
  const user = await store.accounts.findUser(caller.userId)
  if (!user) throw new Error('a caller is no user')
  return user
}
