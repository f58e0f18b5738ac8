/** Connections to the file system of a machine on which an agent runs. */
import { maybe, object, text } from '../../shared/words.ts'
import { concurrency } from './parts.ts'

export const filesystem = object('Files beside an agent. Required for type `filesystem`, and so is `_agentId`.', {
  ...maybe({ ping: object('A folder that shows whether the connection works.', maybe({ directoryPath: text('Path of the folder.') })) }),
  ...concurrency(1),
})
