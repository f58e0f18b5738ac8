/** Notification settings of a user: read with their defaults, and set as a whole. */
import type { Static } from 'typebox'
import { mask } from '../../contract/kit.ts'
import type { Input, Result } from '../../contract/operation.ts'
import { defaultDailyHour, webhookSecretBytes, type notifications as operations } from '../../contract/operations/accounts/notifications.ts'
import { refuseLesserTokens } from '../accounts/user-sessions.ts'
import { recordAct } from '../audit/audit-entry.ts'
import type { Context, World } from '../context.ts'
import { DomainError } from '../errors.ts'
import type { StoredSettings } from '../ports/notifications/subscriptions.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
type Chosen = Static<Ops['updateNotificationSettings']['body']>

export interface UserSettings {
  readonly email: boolean
  readonly isDaily: boolean
  readonly dailyHour: number
  readonly errorThreshold: number
  readonly assignments: boolean
  readonly includeErrorMessages: boolean
  readonly webhook?: { readonly uri: string; readonly secret: string }
}

const vaultContext = (userId: string): string => `notifications/${userId}`

export async function getNotificationSettings(ctx: Context): Promise<Result<Ops['getNotificationSettings']>> {
  refuseLesserTokens(ctx)
  return { ...(await readChosen(ctx)), sendsMail: ctx.messengers.sendMail !== undefined }
}

export async function updateNotificationSettings(
  ctx: Context,
  { body }: Input<Ops['updateNotificationSettings']>,
): Promise<Result<Ops['updateNotificationSettings']>> {
  refuseLesserTokens(ctx)
  const { userId } = ctx.caller
  const { sendsMail: _read, ...sent } = body as Chosen & { readonly sendsMail?: boolean }
  return ctx.store.transaction(async (rows) => {
    const before = await rows.notificationSettings.lock(userId)
    const secret = sent.webhook && sealWebhook(ctx, sent.webhook, before)
    const chosen: Chosen = { ...sent, ...(sent.webhook && { webhook: { uri: sent.webhook.uri, secret: mask } }) }
    await rows.notificationSettings.write({ userId, text: JSON.stringify(chosen), ...(secret !== undefined && { secret }) })
    const details = { notifications: 'settings', webhook: sent.webhook === undefined ? undefined : hostOf(sent.webhook.uri) }
    await recordAct(rows, ctx, { event: 'update', collection: 'users', _id: userId, details })
    return { ...chosen, sendsMail: ctx.messengers.sendMail !== undefined }
  })
}

async function readChosen(ctx: Context): Promise<Chosen> {
  const [stored] = await ctx.store.notificationSettings.read([ctx.caller.userId])
  return stored ? (JSON.parse(stored.text) as Chosen) : {}
}

/** An address can hold a key in its path. */
const hostOf = (uri: string): string => URL.parse(uri)?.host ?? ''

function sealWebhook(
  { vault, caller: { userId } }: Context,
  { uri, secret }: NonNullable<Chosen['webhook']>,
  before: StoredSettings | undefined,
): string {
  const url = URL.parse(uri)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '')
    throw new DomainError(
      'invalid_field',
      'The webhook needs an address that begins with https:// or http:// and holds no user name.',
      'webhook.uri',
    )
  if (secret === mask) {
    if (before?.secret !== undefined) return before.secret
    throw new DomainError(
      'invalid_secret',
      'webhook.secret is the mask of a secret, and none is stored. Send the secret itself.',
      'webhook.secret',
    )
  }
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
  const { length } = Buffer.from(base64, 'base64')
  const { least, most } = webhookSecretBytes
  if (length < least || length > most)
    throw new DomainError(
      'invalid_field',
      `The secret is whsec_ and ${least} to ${most} bytes in base64: "openssl rand -base64 32" makes such bytes.`,
      'webhook.secret',
    )
  return vault.seal(secret, vaultContext(userId))
}

/** Of each of these users, with what holds by default. */
export async function readUserSettings(
  world: Pick<World, 'vault' | 'log'>,
  rows: RowsOf<'notificationSettings'>,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, UserSettings>> {
  const stored = new Map((await rows.notificationSettings.read(userIds)).map((each) => [each.userId, each]))
  return new Map(userIds.map((userId) => [userId, withDefaults(world, userId, stored.get(userId))]))
}

function withDefaults(world: Pick<World, 'vault' | 'log'>, userId: string, stored: StoredSettings | undefined): UserSettings {
  const { email, frequency, dailyHour, errorThreshold, assignments, includeErrorMessages, webhook } = JSON.parse(
    stored?.text ?? '{}',
  ) as Chosen
  const secret = stored?.secret === undefined ? undefined : openSecret(world, userId, stored.secret)
  return {
    email: email ?? true,
    isDaily: frequency === 'daily',
    dailyHour: dailyHour ?? defaultDailyHour,
    errorThreshold: errorThreshold ?? 1,
    assignments: assignments ?? true,
    includeErrorMessages: includeErrorMessages ?? false,
    ...(webhook && secret !== undefined && { webhook: { uri: webhook.uri, secret } }),
  }
}

/** Undefined where the key that sealed it is gone: nothing can be signed then, and other users are notified as before. */
function openSecret({ vault, log }: Pick<World, 'vault' | 'log'>, userId: string, sealed: string): string | undefined {
  try {
    return vault.open(sealed, vaultContext(userId))
  } catch (error) {
    log.warn({ err: error, userId }, 'the secret of a webhook for notifications cannot be opened: it is not called')
    return undefined
  }
}

/** No more mails; all else stays as the user has chosen it. */
export async function turnMailsOff(rows: RowsOf<'notificationSettings'>, userId: string): Promise<void> {
  const before = await rows.notificationSettings.lock(userId)
  const chosen = { ...(JSON.parse(before?.text ?? '{}') as Chosen), email: false }
  await rows.notificationSettings.write({
    userId,
    text: JSON.stringify(chosen),
    ...(before?.secret !== undefined && { secret: before.secret }),
  })
}
