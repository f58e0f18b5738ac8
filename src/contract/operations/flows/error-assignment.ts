/** Who looks after which error, and the tags that sort errors. Neither resolves anything. */
import { Type } from 'typebox'
import { idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { ashareHeader } from '../integrations/clone-family.ts'
import { maxBatch } from './flow-errors.ts'
import { maxTags } from './matching-errors.ts'
import { integrationParams } from '../integrations/integration-errors.ts'

const stepParams = Type.Object({
  _id: objectId({ description: 'Id of the flow.' }),
  _stepId: objectId({ description: 'Id of the export or import.' }),
})
const errorIds = Type.Array(idText({ maxLength: 100 }), { minItems: 1, maxItems: maxBatch, description: 'Ids of open errors.' })
const email = Type.String({
  format: 'email',
  maxLength: 320,
  description: 'Address of a user who may work in the account. Any other is a 400.',
})
const affected = Type.Object({
  errorsToReturn: Type.Array(Type.String(), {
    description: 'Ids of the errors that were assigned. Those that are not open here are not among them.',
  }),
})
const refusals = ['not_found', 'bad_request', 'bad_field', 'bad_missing_field', 'invalid_field'] as const
const common = { tag: 'errors', access: 'monitor', extent: 'environment', method: 'PUT' } as const

export const errorAssignment = {
  assignIntegrationErrors: {
    ...common,
    tag: 'integrations',
    path: '/v1/integrations/:_id/errors/assign',
    summary: 'Assign open errors of any flow of an integration to a user',
    description:
      'Works within an account that is shared with the caller: without the header it is a 404, as with integrator.io. `Prefer: handling=strict` or `SLUICE_STRICT=1` answers the owner too; so does the operation of the same name on a step, always.',
    params: integrationParams,
    headers: Type.Object({ 'integrator-ashareid': Type.Optional(ashareHeader) }),
    withoutShare: 'not_found',
    body: Type.Object({ errorIds, email }),
    badBody: true,
    status: 200,
    result: affected,
    errors: refusals,
  },
  assignStepErrors: {
    ...common,
    path: '/v1/flows/:_id/:_stepId/errors/assign',
    summary: 'Assign open errors of a step to a user',
    description: 'The errors stay open.',
    params: stepParams,
    body: Type.Object({ errorIds, email, _userId: Type.Optional(objectId({ description: 'Id of the user; the address decides.' })) }),
    badBody: true,
    status: 200,
    result: affected,
    errors: refusals,
  },
  tagStepErrors: {
    ...common,
    path: '/v1/flows/:_id/:_stepId/tags',
    summary: 'Tag open errors of a step',
    description:
      'The tags take the place of those that the errors had; an empty list takes them away. The errors are named by `errorIds` or by `errors`.',
    params: stepParams,
    body: Type.Object({
      errorIds: Type.Optional(errorIds),
      errors: Type.Optional(
        Type.Array(
          Type.Object({
            id: idText({ maxLength: 100, description: 'Id of the error.' }),
            rdk: Type.Optional(Type.String({ maxLength: 200, description: 'Key of its retry data. Not needed.' })),
          }),
          { minItems: 1, maxItems: maxBatch, description: 'Open errors.' },
        ),
      ),
      tagIds: Type.Array(Type.String({ maxLength: 100 }), { maxItems: maxTags, description: 'Short ids of tags: their `tagId`.' }),
    }),
    status: 204,
    errors: ['not_found', 'missing_required_field', 'invalid_field', 'invalid_ref'],
  },
} as const satisfies Record<string, Operation>
