/** Holds the warehouse's ledger against the shop's orders, shipment by shipment. Neither side is asked what Sluice thinks. */
import { isDeepStrictEqual } from 'node:util'
import type { Order } from './applications/orders.ts'
import type { Shipment } from './applications/warehouse.ts'
import { shipmentOf } from './expected.ts'

export interface Comparison {
  /** Orders that arrived at least once. */
  readonly arrived: number
  readonly missing: readonly string[]
  /** Shipments beyond the first of an order. */
  readonly repeated: number
  /** References that are not what the order says, or of no order at all. */
  readonly wrong: readonly string[]
}

export function compare(orders: readonly Order[], ledger: readonly Shipment[]): Comparison {
  const expected = new Map(orders.map((order) => [order.number, shipmentOf(order)]))
  const arrived = new Set(ledger.map(({ reference }) => reference))
  return {
    arrived: orders.filter((order) => arrived.has(order.number)).length,
    missing: orders.map((order) => order.number).filter((number) => !arrived.has(number)),
    repeated: ledger.length - arrived.size,
    wrong: ledger.filter((shipment) => !isDeepStrictEqual(shipment, expected.get(shipment.reference))).map(({ reference }) => reference),
  }
}
