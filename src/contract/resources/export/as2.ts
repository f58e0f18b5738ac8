/** Exports of what a trading partner sends over AS2. */
import { ref } from '../../kit.ts'
import { flag, optional, object } from '../../shared/schema-helpers.ts'

export const as2 = object(
  'Messages of a trading partner.',
  optional({
    _tpConnectorId: ref('tradingpartnerconnectors', { description: 'Trading partner connector that the export was made from.' }),
    blob: flag('True passes messages on as they are, without reading records from them.'),
  }),
)
