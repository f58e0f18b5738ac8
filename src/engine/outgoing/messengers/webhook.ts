/** Calls webhooks of users, signed as Standard Webhooks says: an HMAC of the id, the time and the body. */
import { createHmac } from 'node:crypto'
import type { Delivery, WebhookCall } from '../../../domain/ports/notifications/messengers.ts'
import type { Send } from '../message.ts'

/** Milliseconds that the other side may take, and bytes that are read of its answer. */
const [timeout, maxBody] = [15_000, 65_536] as const
/** It is gone, and says so. */
const gone = 410

export const createWebhookCaller =
  (send: Send) =>
  async ({ _id, uri, secret, body, at }: WebhookCall, signal: AbortSignal): Promise<Delivery> => {
    const seconds = String(Math.floor(at.getTime() / 1000))
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Sluice',
      'webhook-id': _id,
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${sign(secret, `${_id}.${seconds}.${body}`)}`,
    }
    const result = await send({ method: 'POST', url: uri, headers, body, timeout, maxBody, staysPut: true }, signal)
    if (result.kind === 'unreachable') return { kind: 'refused', message: result.message, isFinal: false }
    const { statusCode } = result
    if (statusCode >= 200 && statusCode < 300) return { kind: 'taken' }
    const advice = statusCode >= 300 && statusCode < 400 ? ' A webhook follows no redirect: enter the address that it leads to.' : ''
    return { kind: 'refused', message: `The webhook answered ${statusCode}.${advice}`, isFinal: statusCode === gone }
  }

const sign = (secret: string, text: string): string =>
  createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(text)
    .digest('base64')
