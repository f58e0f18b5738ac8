/** How an order becomes a shipment, and a return a parcel to expect: once as a mapping that Sluice carries out, once as code that the demo holds the result against. */
import type { Mapping } from '../src/contract/shared/mapping.ts'
import type { Order } from './applications/orders.ts'
import type { Return } from './applications/returns.ts'
import type { ExpectedReturn, Shipment } from './applications/warehouse.ts'

const services: Readonly<Record<string, string>> = { standard: 'GROUND', express: 'AIR', pickup: 'COUNTER' }
const zones: Readonly<Record<string, string>> = {
  BE: 'EU-1',
  DE: 'EU-1',
  FR: 'EU-1',
  DK: 'EU-2',
  IT: 'EU-2',
  PL: 'EU-2',
  PT: 'EU-2',
  CH: 'NON-EU',
  GB: 'NON-EU',
  NO: 'NON-EU',
}

export const lookups = [
  { name: 'service', map: services },
  { name: 'zone', map: zones },
]

const active = { status: 'Active' } as const
const text = (generate: string, extract: string, more: Mapping = {}): Mapping => ({
  generate,
  dataType: 'string',
  extract,
  ...more,
  ...active,
})
const number = (generate: string, extract: string): Mapping => ({ generate, dataType: 'number', extract, ...active })

export const mappings: Mapping[] = [
  text('reference', '$.number'),
  text('service', '$.shipping', { lookupName: 'service' }),
  text('shipBy', '$.placedAt', { generateDateFormat: 'YYYY-MM-DD', generateDateTimezone: 'UTC' }),
  text('site', '{{settings.integration.site}}'),
  text('instructions', '$.note', { default: 'none' }),
  number('value', '{{toFixed record.total 2}}'),
  {
    generate: 'destination',
    dataType: 'object',
    mappings: [
      text('city', '$.customer.city'),
      text('postcode', '$.customer.postcode'),
      text('zone', '$.customer.country', { lookupName: 'zone' }),
      text('label', '{{uppercase record.customer.city}} ({{record.customer.country}})'),
    ],
    ...active,
  },
  {
    generate: 'packages',
    dataType: 'objectarray',
    buildArrayHelper: [
      {
        extract: '$.lines[*]',
        mappings: [text('item', '$.lines.sku'), number('units', '$.lines.quantity'), text('order', '$.number')],
      },
    ],
    ...active,
  },
]

const boolean = (generate: string, extract: string): Mapping => ({ generate, dataType: 'boolean', extract, ...active })

export const returnMappings: Mapping[] = [
  text('reference', '$.number'),
  text('order', '$.order'),
  text('site', '{{settings.integration.site}}'),
  boolean('inspect', '{{#compare record.reason "==" "broken"}}true{{else}}false{{/compare}}'),
  {
    generate: 'items',
    dataType: 'objectarray',
    buildArrayHelper: [{ extract: '$.lines[*]', mappings: [text('item', '$.lines.sku'), number('units', '$.lines.quantity')] }],
    ...active,
  },
]

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
