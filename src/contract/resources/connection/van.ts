/** Connections to a value-added network, which carries EDI documents between trading partners. */
import { link } from '../../kit.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { optional, number, object, text } from '../../shared/schema-helpers.ts'

export const van = object(
  'A mailbox in a value-added network. Required for type `van`.',
  optional({
    as2Id: text('AS2 id of this side.'),
    mailboxId: number('Id of the mailbox, given when it is opened.', { readOnly: true }),
    contentBasedFlowRouter: link<ScriptFunction>('ScriptFunction', {
      description: 'A function that reads a document and says which flow and export it is for.',
    }),
  }),
)
