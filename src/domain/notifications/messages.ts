/** The messages to a user, and one that tells nothing, to see whether they arrive. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxListedMessages, type notifications as operations } from '../../contract/operations/accounts/notifications.ts'
import { countAttempt } from '../accounts/attempts.ts'
import { refuseLesserTokens } from '../accounts/user-sessions.ts'
import { recordAct } from '../audit/audit-entry.ts'
import type { Context } from '../context.ts'
import { withInflightLimit } from '../limits/inflight-limit.ts'
import type { Delivery } from '../ports/notifications/messengers.ts'
import { callWebhook, readLetter, sendMail } from './deliver.ts'
import { readUserSettings, type UserSettings } from './settings.ts'

type Ops = typeof operations

export async function listNotificationMessages(ctx: Context): Promise<Result<Ops['listNotificationMessages']>> {
  refuseLesserTokens(ctx)
  const found = await ctx.store.outbox.listByUser(ctx.caller.userId, maxListedMessages)
  return found.map(({ _id, channel, status, createdAt, dueAt, endedAt, attempts, payload, error }) => ({
    _id,
    channel,
    status,
    createdAt,
    ...(status === 'waiting' && { dueAt }),
    ...(endedAt !== undefined && { endedAt }),
    attempts,
    numEvents: payload.events.length + payload.omitted,
    ...(error !== undefined && { message: error }),
  }))
}

/** Counted by the user: it costs whoever is at the other end. */
export async function testNotifications(ctx: Context, _input: Input<Ops['testNotifications']>): Promise<Result<Ops['testNotifications']>> {
  refuseLesserTokens(ctx)
  const { userId } = ctx.caller
  await countAttempt(ctx, `test of the notifications of ${userId}`)
  const user = await ctx.store.accounts.findUser(userId)
  if (!user) throw new Error('a caller is no user')
  const settings = (await readUserSettings(ctx, ctx.store, [userId])).get(userId) as UserSettings
  await recordAct(ctx.store, ctx, { event: 'update', collection: 'users', _id: userId, details: { notifications: 'test' } })
  const letter = await readLetter(ctx, ctx.caller)
  const signal = ctx.signal ?? new AbortController().signal
  return withInflightLimit(ctx, async () => ({
    ...(settings.email && { email: toOutcome(await sendMail(ctx, ctx.newId(), user, letter, undefined)) }),
    ...(settings.webhook && { webhook: toOutcome(await callWebhook(ctx, ctx.newId(), settings, letter, undefined, signal)) }),
  }))
}

const toOutcome = (delivery: Delivery): { readonly sent: boolean; readonly message?: string } =>
  delivery.kind === 'taken' ? { sent: true } : { sent: false, message: delivery.message }
