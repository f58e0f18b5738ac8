/** Ends mails with one click: the link in a mail is signed, and says whose mails they are. Nobody has to sign in for it. */
import type { World } from '../context.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { toOwnIdentity } from '../accounts/user-sessions.ts'
import { turnMailsOff } from './settings.ts'

const purpose = 'unsubscribe'

/** Where mail programs send a `POST` for it, and a browser shows a page with a button. */
export const unsubscribePath = '/notifications/unsubscribe'

export const makeUnsubscribeURL = ({ vault }: Pick<World, 'vault'>, publicURL: string, userId: string): string =>
  `${publicURL}${unsubscribePath}?token=${userId}.${vault.sign(userId, purpose)}`

/** The address of the user whose link it is; undefined for a link that is none of ours. */
export async function findUnsubscribing(world: Pick<World, 'store' | 'vault'>, token: string): Promise<string | undefined> {
  const userId = readToken(world, token)
  return userId === undefined ? undefined : (await world.store.accounts.findUser(userId))?.email
}

/** False for a link that is none of ours. Done again it does nothing. */
export async function unsubscribe(world: World, token: string): Promise<boolean> {
  const userId = readToken(world, token)
  if (userId === undefined || !(await world.store.accounts.findUser(userId))) return false
  const ctx = { ...world, caller: toOwnIdentity(userId), strict: false }
  await world.store.transaction(async (rows) => {
    await turnMailsOff(rows, userId)
    await recordAct(rows, ctx, { event: 'update', collection: 'users', _id: userId, details: { notifications: 'unsubscribed' } })
  })
  return true
}

function readToken({ vault }: Pick<World, 'vault'>, token: string): string | undefined {
  const [, userId = '', signature = ''] = /^([0-9a-f]{24})\.([\w-]{1,200})$/.exec(token) ?? []
  return userId !== '' && vault.isSigned(userId, signature, purpose) ? userId : undefined
}
