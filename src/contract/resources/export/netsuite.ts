/** Exports from NetSuite: searches, files, single records, and changes that NetSuite sends as they happen. */
import { Type } from 'typebox'
import { choice, flag, anyObject, list, optional, number, object, text } from '../../shared/schema-helpers.ts'
import { distributed } from './netsuite-distributed.ts'
import { restlet } from './netsuite-restlet.ts'

const search = Type.Object(
  optional({
    savedSearchId: text('Internal id of a saved search.'),
    recordType: text('Type of record to search.'),
    criteria: list(anyObject('A condition.'), 'Conditions, besides those of the saved search.'),
  }),
)

const getList = object(
  'Records to fetch by id.',
  optional({
    type: list(anyObject('A type of record.'), 'Types of the records.'),
    typeId: text('Internal id of the type, for custom records.'),
    internalId: text('Internal id of the record.'),
    externalId: text('External id of the record.'),
    _id: anyObject('Kept as it is.'),
  }),
)

const file = object(
  'Files of the file cabinet.',
  optional({
    folderInternalId: text('Internal id of the folder.'),
    backupFolderInternalId: text('Internal id of the folder that files are copied to before they are removed.'),
    fileNameStartsWith: text('Only files whose name begins like this.'),
    fileNameEndsWith: text('Only files whose name ends like this.'),
  }),
)

export const netsuite = object(
  'What is fetched from NetSuite.',
  optional({
    type: choice(
      ['search', 'basicSearch', 'metadata', 'selectoption', 'restlet', 'getList', 'getServerTime', 'distributed', 'file'],
      'How it is fetched.',
    ),
    searches: list(search, 'Searches, run one after the other.'),
    metadata: anyObject('Which description of records to fetch, for `metadata`.'),
    selectoption: anyObject('Which list of choices to fetch, for `selectoption`.'),
    customFieldMetadata: anyObject('What is known of the custom fields of the record.'),
    skipGrouping: flag('True leaves the lines of a transaction as records of their own.'),
    statsOnly: flag('True fetches counts instead of records.'),
    internalId: text('Internal id of the file or record to fetch. Handlebars.'),
    blob: object(
      'A file that is passed on as it is.',
      optional({ purgeFileAfterExport: flag('True removes the file once it went through.') }),
    ),
    restlet,
    distributed,
    getList,
    searchPreferences: object(
      'How searches answer.',
      optional({
        bodyFieldsOnly: flag('True leaves out the lines of transactions.'),
        pageSize: number('Records of one page.'),
        returnSearchColumns: flag('True answers the columns of the search instead of whole records.'),
      }),
    ),
    file,
  }),
)
