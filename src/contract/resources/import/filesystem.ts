/** Imports of files of the server. */
import { object, text } from '../../shared/schema-helpers.ts'

export const filesystem = object('Where files go, within the folder of the environment on the server.', {
  directoryPath: text('Path of the folder. Handlebars.'),
})
