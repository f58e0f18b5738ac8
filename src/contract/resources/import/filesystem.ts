/** Imports of files beside an agent. */
import { object, text } from '../../shared/words.ts'

export const filesystem = object('Where files go, on the machine of the agent.', { directoryPath: text('Path of the folder. Handlebars.') })
