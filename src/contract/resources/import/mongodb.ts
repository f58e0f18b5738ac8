/** Imports into a collection of MongoDB. */
import { choice, flag, optional, requireIf, object, text } from '../../shared/schema-helpers.ts'

export const mongodb = object(
  'What is done with the collection.',
  {
    method: choice(['insertMany', 'updateOne'], 'Whether documents are added or changed.'),
    collection: text('Name of the collection.'),
    ...optional({
      filter: text('Which document to change, as JSON, for `updateOne`. Handlebars.'),
      document: text('The document to add, as JSON; the mapped record where it is absent. Handlebars.'),
      update: text('What to change, as JSON, for `updateOne`. Handlebars.'),
      upsert: flag('True adds the document where none is found.'),
      ignoreExtract: text('Path in the record whose value, where there is one, leaves the record out. Together with `ignoreExisting`.'),
      ignoreLookupFilter: text('Filter, as JSON, whose match leaves the record out. Together with `ignoreExisting`. Handlebars.'),
    }),
  },
  requireIf({ field: 'method', is: ['updateOne'], need: ['filter'] }),
)
