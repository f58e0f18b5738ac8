/** The shop's orders: the same ones every time, each made from its number alone. Two sorts of mistake are among them, as in real life. */
import { catalogue, newest, places, sold100 } from './catalogue.ts'

export interface Order {
  readonly number: string
  readonly placedAt: string
  readonly channel: string
  readonly shipping: string
  readonly customer: { readonly id: string; readonly city: string; readonly country: string; readonly postcode: string }
  readonly currency: 'EUR'
  readonly note?: string
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly price: number }[]
  readonly total: number
}

const opening = Date.parse('2025-03-03T06:00:00Z')
const minutesBetween = 7
/** Every 331st order counts pieces where packs are meant, and every 397th says UK, which no list of country codes has for Great Britain. */
const piecesEvery = 331
const ukEvery = 397

/** Every fifth of the orders that are placed while the demo stays up counts pieces: there is something to look at. */
const freshPiecesEvery = 5

export const orderOf = (index: number): Order =>
  made(index, new Date(opening + index * minutesBetween * 60_000), index % piecesEvery === 17)
export const freshOrderOf = (index: number): Order => made(index, new Date(), index % freshPiecesEvery === 2)

function made(index: number, placedAt: Date, countsPieces: boolean): Order {
  const random = randomFrom(index + 1)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const saysUK = index % ukEvery === 23
  const [city, country, postcode] = saysUK ? (['London', 'UK', 'SE1 9TG'] as const) : pick(places)
  const skus = new Set(Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(catalogue).sku))
  // One mistake an order: a record that is corrected goes through at once.
  if (countsPieces || saysUK) skus.delete(newest.sku)
  if (countsPieces || skus.size === 0) skus.add(sold100.sku)
  const lines = catalogue
    .filter(({ sku }) => skus.has(sku))
    .map(({ sku, price }) => {
      const packs = 1 + Math.floor(random() * 9)
      return { sku, quantity: countsPieces && sku === sold100.sku ? (packs + 4) * 100 : packs, price }
    })
  return {
    number: `SO-${100_001 + index}`,
    placedAt: placedAt.toISOString(),
    channel: pick(['web', 'app', 'counter']),
    shipping: pick(['standard', 'standard', 'standard', 'express', 'pickup']),
    customer: { id: `C-${2000 + Math.floor(random() * 900)}`, city, country, postcode },
    currency: 'EUR',
    ...(random() < 0.1 && { note: pick(['Leave it at the gate', 'Ring twice', 'Gift: no invoice in the box']) }),
    lines,
    total: totalOf(lines),
  }
}

const totalOf = (lines: Order['lines']): number =>
  Math.round(lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0) * 100) / 100

/** The order as it was meant, for whoever works through the failed ones: packs instead of pieces, and the code of the country. */
export function corrected(order: Order): Order {
  const lines = order.lines.map((line) =>
    line.sku === sold100.sku && line.quantity > sold100.stock ? { ...line, quantity: line.quantity / 100 } : line,
  )
  const country = order.customer.country === 'UK' ? 'GB' : order.customer.country
  return { ...order, customer: { ...order.customer, country }, lines, total: totalOf(lines) }
}

/** mulberry32: numbers from 0 to 1 that are the same for the same seed on every machine. */
function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
