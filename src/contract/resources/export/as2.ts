/** Exports of what a trading partner sends over AS2. */
import { ref } from '../../kit.ts'
import { flag, maybe, object } from '../../shared/words.ts'

export const as2 = object(
  'Messages of a trading partner.',
  maybe({
    _tpConnectorId: ref('tradingpartnerconnectors', { description: 'Trading partner connector that the export was made from.' }),
    blob: flag('True passes messages on as they are, without reading records from them.'),
  }),
)
