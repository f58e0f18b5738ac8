/** Exports of files of the server. */
import { object, text } from '../../shared/schema-helpers.ts'

export const filesystem = object('Where the files are, within the folder of the environment on the server.', {
  directoryPath: text('Path of the folder. Handlebars.'),
})
