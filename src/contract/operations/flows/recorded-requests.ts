/** Requests of a step that were recorded with their answers, since their records failed. */
import { Type } from 'typebox'
import { dateTime, idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { optional, text } from '../../shared/schema-helpers.ts'

/** Of a step, the newest: what is older is removed, and its errors name it no longer. */
export const maxRecordedRequests = 1000

const stepParams = { _id: objectId({ description: 'Id of the flow.' }), _stepId: objectId({ description: 'Id of the export or import.' }) }
const common = { tag: 'errors', access: 'monitor', extent: 'environment' } as const

const headers = Type.Record(Type.String(), Type.String(), { description: 'By their names; what proves who asks is masked.' })
const body = Type.Unknown({
  description: 'JSON as what it says, other text as it is, at most 65,536 characters of it; anything else by its size.',
})

export const exchange = Type.Object(
  {
    request: Type.Object(
      { method: text('The method.'), url: text('The address, with secrets masked.'), headers, ...optional({ body }) },
      { description: 'What was sent.' },
    ),
    ...optional({
      response: Type.Object(
        { status: Type.Integer({ description: 'The status.' }), headers, ...optional({ body }) },
        { description: 'What was answered; absent where no answer came.' },
      ),
      error: Type.Object({ code: text('A word.'), message: text('Why no answer came.') }, { description: 'Where no answer came.' }),
    }),
  },
  { description: 'A request and its answer.' },
)

const listed = Type.Object({
  key: text('The `reqAndResKey` of its errors.'),
  time: Type.Integer({ description: 'When it was, in milliseconds since 1970.' }),
  utcDateTime: dateTime({ description: 'The same, in UTC.' }),
  method: text('The method.'),
  stage: text('Where in the step it was.'),
  ...optional({ statusCode: text('The status that was answered; absent where no answer came.') }),
})

export const requestsQuery = Type.Object(
  optional({
    time_gt: text('Requests after then: ISO 8601, a date, or milliseconds since 1970.'),
    time_lte: text('Requests of then or earlier.'),
    after: Type.String({ maxLength: 200, description: 'Where the page begins; `nextPageURL` holds it.' }),
  }),
)
export const requestsPage = Type.Object({
  requests: Type.Array(listed, { description: 'The requests.' }),
  ...optional({ nextPageURL: text('Path of the next page; absent on the last one.') }),
})

export const recordedRequests = {
  listStepRequests: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/:_stepId/requests',
    summary: 'List the requests of a step whose records failed',
    description: `Newest first. The newest ${maxRecordedRequests.toLocaleString('en')} are kept.`,
    params: Type.Object(stepParams),
    query: requestsQuery,
    status: 200,
    errors: ['not_found', 'invalid_query_params'],
    result: requestsPage,
  },
  getStepRequest: {
    ...common,
    method: 'GET',
    path: '/v1/flows/:_id/:_stepId/requests/:reqAndResKey',
    summary: 'Get the request and the answer of a failed record',
    description:
      'Secrets of connections are masked wherever they stand, and what a name calls a secret: `Authorization`, cookies, `access_token`.',
    params: Type.Object({ ...stepParams, reqAndResKey: idText({ maxLength: 200, description: 'As an error names it.' }) }),
    status: 200,
    errors: ['not_found'],
    result: exchange,
  },
  deleteStepRequests: {
    ...common,
    access: 'manage',
    method: 'DELETE',
    path: '/v1/flows/:_id/:_stepId/requests',
    summary: 'Remove requests and answers of failed records',
    description: 'The errors stay, without their `reqAndResKey`.',
    params: Type.Object(stepParams),
    body: Type.Object({
      keys: Type.Array(idText({ maxLength: 200 }), { minItems: 1, maxItems: maxRecordedRequests, description: 'Keys of the requests.' }),
    }),
    status: 204,
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
  },
} as const satisfies Record<string, Operation>
