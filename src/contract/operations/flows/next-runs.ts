/** When a flow runs by its schedules. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** Times of one answer. */
const maxNextRuns = 10

export const nextRuns = {
  listNextRuns: {
    method: 'GET',
    path: '/v1/flows/:_id/nextRuns',
    tag: 'flows',
    summary: 'List when a flow runs next by its schedules',
    description:
      'The first of them first, through changes of the clock: of the flow, and of page generators with a schedule of their own. Nothing of a flow that is disabled, has no schedule, or is still to be set up.',
    access: 'monitor',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
    query: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxNextRuns, description: 'How many; three by default.' })),
    }),
    status: 200,
    result: Type.Array(
      Type.Object(
        {
          at: dateTime({ description: 'When, in UTC.' }),
          _exportIds: Type.Array(objectId(), { description: 'The exports of the page generators that run then.' }),
        },
        { description: 'A run to come.' },
      ),
    ),
    empty: 'It does not run by itself.',
    errors: ['not_found', 'invalid_query_params'],
    extension: true,
  },
} as const satisfies Record<string, Operation>
