/** The open errors of an integration, counted by flow. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

export const integrationParams = Type.Object({ _id: objectId({ description: 'Id of the integration.' }) })
const common = { tag: 'integrations', params: integrationParams } as const

export const integrations = {
  listIntegrationErrors: {
    ...common,
    method: 'GET',
    path: '/v1/integrations/:_id/errors',
    summary: "Summarize open errors across an integration's flows",
    description: 'One entry for every flow of the integration, also for those without an open error, as long as any flow has one.',
    access: 'monitor',
    extent: 'environment',
    status: 200,
    result: Type.Array(
      Type.Object({
        _flowId: objectId({ description: 'The flow.' }),
        numError: Type.Integer({ minimum: 0, description: 'How many of its errors are open.' }),
        lastErrorAt: Type.Optional(dateTime({ description: 'When the newest of the open errors happened. Absent where none is open.' })),
      }),
    ),
    empty: 'The integration has no flow, or none of its flows has an open error.',
    errors: ['not_found', 'bad_request'],
  },
} as const satisfies Record<string, Operation>
