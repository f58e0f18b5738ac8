/** Imports of files to a file server. */
import { ref } from '../../kit.ts'
import { optional, object, text } from '../../shared/schema-helpers.ts'

export const ftp = object('Where files go on the server.', {
  directoryPath: text('Path of the folder. Handlebars.'),
  ...optional({
    _tpConnectorId: ref('tradingpartnerconnectors', { description: 'Trading partner connector that the import was made from.' }),
    fileName: text('Name of the file; one that is there is written over. Handlebars.'),
    inProgressFileName: text('Name of the file until it is complete. Handlebars.'),
    backupDirectoryPath: text('Folder that a copy of the file goes to. Handlebars.'),
  }),
})
