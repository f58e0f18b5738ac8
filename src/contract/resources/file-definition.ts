/** A file definition: how files of rows are read and written whose rows are of several kinds, such as EDI, or have columns of fixed widths. */
import { Type } from 'typebox'
import { objectId, open } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { choice, descriptionBounds, flag, list, nameBounds, object, optional, text } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'

export const fileDefinition = defineResource({
  name: 'fileDefinition',
  model: 'FileDefinition',
  collection: 'filedefinitions',
  description: 'A file definition: how delimited, fixed-width and EDI files are read into records and written from them.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    version: choice(['1', '2'], 'Version of how rules are written.'),
    format: choice(
      ['delimited', 'delimited/x12', 'delimited/edifact', 'fixed'],
      'Kind of files: with delimiters, EDI by X12 or EDIFACT, or with columns of fixed widths.',
    ),
    rules: list(
      open(),
      'Rows of a file in their order. A rule has `elements`, of which the first is what the row begins with, `children` that follow the row and a `closeRule` that ends them; or it is a `container` with a `name`, whose `children` come again up to `maxOccurrence` times and become a list.',
      { minItems: 1 },
    ),
    ...optional({
      description: text('What the files are, at most 10,240 characters.', descriptionBounds),
      documentType: choice(['997', 'CONTRL'], 'Set where the files are acknowledgements.'),
      globalId: text('Name of a definition of a standard that it was made from. Nobody changes it later.'),
      fixed: object(
        'How rows of columns of fixed widths are separated.',
        optional({
          rowSuffix: text('What rows end with, before the delimiter.'),
          rowDelimiter: text('What separates rows. A line end where it is absent.'),
          paddingChar: text('What fills columns up. A space where it is absent.', { maxLength: 1 }),
        }),
      ),
      delimited: object(
        'What separates rows and columns.',
        optional({
          rowSuffix: text('What rows end with, before the delimiter: `~` in X12, an apostrophe in EDIFACT.'),
          rowDelimiter: text('What separates rows. A line end where it is absent.'),
          colDelimiter: text('What separates columns: `*` in X12, `+` in EDIFACT.'),
          compositeDelimiter: text('What separates the parts of a composite: `:` or `>`.'),
        }),
      ),
      strict: flag('Reserved by integrator.io for later.'),
      skipEmptyEndColDelimiter: flag('True writes no delimiters for empty columns at the end of a row.'),
      skipIntermittentEmptyLines: flag('True passes over empty rows.'),
      escapeReleaseChar: flag('True takes release characters of EDIFACT out of what is read, and puts them into what is written.'),
      skipEDIValidation: flag('True checks only which rows there are, and neither elements nor counts.'),
      skipEDIProfileValidation: flag('True does not compare envelopes with the EDI profile.', { default: false }),
      externalId: text('Name of your own for it, under which other systems know it.'),
    }),
  }),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the definition.' }),
    deletedAt,
  }),
  identity: ['_id', 'name', 'format'],
  filters: ['format', 'name'],
})
