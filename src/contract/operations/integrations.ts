/** What integrations have beyond the five operations of every document. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../kit.ts'
import type { Operation } from '../operation.ts'

export const integrationParams = Type.Object({ _id: objectId({ description: 'Id of the integration.' }) })
const common = { tag: 'integrations', params: integrationParams } as const

/** The fields a patch may replace. `/iLMIgnore` is named by the page on fields to ignore in lifecycle management. */
export const patchable = ['/settings', '/flowGroupings', '/apiGroupings', '/iLMIgnore'] as const

export const integrations = {
  patchIntegration: {
    ...common,
    method: 'PATCH',
    path: '/v1/integrations/:_id',
    summary: 'Patch an integration',
    description: `Applies a JSON Patch document (RFC 6902): all of its operations or none. Only \`replace\` is supported, on ${patchable.map((path) => `\`${path}\``).join(', ')}.`,
    access: 'manage',
    body: Type.Array(
      Type.Object({
        op: Type.Enum(['replace'], { description: 'What to do; only `replace` is supported.' }),
        path: Type.String({ description: 'JSON Pointer (RFC 6901) to the field to replace.' }),
        value: Type.Optional(Type.Unknown({ description: 'The new value of the field.' })),
      }),
      { minItems: 1, maxItems: 100, description: 'A JSON Patch document.' },
    ),
    status: 204,
    errors: ['not_found', 'invalid_patch', 'invalid_field', 'invalid_ref'],
  },
  listIntegrationErrors: {
    ...common,
    method: 'GET',
    path: '/v1/integrations/:_id/errors',
    summary: "Summarize open errors across an integration's flows",
    description: 'One entry for every flow of the integration, also for those without an open error, as long as any flow has one.',
    access: 'monitor',
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
