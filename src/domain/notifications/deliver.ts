/** Brings a message to its user by one channel: looks at what they want and may see by now, writes it, and hands it to what carries it. */
import type { World } from '../context.ts'
import type { Identity } from '../ports/accounts.ts'
import type { User } from '../ports/ashares.ts'
import type { Delivery } from '../ports/notifications/messengers.ts'
import type { Message, Payload } from '../ports/notifications/outbox.ts'
import { composeMail, composeTestMail, type Letter } from './compose-mail.ts'
import { composeWebhook } from './compose-webhook.ts'
import { findRecipient, keepVisible } from './recipients.ts'
import { readUserSettings, type UserSettings } from './settings.ts'
import { makeUnsubscribeURL } from './unsubscribe.ts'

/** Nobody is to get it any more. */
interface Dropped {
  readonly kind: 'dropped'
  readonly message: string
}

/** Shares of a user that are looked through for the one of an account. */
const maxShares = 1000

export async function deliver(world: World, message: Message, signal: AbortSignal): Promise<Delivery | Dropped> {
  const { store } = world
  const { envId, userId, channel } = message
  const [user, accountId] = [await store.accounts.findUser(userId), await store.accounts.findAccount(envId)]
  const recipient = user && accountId !== undefined ? await findRecipient(store, accountId, envId, userId) : undefined
  if (!user || !recipient) return dropped('The user has no access to the environment any more.')
  const settings = (await readUserSettings(world, store, [userId])).get(userId) as UserSettings
  if (channel === 'email' ? !settings.email : !settings.webhook) return dropped('The user has switched it off meanwhile.')
  const events = await keepVisible(store, recipient, message.payload.events, ({ key }) => key)
  if (events.length === 0) return dropped('The user may see nothing of it any more.')
  const payload = { ...message.payload, events }
  return channel === 'email'
    ? sendMail(world, message._id, user, await readLetter(world, recipient), payload)
    : callWebhook(world, message._id, settings, await readLetter(world, recipient), payload, signal)
}

const dropped = (message: string): Dropped => ({ kind: 'dropped', message })

/** `payload` is absent where it is a test. */
export async function sendMail(
  { messengers }: Pick<World, 'messengers'>,
  _id: string,
  { email }: User,
  letter: Letter,
  payload: Payload | undefined,
): Promise<Delivery> {
  if (!messengers.sendMail)
    return { kind: 'refused', message: 'This program has no mail server: SLUICE_SMTP_URL is not set.', isFinal: false }
  const written = payload ? composeMail(payload, letter) : composeTestMail(letter)
  const { unsubscribeURL } = letter
  return messengers.sendMail({ _id, to: email, ...written, ...(payload && unsubscribeURL !== undefined && { unsubscribeURL }) })
}

export async function callWebhook(
  { messengers, now }: Pick<World, 'messengers' | 'now'>,
  _id: string,
  { webhook }: UserSettings,
  letter: Letter,
  payload: Payload | undefined,
  signal: AbortSignal,
): Promise<Delivery> {
  const at = now()
  const { uri, secret } = webhook as NonNullable<UserSettings['webhook']>
  return messengers.callWebhook({ _id, uri, secret, at, body: composeWebhook(payload, letter, at) }, signal)
}

export async function readLetter(
  world: Pick<World, 'messengers' | 'store' | 'vault'>,
  { accountId, envId, userId }: Identity,
): Promise<Letter> {
  const { store, messengers } = world
  const { publicURL } = messengers
  const owner = await store.accounts.findUser(accountId)
  const environment = await store.documents.readText(accountId, 'environments', envId)
  const shares = userId === accountId ? [] : await store.ashares.listByUser(userId, maxShares)
  const { timezone } = JSON.parse((await store.preferences.read(userId)) ?? '{}') as { readonly timezone?: string }
  return {
    publicURL,
    envId,
    accountId,
    ashareId: shares.find((share) => share.accountId === accountId)?.doc._id,
    account: owner?.name ?? accountId,
    environment: environment === undefined ? envId : (JSON.parse(environment) as { readonly name: string }).name,
    timezone: timezone ?? 'UTC',
    unsubscribeURL: publicURL === undefined ? undefined : makeUnsubscribeURL(world, publicURL, userId),
  }
}
