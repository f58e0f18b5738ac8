/** The same as the mappings say, as code: what the demo holds the result against. */
import type { Order } from './applications/orders.ts'
import type { Return } from './applications/returns.ts'
import type { ExpectedReturn, Shipment } from './applications/warehouse.ts'
import { services, zones } from './mapping.ts'

export const expectedOf = ({ number: reference, order, reason, lines }: Return): ExpectedReturn => ({
  reference,
  order,
  site: 'NORTH-1',
  inspect: reason === 'broken',
  items: lines.map(({ sku, quantity }) => ({ item: sku, units: quantity })),
})

export const shipmentOf = ({ number: order, shipping, placedAt, note, total, customer, lines }: Order): Shipment => ({
  reference: order,
  service: services[shipping] ?? '',
  shipBy: placedAt.slice(0, 10),
  site: 'NORTH-1',
  instructions: note ?? 'none',
  value: total,
  destination: {
    city: customer.city,
    postcode: customer.postcode,
    zone: zones[customer.country] ?? '',
    label: `${customer.city.toUpperCase()} (${customer.country})`,
  },
  packages: lines.map(({ sku, quantity }) => ({ item: sku, units: quantity, order })),
})
