/** Settings forms as people get to see them. integrator.io shows them on its own page only. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { integrationParams } from '../integrations/integration-errors.ts'

const grouping = {
  _flowGroupingId: Type.Optional(objectId({ description: 'A flow grouping of the integration, for the form of that one.' })),
}

export const settingsForms = {
  getSettingsForm: {
    method: 'POST',
    path: '/v1/integrations/:_id/settingsForm',
    tag: 'integrations',
    summary: 'Get a settings form',
    description:
      'The form of the integration, or of one of its flow groupings, as its `init` function makes it. Without such a function it is the form that is stored, and `{}` where there is none.',
    access: 'monitor',
    extent: 'environment',
    params: integrationParams,
    query: Type.Object(grouping),
    body: Type.Object(grouping),
    optionalBody: true,
    status: 200,
    result: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'The form: `fieldMap` and `layout`.',
    }),
    errors: ['not_found', 'invalid_ref', 'invalid_field', 'invalid_query_params', 'script_error'],
    extension: true,
  },
} as const satisfies Record<string, Operation>
