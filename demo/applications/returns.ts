/** What customers send back: the shop tells whoever wants to know in the moment in which it hears of it. */
import { createHmac } from 'node:crypto'
import type { Order } from './orders.ts'

export interface Return {
  readonly number: string
  readonly order: string
  readonly reason: string
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

/** Who wants to know, and the key that the shop signs with. */
export interface Webhook {
  readonly url: string
  readonly key: string
}

/** No server of the demo takes longer on a machine that works. In milliseconds. */
const patience = 30_000

export const returnOf = ({ number, lines }: Order, index: number): Return => ({
  number: `RT-${500_001 + index}`,
  order: number,
  reason: index % 3 === 0 ? 'broken' : 'not wanted',
  lines: lines.slice(0, 1).map(({ sku, quantity }) => ({ sku, quantity })),
})

/** Signs the bytes that it sends, as shops do. */
export async function tell({ url, key }: Webhook, event: Return): Promise<void> {
  const body = JSON.stringify(event)
  const signature = createHmac('sha256', key).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-shop-signature': signature }
  const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(patience) })
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`)
}
