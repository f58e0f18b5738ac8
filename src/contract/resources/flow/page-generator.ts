/** An export at the beginning of a flow. */
import { Type } from 'typebox'
import { ref } from '../../kit.ts'
import { flag, optional, text } from '../../shared/schema-helpers.ts'

export const pageGenerator = Type.Object({
  _exportId: ref('exports', { description: 'Export that brings the records.' }),
  ...optional({
    schedule: text(
      'When this export runs by itself, instead of the schedule of the flow. Cron with six fields, of which the first is `?`.',
    ),
    skipRetries: flag('True keeps no data for retrying failed records, and retries nothing by itself.'),
    setupInProgress: flag('True while the export is still to be set up. The flow does not run meanwhile.'),
    _keepDeltaBehindFlowId: ref('flows', {
      description: 'Flow whose last run decides where a delta begins, instead of that of this export.',
    }),
    _keepDeltaBehindExportId: ref('exports', { description: 'Page generator of that flow which is meant.' }),
    __startDateHelper: text('Kept by the scheduler.', { readOnly: true }),
  }),
})
