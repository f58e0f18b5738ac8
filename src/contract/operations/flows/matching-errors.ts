/** All open errors of a step that fit a filter, however many: counted, changed in steps, and downloaded. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { bodyFilter, errorFilters } from './flow-errors.ts'

/** Errors that one request changes: half a second at the most, so that the client can show progress. */
export const changedAtOnce = 5000
/** Tags of one error at the most. */
export const maxTags = 20

const stepParams = Type.Object({
  _id: objectId({ description: 'Id of the flow.' }),
  _stepId: objectId({ description: 'Id of the export or import.' }),
})
const filter = bodyFilter('Which open errors, with the filters of the list of errors; `{}` is all.')
const common = { tag: 'errors', access: 'monitor', extent: 'environment', params: stepParams, extension: true } as const

export const matchingErrors = {
  countMatchingErrors: {
    ...common,
    reads: true,
    method: 'POST',
    path: '/v1/flows/:_id/:_stepId/errors/count',
    summary: 'Count the open errors of a step that fit a filter',
    body: Type.Object({ filter }),
    status: 200,
    result: Type.Object({ count: Type.Integer({ minimum: 0, description: 'How many there are.' }) }),
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
  },
  changeMatchingErrors: {
    ...common,
    method: 'PUT',
    path: '/v1/flows/:_id/:_stepId/errors/matching',
    summary: 'Resolve, assign or tag the open errors of a step that fit a filter',
    description: `One of \`resolve\`, \`email\` and \`tagIds\`. The newest ${changedAtOnce.toLocaleString('en')} errors are looked at and those that fit changed; while the answer has \`after\`, more of them may fit: the same request with that \`after\` goes on, and what came since the first one stays as it is. To send their records again, \`POST .../retry\` takes the same filter.`,
    body: Type.Object({
      filter,
      resolve: Type.Optional(Type.Literal(true, { description: 'They are resolved.' })),
      email: Type.Optional(
        Type.String({
          format: 'email',
          maxLength: 320,
          description: 'They are assigned to the user of this address, who may work in the account.',
        }),
      ),
      tagIds: Type.Optional(
        Type.Array(Type.String({ maxLength: 100 }), {
          maxItems: maxTags,
          description: 'They have these tags, by their `tagId`, in place of others; an empty list takes them away.',
        }),
      ),
      after: Type.Optional(Type.String({ maxLength: 100, description: 'Where to go on, from the answer before.' })),
    }),
    refusesUnknown: true,
    status: 200,
    result: Type.Object({
      numChanged: Type.Integer({ minimum: 0, description: 'How many were changed by this request.' }),
      after: Type.Optional(Type.String({ description: 'Where to go on; absent when all are through.' })),
    }),
    errors: ['not_found', 'missing_required_field', 'invalid_field', 'invalid_ref', 'unknown_field', 'bad_request'],
  },
  downloadErrors: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/:_stepId/errors/csv',
    summary: 'Download the open errors of a step that fit a filter',
    description:
      'As CSV with a row of names, in the order of the list, however many there are. Texts that a spreadsheet would take for a formula begin with an apostrophe.',
    query: Type.Object(errorFilters),
    status: 200,
    result: Type.String({ description: 'The file.' }),
    resultType: 'text/csv',
    errors: ['not_found', 'invalid_query_params'],
  },
} as const satisfies Record<string, Operation>
