/** Imports into NetSuite through its web services. */
import { Type } from 'typebox'
import { choice, flag, anyObject, list, optional, nullableText, number, object, text } from '../../shared/schema-helpers.ts'

export const operations = ['add', 'update', 'addupdate', 'attach', 'detach', 'delete'] as const

/** A lookup that asks NetSuite for a record. */
export const lookupParts = optional({
  name: text('Name by which the mapping calls it.'),
  recordType: text('Type of record to search.'),
  searchField: text('Field to search by.'),
  expression: text('Condition on the records, instead of a field to search by. Handlebars.'),
  resultField: text('Field of the record found that is the result.'),
  map: anyObject('A table written down here, instead of a search: value of the source to value of the target.'),
  default: nullableText('Value when nothing is found. Used only where failures are allowed.'),
  allowFailures: flag('True lets a record go on without a match, with the default; false, as by default, fails it.'),
})

export const idLookupParts = optional({
  extract: text('Path in the record of the value to search for.'),
  searchField: text('Field to search by.'),
  expression: text('Condition on the records, instead of a field to search by. Handlebars.'),
})

const file = object(
  'A file for the file cabinet.',
  optional({
    name: text('Name of the file. Handlebars.'),
    fileType: text('Type of the file, in the words of NetSuite.'),
    folder: text('Name of the folder. Handlebars.'),
    folderInternalId: text('Internal id of the folder. Handlebars.'),
    internalId: text('Internal id of the file to write over. Handlebars.'),
    backupFolderInternalId: text('Internal id of the folder that a copy goes to.'),
  }),
)

export const netsuite = object('What is done in NetSuite.', {
  operation: choice(operations, 'What is done with each record.'),
  recordType: text('Type of record.'),
  ...optional({
    recordTypeId: text('Internal id of the type, for custom records.'),
    isFileProvider: flag('True where files go to the file cabinet.'),
    customFieldMetadata: anyObject('What is known of the custom fields of the record.'),
    retryUpdateAsAdd: flag('True adds a record that is not there to be updated.'),
    batchSize: number('Records in one request.'),
    internalIdLookup: object('How the record to change is found.', idLookupParts),
    lookups: list(
      Type.Object({ ...lookupParts, ...optional({ _id: anyObject('Given when the lookup is stored.', { readOnly: true }) }) }),
      'Lookups that the mapping names.',
    ),
    preferences: object(
      'How NetSuite takes the records.',
      optional({
        ignoreReadOnlyFields: flag('True leaves out fields that cannot be written.'),
        warningAsError: flag('True fails a record at which NetSuite warns.'),
        skipCustomMetadataRequests: flag('True does not ask NetSuite for its custom fields first.'),
      }),
    ),
    file,
  }),
})
