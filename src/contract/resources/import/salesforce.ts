/** Imports into Salesforce. */
import { link } from '../../kit.ts'
import type { Lookup } from '../../shared/lookup.ts'
import { choice, flag, list, optional, requireIf, number, object, text } from '../../shared/schema-helpers.ts'

const upsertpicklistvalues = object(
  'Values of a picklist, for that operation.',
  optional({
    type: choice(['picklist', 'multipicklist'], 'Whether one value or several can be picked.'),
    fullName: text('Name of the field.'),
    label: text('What people see beside the field.'),
    visibleLines: number('Lines that people see at once.'),
  }),
)

const document = object(
  'A document.',
  optional({
    id: text('Id of the document to write over. Handlebars.'),
    name: text('Its name. Handlebars.'),
    folderId: text('Id of its folder. Handlebars.'),
    contentType: text('Its MIME type. Handlebars.'),
    developerName: text('Its unique name. Handlebars.'),
    isInternalUseOnly: flag('True keeps it within the organization.'),
    isPublic: flag('True shows it to everyone.'),
  }),
)

const attachment = object(
  'An attachment of a record.',
  optional({
    id: text('Id of the attachment to write over. Handlebars.'),
    name: text('Its name. Handlebars.'),
    parentId: text('Id of the record. Handlebars.'),
    contentType: text('Its MIME type. Handlebars.'),
    isPrivate: flag('True shows it to its owner only.'),
    description: text('What it is. Handlebars.'),
  }),
)

const contentVersion = object(
  'A version of a file.',
  optional({
    contentDocumentId: text('Id of the file that this is a version of. Handlebars.'),
    title: text('Its title. Handlebars.'),
    pathOnClient: text('Its name with an ending, by which its type is told. Handlebars.'),
    tagCsv: text('Its tags, separated by commas. Handlebars.'),
    contentLocation: text('Where its content lies, in the words of Salesforce.'),
  }),
)

export const salesforce = object(
  'What is done in Salesforce.',
  {
    operation: choice(['insert', 'update', 'upsert', 'upsertpicklistvalues', 'delete', 'addupdate'], 'What is done with each record.'),
    api: choice(['soap', 'rest', 'metadata', 'compositerecord'], 'API that does it.'),
    ...optional({
      soap: object(
        'How the SOAP API is used.',
        optional({
          headers: object(
            'Options of a request.',
            optional({ allOrNone: flag('True takes back the whole batch where one record fails.') }),
          ),
          batchSize: number('Records in one request.'),
        }),
      ),
      sObjectType: text('Type of record.'),
      idLookup: object(
        'How the record to change is found.',
        optional({
          extract: text('Path in the record of the id or external id.'),
          whereClause: text('Condition on the records, in SOQL. Handlebars.'),
        }),
      ),
      upsert: object('How records are told apart, for `upsert`.', optional({ externalIdField: text('Field that holds the external id.') })),
      upsertpicklistvalues,
      removeNonSubmittableFields: flag('True leaves out fields that cannot be written.'),
      document,
      attachment,
      contentVersion,
      lookups: list(link<Lookup>('Lookup'), 'Lookups that the mapping names.'),
    }),
  },
  requireIf(
    { field: 'operation', is: ['upsert'], need: ['upsert', 'idLookup'] },
    { field: 'operation', is: ['update', 'delete', 'addupdate'], need: ['idLookup'] },
  ),
)
