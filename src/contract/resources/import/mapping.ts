/** Mappings of the older kind (Mapper 1.0): flat fields, and lists of fields. NetSuite knows more of each field. */
import { Type } from 'typebox'
import { choice, flag, anyObject, list, optional, nullableText, object, text } from '../../shared/schema-helpers.ts'

const conditions = ['record_created', 'record_updated', 'extract_not_empty', 'lookup_not_empty', 'lookup_empty', 'ignore_if_set'] as const

const parts = optional({
  extract: text('Path in the record where the value comes from, or a template.'),
  hardCodedValue: nullableText('A fixed value, instead of one that is extracted.'),
  generate: text('Field to write.'),
  lookupName: text('Lookup that translates the value.'),
  dataType: text('Type of the value: `string`, `number`, `boolean`, `stringarray`, `numberarray` or `json`.'),
  immutable: flag('True writes the field when a record is created and leaves it alone later.'),
  discardIfEmpty: flag('True leaves the field out where the value is empty.'),
  default: nullableText('Value when the source is empty.'),
  extractDateFormat: text('Format that the source writes the date in, in Moment.js tokens.'),
  extractDateTimezone: text('Time zone of the date in the source, an IANA name.'),
  generateDateFormat: text('Format to write the date in, in Moment.js tokens.'),
  generateDateTimezone: text('Time zone to write the date in, an IANA name.'),
  internalId: flag('True where the value is the internal id of a record in NetSuite, not its name.'),
  subRecordMapping: anyObject('Mapping of the record within this field, in NetSuite.'),
  conditional: object(
    'When the field is written at all.',
    optional({
      lookupName: text('Lookup that decides, for the conditions on a lookup.'),
      when: choice(conditions, 'What must hold: for the record, for the source, for the lookup, or for the field itself.'),
    }),
  ),
})
const isKey = optional({ isKey: flag('True for a field that tells which entry of the list is meant.') })

const mappingOf = (description: string) =>
  object(
    description,
    optional({
      fields: list(Type.Object(parts), 'Fields of the record.'),
      lists: list(
        Type.Object(
          optional({
            generate: text('List to write.'),
            jsonPath: text('Path in the record of the list to read. The list has one entry where it is absent.'),
            fields: list(Type.Object({ ...parts, ...isKey }), 'Fields of each entry.'),
          }),
        ),
        'Lists of the record.',
      ),
    }),
  )

export const mapping = mappingOf('The mapping, in its older form (Mapper 1.0). Not together with `mappings`.')
export const netsuiteMapping = mappingOf('How records are mapped within NetSuite.')
