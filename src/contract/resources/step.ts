/** What exports and imports have alike. */
import { Type } from 'typebox'
import { choice, anyObject, list, optional, object, pair, text } from '../shared/schema-helpers.ts'

export const awsRegions = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'af-south-1',
  'ap-east-1',
  'ap-south-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-south-1',
  'eu-north-1',
  'me-south-1',
  'sa-east-1',
] as const

export const blobFormats = ['utf8', 'ucs2', 'utf-16le', 'ascii', 'binary', 'base64', 'hex'] as const
export const fileEncodings = ['utf8', 'win1252', 'utf-16le', 'gb18030', 'macroman', 'iso88591', 'shiftjis'] as const
export const restletVersions = ['suitebundle', 'suiteapp1.0', 'suiteapp2.0'] as const

export const headers = list(pair('header', 'Its value. Handlebars.'), 'Headers of the request, besides those of the connection.')

const folder = optional({
  pathMode: choice(['relativePath', 'directoryId'], 'Whether the folder is named by path or by id.'),
  id: text('Id of the folder, for `directoryId`.'),
  storageRootId: text('Id of the drive or root that holds the folder.'),
})
export const directory = object('Folder of the files, in a cloud storage.', {
  ...folder,
  ...optional({ storageRootName: text('Name of that drive or root, as people see it.') }),
})
export const backupDirectory = object('Folder that files are copied to before they are removed, in a cloud storage.', folder)

/** A function of a file in NetSuite's own file cabinet. */
export const netsuiteHook = (description: string) =>
  object(
    description,
    optional({
      fileInternalId: text('Internal id of the script file in the file cabinet.'),
      function: text('Name of the function to call.'),
      configuration: anyObject('Passed to the function as it is.'),
    }),
  )

/** Its form differs between versions and adaptors; whatever it is, it is kept. */
export const parsers = Type.Unsafe<unknown>({
  type: ['string', 'object', 'array', 'null'],
  additionalProperties: true,
  description: 'How content is taken apart: the version of the parser, or its rules.',
})
