/** Imports of files: how records are gathered, written, packed and encrypted. */
import { link, ref } from '../../kit.ts'
import type { Lookup } from '../../shared/lookup.ts'
import { choice, flag, integer, list, optional, object, text } from '../../shared/schema-helpers.ts'
import { backupDirectory, directory, fileEncodings } from '../step.ts'

const off = { default: false }

const csv = object(
  'How CSV is written.',
  optional({
    rowDelimiter: text('What separates rows.', { default: '\n' }),
    columnDelimiter: text('What separates columns.', { default: ',' }),
    includeHeader: flag('True writes the names of the columns into the first row.', { default: true }),
    wrapWithQuotes: flag('True puts quotes around every value, not only where they are needed.', off),
    replaceTabWithSpace: flag('True writes a space for each tab in a value.', off),
    replaceNewlineWithSpace: flag('True writes a space for each line end in a value.', off),
    truncateLastRowDelimiter: flag('True writes no row delimiter after the last row.', off),
    escapeFormulas: flag(
      'True writes an apostrophe in front of texts that spreadsheets take for formulas: those that begin with =, +, - or @ and are no numbers.',
      off,
    ),
  }),
)

const pgp = object(
  'How files are encrypted and signed with PGP. The keys are those of the connection.',
  optional({
    symmetricKeyAlgorithm: choice(['twofish', 'cast5', '3des', 'aes128', 'aes192', 'aes256'], 'Cipher.', { default: 'aes256' }),
    hashAlgorithm: choice(['sha256', 'sha384', 'sha512', 'sha224'], 'Digest of the signature. Not signed where it is absent.'),
  }),
)

export const file = object(
  'How files are written.',
  optional({
    fileName: text('Name of the file. Handlebars.'),
    skipAggregation: flag('True writes a file for each page instead of one for all records of the run.', off),
    type: choice(['json', 'csv', 'xml', 'xlsx', 'filedefinition'], 'Format of the file.'),
    encoding: choice(fileEncodings, 'Character encoding.', { default: 'utf8' }),
    append: flag(
      'True writes at the end of a file of that name instead of over it: CSV in the columns that it has, and JSON line by line. Only on a file system or a file server.',
      off,
    ),
    delete: flag('True forgets the file that a record names by its key once it was written, as `deleteAfterImport` does.', off),
    compressionFormat: choice(['gzip', 'zip'], 'How the file is packed. Not at all where it is absent.'),
    backupPath: text('Folder that a copy of the file goes to.'),
    purgeInternalBackup: flag('True keeps no copy of the file for retries.', off),
    batchSize: integer('Records in one file at the most.', { minimum: 1 }),
    encrypt: flag('True encrypts the file with PGP.', off),
    csv,
    json: object('How JSON is written.', optional({ resourcePath: text('Path in the file to put the records at.') })),
    xml: object(
      'How XML is written.',
      optional({
        resourcePath: text('Path in the file to put the records at. Handlebars.'),
        body: text('Template of the whole file. Handlebars.'),
      }),
    ),
    xlsx: object(
      'How spreadsheets are written.',
      optional({
        includeHeader: flag('True writes the names of the columns into the first row.', { default: true }),
        sheetName: text('Name of the sheet, at most 31 characters. `Sheet1` where it is absent.'),
      }),
    ),
    fileDefinition: object(
      'How files of a defined layout are written, such as EDI or fixed width.',
      optional({ _fileDefinitionId: ref('filedefinitions', { description: 'File definition that describes the layout.' }) }),
    ),
    aggregation: object('What one file holds.', optional({ type: choice(['all', 'page'], 'All records of the run, or those of a page.') })),
    lookups: list(link<Lookup>('Lookup'), 'Lookups that templates and the mapping name.'),
    pgp,
    skipRename: flag('True writes the file under its final name at once instead of renaming it when it is complete.'),
    directory,
    backupDirectory,
  }),
)
