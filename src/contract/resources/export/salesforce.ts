/** Exports from Salesforce: queries, and changes that Salesforce sends as they happen. */
import { Type } from 'typebox'
import { choice, flag, integer, list, optional, requireIf, object, text, texts } from '../../shared/schema-helpers.ts'

const relatedList = Type.Object(
  optional({
    referencedFields: texts('Fields of the related records, and of those they refer to.'),
    parentField: text('Field of the related record that points at the one that is sent.'),
    sObjectType: text('Type of the related records.'),
    filter: text('Condition on the related records, in SOQL.'),
    orderBy: text('Order of the related records, in SOQL.'),
  }),
)

const distributed = object(
  'Records that Salesforce sends as they change, for type `distributed`.',
  optional({
    referencedFields: texts('Fields of records it refers to that are sent along.'),
    disabled: flag('True stops Salesforce from sending.'),
    qualifier: text('Condition on the records that are sent.'),
    batchSize: integer('Records sent in one message, from 4 to 200.', { minimum: 4, maximum: 200 }),
    skipExportFieldId: text('Checkbox of the record that keeps it from being sent.'),
    relatedLists: list(relatedList, 'Lists of related records that are sent along.'),
  }),
)

export const salesforce = object(
  'What is fetched from Salesforce.',
  optional({
    type: choice(['soql', 'distributed'], 'Whether a query fetches records or Salesforce sends them.'),
    sObjectType: text('Type of record.'),
    id: text('Id of the file to fetch, for exports of type `blob`. Handlebars.'),
    includeDeletedRecords: flag('True fetches records from the recycle bin as well.', { default: false }),
    api: choice(['rest', 'bulk'], 'API that runs the query. `bulk` is for very many records.'),
    bulk: object(
      'How the Bulk API is used.',
      optional({
        maxRecords: integer('Records to fetch at the most, at least 10,000.', { minimum: 10_000 }),
        purgeJobAfterExport: flag('True removes the job from Salesforce afterwards.', { default: true }),
      }),
    ),
    soql: object(
      'A query.',
      optional({ query: text('The query, in SOQL. Handlebars. At most 200,000 characters.', { maxLength: 200_000 }) }),
    ),
    distributed,
  }),
  requireIf({ field: 'type', is: ['distributed'], need: ['distributed', 'sObjectType'] }, { field: 'type', is: ['soql'], need: ['soql'] }),
)
