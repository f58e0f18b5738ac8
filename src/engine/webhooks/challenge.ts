/** Requests with which an application tries a webhook before it uses it: they are answered, and are no events. */
import type { ExportDoc } from '../adaptor.ts'
import type { WebhookRequest } from '../../domain/ports/flows/webhook-reader.ts'
import { isPlainObject } from '../values/plain-value.ts'

type Webhook = NonNullable<ExportDoc['webhook']>

/** A text to send back, or nothing but a success. */
export interface Challenge {
  readonly echo?: string
}

/** Query parameters in which applications send such a text (Dropbox, Onfleet, Meta's `hub.challenge`). */
const inQuery = ['challenge', 'check', 'hub.challenge']

/** Events are posted or put. `body` is undefined where it was not read, or cannot be. */
export function findChallenge(webhook: Webhook, { method, query }: WebhookRequest, body: unknown): Challenge | undefined {
  if (method === 'GET' || method === 'HEAD') {
    const name = inQuery.find((each) => query[each] !== undefined)
    return name === undefined ? {} : { echo: query[name] ?? '' }
  }
  if (!isPlainObject(body)) return undefined
  const { challenge, type } = body
  const isMeant = webhook.challengeSuccessBody || (webhook.provider === 'slack' && type === 'url_verification')
  return isMeant && typeof challenge === 'string' ? { echo: challenge } : undefined
}
