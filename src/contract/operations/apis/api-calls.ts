/** The log of the calls of an API, and how many there were. */
import { Type } from 'typebox'
import { dateTime, idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { flag, list, optional, text } from '../../shared/schema-helpers.ts'
import { exchange } from '../flows/recorded-requests.ts'

/** Calls of an API that are kept, the newest. */
export const maxKeptCalls = 10_000
/** In one page of the log. */
export const callsPerPage = 100
/** Hours that are told at once: a month. */
export const maxHours = 744

const apiParams = { _id: objectId({ description: 'Id of the API.' }) }
const count = (description: string) => Type.Integer({ minimum: 0, description })
const ms = Type.Number({ minimum: 0, description: 'How long it took, in milliseconds.' })

const call = {
  key: text('Id of the call.'),
  time: Type.Integer({ description: 'When it came, in milliseconds since 1970.' }),
  utcDateTime: dateTime({ description: 'The same, in UTC.' }),
  method: text('The method.'),
  path: text('The path that was called, without its query.'),
  statusCode: Type.Integer({ description: 'The status that was answered.' }),
  success: flag('Whether it came to its end without a failure.'),
  numError: count('Errors that it left at its steps.'),
  duration: ms,
  _userId: objectId({ description: 'Whose token it was called with.' }),
}

const common = { tag: 'apis', access: 'monitor', extent: 'environment', status: 200, extension: true } as const

export const apiCalls = {
  listApiCalls: {
    ...common,
    method: 'GET',
    path: '/v1/apis/:_id/logs',
    summary: 'List the calls of an API',
    description: `Newest first, ${callsPerPage} a page. A call is in the list within a second. The newest ${maxKeptCalls.toLocaleString('en')} of an API are kept, as long as execution logs are.`,
    params: Type.Object(apiParams),
    query: Type.Object(
      optional({
        statusCode: Type.Integer({ minimum: 200, maximum: 599, description: 'Calls that were answered so.' }),
        success: Type.Enum(['true', 'false'], { type: 'string', description: 'Calls that came to their end, or those that failed.' }),
        time_gt: text('Calls after then: ISO 8601, a date, or milliseconds since 1970.'),
        time_lte: text('Calls of then or earlier.'),
        before: Type.String({ maxLength: 200, description: 'Where the page begins; `nextPageURL` holds it.' }),
      }),
    ),
    errors: ['not_found', 'invalid_query_params'],
    result: Type.Object({
      logs: list(Type.Object(call), 'The calls.'),
      ...optional({ nextPageURL: text('Path of the next page; absent on the last one.') }),
    }),
  },
  getApiCall: {
    ...common,
    method: 'GET',
    path: '/v1/apis/:_id/logs/:key',
    summary: 'Get a call of an API, with what was asked and answered',
    description: 'Secrets are masked as in the requests of failed records. Of bodies the first 4,096 characters are kept.',
    params: Type.Object({ ...apiParams, key: idText({ maxLength: 24, description: 'Id of the call.' }) }),
    errors: ['not_found'],
    result: Type.Object({
      ...call,
      ...exchange.properties,
      ...optional({
        errors: list(
          Type.Object({
            stepId: objectId({ description: 'The export or import; the API itself where it is of none.' }),
            source: text('Where it comes from, as in the errors of flows.'),
            code: text('What kind of error; of an application, its HTTP status.'),
            message: text('What the application or the step said.'),
          }),
          'What went wrong on the way.',
        ),
      }),
    }),
  },
  getApiStats: {
    ...common,
    method: 'GET',
    path: '/v1/apis/:_id/stats',
    summary: 'Count the calls of an API by the hour',
    description: 'Of the last 24 hours by default. Hours without calls are left out.',
    params: Type.Object(apiParams),
    query: Type.Object(
      optional({
        startDate: text('From the hour of then: ISO 8601, a date, or milliseconds since 1970.'),
        endDate: text(`Until then, at most ${maxHours} hours later.`),
      }),
    ),
    errors: ['not_found', 'invalid_query_params'],
    result: Type.Object({
      hours: list(
        Type.Object({
          hour: dateTime({ description: 'When the hour begins.' }),
          numCalls: count('Calls.'),
          numSuccess: count('Those that came to their end.'),
          numError: count('Those that failed.'),
          duration: Type.Number({ minimum: 0, description: 'How long a call took on average, in milliseconds.' }),
        }),
        'Oldest first.',
      ),
    }),
  },
} as const satisfies Record<string, Operation>
