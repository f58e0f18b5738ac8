/** The fields of files, of exports that read them and imports that write them. */
import type { ExportDoc } from '../adaptor.ts'
import {
  carried,
  except,
  kept,
  kindsOfFiles,
  only,
  refused,
  refusedWhere,
  saysSomething,
  unless,
  type Described,
  type Field,
} from './field.ts'

const code = 'file_option_unsupported'
/** Found missing by what makes the step ready, where its files are by a definition. */
const ofDefinition = (...paths: readonly string[]): Field[] => carried('engine/run-edi.test.ts', ...paths)

const profile = except(carried('engine/run-edi.test.ts', '_ediProfileId'), {
  code,
  says: 'Only files that are read or written by a file definition have an EDI profile (file.type).',
  asks: (value, doc) => saysSomething(value) && (doc as Pick<ExportDoc, 'file'>).file?.type !== 'filedefinition',
})

/** Whether it lies where files go on, and is one that does. */
function takesMore({ adaptorType, blob, blobKeyPath, file }: Described): boolean {
  const { type, compressionFormat, encrypt } = (file ?? {}) as Readonly<Record<string, unknown>>
  return (
    (adaptorType === 'FileSystemImport' || adaptorType === 'FTPImport') &&
    (type === 'csv' || type === 'json') &&
    ![compressionFormat, encrypt, blob, blobKeyPath].some(saysSomething)
  )
}

const folders = (...blocks: readonly string[]): Field[] =>
  blocks.flatMap((block) => [
    refusedWhere(`${block}.pathMode`, unless('relativePath'), code, 'Folders have paths here, and no ids.'),
    ...refused(code, 'Folders have paths here, and no ids.', `${block}.id`, `${block}.storageRootId`),
  ])

export const filesOfExports: readonly Field[] = [
  ...only(
    kindsOfFiles,
    except(carried('cases/file-system/export/read.json', 'file.type'), {
      code: 'format_unsupported',
      says: 'A step of files has to say which format they have.',
      elsewhere: true,
    }),
    carried('cases/file-system/export/read.json', 'file.encoding', 'file.json.resourcePath'),
    except(carried('cases/file-system/export/read.json', 'file.backupPath'), {
      code,
      says: 'Copies of files in buckets go to a bucket of their own, which s3.backupBucket names; an answer over HTTP leaves nothing to be copied.',
      asks: (value, { adaptorType }) => (adaptorType === 'S3Export' || adaptorType === 'HTTPExport') && saysSomething(value),
    }),
    except(carried('cases/file-system/export/read.json', 'file.filter'), {
      code,
      says: 'A filter of files is an expression, no script. Over HTTP there is one file, and none to choose from.',
      asks: (value, { adaptorType }) => adaptorType === 'HTTPExport' && saysSomething(value),
    }),
    except(carried('engine/run-blobs.test.ts', 'file.output'), {
      code,
      says: 'What comes out of a file that an application answers are the records in it.',
      asks: (value, { adaptorType }) => adaptorType === 'HTTPExport' && unless('records')(value),
    }),
    carried('engine/settings-on-flows.test.ts', 'file.decrypt'),
    carried('cases/file-system/export/sorted.json', 'file.sortByFields[].field', 'file.sortByFields[].descending'),
    carried('cases/file-system/export/sorted.json', 'file.groupByFields[]', 'file.groupEmptyValues'),
    except(carried('cases/file-system/export/folders.json', 'file.sortFilesBy'), {
      code,
      says: 'An application answers one file, and none that could come before another.',
      asks: (value, { adaptorType }) => adaptorType === 'HTTPExport' && saysSomething(value),
    }),
    carried('cases/file-system/export/formats.json', 'file.compressionFormat', 'file.xml.resourcePath', 'file.replaceInvalidBytes'),
    carried(
      'cases/file-system/export/formats.json',
      ...[
        'columnDelimiter',
        'rowDelimiter',
        'hasHeaderRow',
        'trimSpaces',
        'rowsToSkip',
        'disableQuoteAndStripEnclosingQuotes',
        'keyColumns[]',
      ].map((name) => `file.csv.${name}`),
    ),
    carried('cases/file-system/export/xlsx.json', 'file.xlsx.hasHeaderRow', 'file.xlsx.keyColumns[]', 'file.xlsx.sheetName'),
    ofDefinition('file.fileDefinition._fileDefinitionId', 'file.fileDefinition.resourcePath'),
    except(ofDefinition('file.fileDefinition.allowPartialSuccess'), {
      code,
      says: 'A file that an application answers is read as a whole or not at all.',
      asks: (value, { adaptorType }) => adaptorType === 'HTTPExport' && saysSomething(value),
    }),
    except(ofDefinition('file.fileDefinition.acknowledgementPath'), {
      code,
      says: 'Acknowledgements go to a folder where the files come from: what an application answers, and what was sent to a data loader, comes from none.',
      asks: (value, { adaptorType }) => (adaptorType === 'HTTPExport' || adaptorType === 'SimpleExport') && saysSomething(value),
    }),
    profile,
    folders('file.directory', 'file.backupDirectory'),
    refused(code, 'Folders have paths here, and no ids.', 'file.directory.storageRootName'),
  ),
  ...carried('engine/run-files.test.ts', 'file.skipDelete'),
  ...kept('No copy of a file is kept, whatever it says.', 'file.purgeInternalBackup'),
  ...kept('Files are fetched one after the other, whatever it says.', 'file.batchSize'),
]

export const filesOfImports: readonly Field[] = [
  ...only(
    kindsOfFiles,
    except(carried('engine/adaptors/file-system-cases.test.ts', 'file.type'), {
      code: 'format_unsupported',
      says: 'A step of files has to say which format they have.',
      elsewhere: true,
    }),
    carried('cases/file-system/import/write.json', 'file.fileName', 'file.json.resourcePath', 'file.lookups[]'),
    carried('cases/file-system/import/formats.json', 'file.encoding', 'file.xml.resourcePath', 'file.xml.body'),
    carried('engine/adaptors/file-system-cases.test.ts', 'file.compressionFormat'),
    carried(
      'cases/file-system/import/formats.json',
      ...[
        'columnDelimiter',
        'rowDelimiter',
        'includeHeader',
        'wrapWithQuotes',
        'replaceTabWithSpace',
        'replaceNewlineWithSpace',
        'truncateLastRowDelimiter',
        'escapeFormulas',
      ].map((name) => `file.csv.${name}`),
    ),
    carried('engine/xlsx.test.ts', 'file.xlsx.includeHeader', 'file.xlsx.sheetName'),
    carried('engine/adaptors/pgp.test.ts', 'file.encrypt', 'file.pgp.hashAlgorithm'),
    except(carried('engine/adaptors/pgp.test.ts', 'file.pgp.symmetricKeyAlgorithm'), {
      code,
      says: 'Files are not encrypted with Twofish: aes256, aes192, aes128, cast5 and 3des are there.',
      asks: (value) => value === 'twofish',
    }),
    except(carried('cases/file-system/import/append.json', 'file.append'), {
      code,
      says: 'Records come to the end of a file where it lies on a file system or a file server and goes on: CSV, and JSON line by line (.ndjson, .jsonl), neither packed nor encrypted. Blobs, and files in buckets and over HTTP, are whole ones.',
      asks: (value, doc) => saysSomething(value) && !takesMore(doc),
    }),
    except(carried('engine/run-blobs.test.ts', 'file.delete'), {
      code,
      says: 'Only an import that passes files on (blob, blobKeyPath) has one that it can forget.',
      asks: (value, { blob, blobKeyPath }) => saysSomething(value) && !saysSomething(blob) && !saysSomething(blobKeyPath),
    }),
    except(carried('cases/file-system/import/write.json', 'file.backupPath'), {
      code,
      says: 'Copies of files in buckets go to a bucket of their own, which s3.backupBucket names; what is sent over HTTP leaves nothing to be copied.',
      asks: (value, { adaptorType }) => (adaptorType === 'S3Import' || adaptorType === 'HTTPImport') && saysSomething(value),
    }),
    except(carried('cases/ftp/import/files.json', 'file.skipRename'), {
      code,
      says: 'A file is written under a hidden name and renamed once it is complete.',
      asks: (value, { adaptorType }) => adaptorType !== 'FTPImport' && saysSomething(value),
    }),
    ofDefinition('file.fileDefinition._fileDefinitionId'),
    profile,
    folders('file.directory', 'file.backupDirectory'),
    refused(code, 'Folders have paths here, and no ids.', 'file.directory.storageRootName'),
    carried('engine/run-gathered-files.test.ts', 'file.aggregation.type'),
  ),
  ...carried('engine/run-gathered-files.test.ts', 'file.skipAggregation', 'file.batchSize'),
  ...kept('No copy of a file is kept, whatever it says.', 'file.purgeInternalBackup'),
]
