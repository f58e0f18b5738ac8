/** How an order becomes a shipment, and a return a parcel to expect, as mappings that Sluice carries out. */
import type { Mapping } from '../src/contract/shared/mapping.ts'

export const services: Readonly<Record<string, string>> = { standard: 'GROUND', express: 'AIR', pickup: 'COUNTER' }
export const zones: Readonly<Record<string, string>> = {
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
