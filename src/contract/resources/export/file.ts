/** Exports of files: how they are found, unpacked, and read into records. */
import { Type } from 'typebox'
import { link, ref } from '../../kit.ts'
import type { Filter } from '../../shared/filter.ts'
import { choice, flag, integer, list, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { backupDirectory, directory, fileEncodings } from '../step.ts'

const csv = object(
  'How CSV is read.',
  optional({
    columnDelimiter: text('What separates columns. A comma where it is absent.'),
    rowDelimiter: text('What separates rows. Any line end where it is absent.'),
    hasHeaderRow: flag('True where the first row holds the names of the columns.'),
    trimSpaces: flag('True removes space around values.'),
    rowsToSkip: integer('Rows to pass over before the header or the first record.', { minimum: 0 }),
    disableQuoteAndStripEnclosingQuotes: flag('True takes quotes for text within values, and removes those around them.'),
    keyColumns: texts('Rows that agree in these columns make up one record.'),
  }),
)

const fileDefinition = object(
  'How files of a defined layout are read, such as EDI or fixed width.',
  optional({
    _fileDefinitionId: ref('filedefinitions', { description: 'File definition that describes the layout.' }),
    resourcePath: text('Path of the records in what the definition makes of a file. Each pass over its rules is one where it is absent.'),
    allowPartialSuccess: flag('True keeps the records that could be read from a file with errors.'),
    acknowledgementPath: text(
      'Folder, in a bucket the beginning of keys, that the acknowledgement of each file of EDI is written to once it went through: a 997 of X12, a CONTRL of EDIFACT.',
      { 'x-sluice-extension': true },
    ),
  }),
)

export const file = object(
  'How files are read.',
  optional({
    encoding: choice(fileEncodings, 'Character encoding. UTF-8 where it is absent.'),
    replaceInvalidBytes: flag(
      'True reads U+FFFD for bytes that are no character of the encoding. Otherwise a file is refused at the line that holds such bytes.',
    ),
    type: choice(['csv', 'json', 'xlsx', 'xml', 'filedefinition'], 'Format of the files.'),
    output: choice(
      ['records', 'metadata', 'blobKeys'],
      'What comes out: the records in the files, what is known of the files, or keys of the files themselves.',
    ),
    skipDelete: flag(
      'True leaves the files where they are, and each is read once, and again where it was written anew. Otherwise they are removed once they went through.',
    ),
    compressionFormat: choice(['gzip', 'zip'], 'How the files are packed. Not at all where it is absent.'),
    purgeInternalBackup: flag('True keeps no copy of the files for retries.'),
    decrypt: choice(['pgp'], 'How the files are encrypted. The keys are those of the connection.'),
    batchSize: integer('Files to fetch at a time, at most 1,000.', { minimum: 1, maximum: 1000 }),
    sortByFields: list(
      Type.Object(optional({ field: text('Path in the record.'), descending: flag('True puts the largest first.') })),
      'Orders the records of a file.',
    ),
    sortFilesBy: choice(
      ['name', 'lastModified'],
      'Order in which files are read: by their names, or those first that were changed first. By name where it is absent.',
    ),
    groupByFields: texts('Records that agree in these fields travel together as one.'),
    groupEmptyValues: flag('True groups records in which those fields are empty, too.'),
    csv,
    json: object('How JSON is read.', optional({ resourcePath: text('Path of the records in the file.') })),
    xlsx: object(
      'How spreadsheets are read.',
      optional({
        hasHeaderRow: flag('True where the first row holds the names of the columns, and where it is absent.'),
        keyColumns: texts('Rows that agree in these columns make up one record.'),
        sheetName: text('Sheet that is read. The first one that is not hidden where it is absent.'),
      }),
    ),
    xml: object('How XML is read.', optional({ resourcePath: text('XPath of the records in the file.') })),
    fileDefinition,
    filter: link<Filter>('Filter', { description: 'Which files are read, by what is known of them.' }),
    backupPath: text('Folder that files are copied to before they are removed.'),
    directory,
    backupDirectory,
  }),
)
