/** Connections to the file system of the server, below the folder that it is set to use. */
import { maybe, object, text } from '../../shared/words.ts'
import { concurrency } from './parts.ts'

export const filesystem = object('Files of the server itself, so no agent is needed. Required for type `filesystem`.', {
  ...maybe({ ping: object('A folder that shows whether the connection works.', maybe({ directoryPath: text('Path of the folder.') })) }),
  ...concurrency(1),
})
