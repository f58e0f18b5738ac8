/** Since when a flow exports. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

export const lastExport = {
  getLastExportDateTime: {
    method: 'GET',
    path: '/v1/flows/:_id/lastExportDateTime',
    tag: 'flows',
    summary: 'Get since when the next run of a flow exports',
    description:
      'What templates see as `lastExportDateTime` in a run that is started without a date: when the last run began that completed, or that of the flow which this one stays behind. Of several page generators the one that is furthest back counts. Absent until a run has completed.',
    access: 'monitor',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
    status: 200,
    result: Type.Object(
      { lastExportDateTime: Type.Optional(dateTime({ description: 'In UTC.' })) },
      { description: 'Since when the flow exports.' },
    ),
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
