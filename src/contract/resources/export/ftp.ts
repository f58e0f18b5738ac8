/** Exports of files from a file server. */
import { ref } from '../../kit.ts'
import { optional, object, text } from '../../shared/schema-helpers.ts'

export const ftp = object('Which files of the server are fetched.', {
  directoryPath: text('Path of the folder. Handlebars.'),
  ...optional({
    _tpConnectorId: ref('tradingpartnerconnectors', { description: 'Trading partner connector that the export was made from.' }),
    fileNameStartsWith: text('Only files whose name begins like this. Handlebars.'),
    fileNameEndsWith: text('Only files whose name ends like this. Handlebars.'),
    backupDirectoryPath: text('Folder that files are copied to before they are removed.'),
  }),
})
