/** Connections to the file system of the server, below the folder that it is set to use. */
import { optional, object, text } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

export const filesystem = object('Files of the server itself, so no agent is needed. Required for type `filesystem`.', {
  ...optional({
    ping: object('A folder that shows whether the connection works.', optional({ directoryPath: text('Path of the folder.') })),
  }),
  ...concurrency(1),
})
