/** One entry of a mapping tree (Mapper 2.0): a field of the target record and where its value comes from. Entries hold entries. */
import { Type } from 'typebox'
import { link } from '../kit.ts'
import { choice, list, optional, nullableText, object, text } from './schema-helpers.ts'

const kinds = ['string', 'number', 'boolean', 'object', 'stringarray', 'numberarray', 'booleanarray', 'objectarray', 'arrayarray'] as const
type Kind = (typeof kinds)[number]

export interface ArrayBuilder {
  extract?: string
  sourceDataType?: Kind
  default?: string | null
  conditional?: { when?: 'extract_not_empty' }
  mappings?: Mapping[]
}

export interface Mapping {
  generate?: string
  dataType?: Kind
  extract?: string
  extractDateFormat?: string
  extractDateTimezone?: string
  generateDateFormat?: string
  generateDateTimezone?: string
  hardCodedValue?: string | null
  default?: string | null
  lookupName?: string
  description?: string
  sourceDataType?: Kind
  mappings?: Mapping[]
  buildArrayHelper?: ArrayBuilder[]
  status?: 'Active'
  conditional?: { when?: 'record_created' | 'record_updated' | 'extract_not_empty' }
}

const from = '`$.` begins a JSON path from the root of the record; with `{{` it is a template; anything else is a literal.'
const sourceDataType = choice(kinds, 'Type of the value where it comes from; a string by default.')
const entries = (what: string) => list(link<Mapping>('Mapping'), what)

const arrayBuilder = Type.Object(
  optional({
    extract: text(`Source of entries of the list. ${from} Each \`[*]\` in the path gives one entry a match.`),
    sourceDataType,
    default: nullableText('Value when the source is empty.'),
    conditional: object(
      'When this source counts at all.',
      optional({ when: choice(['extract_not_empty'], 'Only where the source holds something.') }),
    ),
    mappings: entries('Fields of each entry, for a list of objects.'),
  }),
)

const fields = {
  status: choice(['Active'], 'That the entry is in use. Every entry has to say so.'),
  ...optional({
    generate: text('Name of the field to write. A dot is part of the name.'),
    dataType: choice(kinds, 'Type of the field to write.'),
    extract: text(`Where the value comes from. ${from}`),
    extractDateFormat: text('Format that the source writes the date in, in Moment.js tokens.'),
    extractDateTimezone: text('Time zone of the date in the source, an IANA name.'),
    generateDateFormat: text('Format to write the date in, in Moment.js tokens.'),
    generateDateTimezone: text('Time zone to write the date in, an IANA name.'),
    hardCodedValue: nullableText('A fixed value, instead of one that is extracted.'),
    default: nullableText('Value when the source is empty.'),
    lookupName: text('Lookup that translates the value.'),
    description: text('A note for people.'),
    sourceDataType,
    mappings: entries('Fields below this one, for a field of type `object`.'),
    buildArrayHelper: list(arrayBuilder, 'Sources of a list; their entries are joined in this order.'),
    conditional: object(
      'When the field is written at all.',
      optional({
        when: choice(
          ['record_created', 'record_updated', 'extract_not_empty'],
          'Only for records that are created, only for those that are updated, or only where the source holds something.',
        ),
      }),
    ),
  }),
}

export const Mapping = Type.Object(fields, { description: 'A field of the target record, and where its value comes from.' })
