/** Imports of files to a trading partner over AS2. */
import { ref } from '../../kit.ts'
import { optional, number, object, text } from '../../shared/schema-helpers.ts'
import { headers } from '../step.ts'

export const as2 = object('How messages to the partner are made.', {
  fileNameTemplate: text('Name of the file. Handlebars.'),
  ...optional({
    _tpConnectorId: ref('tradingpartnerconnectors', { description: 'Trading partner connector that the import was made from.' }),
    messageIdTemplate: text('Id of the message. Handlebars.'),
    maxRetries: number('Times that a message is sent again where there is no receipt.', { default: 0 }),
    headers,
  }),
})
