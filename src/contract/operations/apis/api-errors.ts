/** The errors that calls of an API left at its steps, with the requests that they came of. Nobody waits for these calls any more: nothing is sent again. */
import { Type } from 'typebox'
import { idText, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import {
  errorsPerPage,
  maxBatch,
  nextPageURL,
  openCounts,
  openError,
  pageQuery,
  resolvedError,
  resolvedQuery,
} from '../flows/flow-errors.ts'
import { exchange, maxRecordedRequests, requestsPage, requestsQuery } from '../flows/recorded-requests.ts'

const apiParams = { _id: objectId({ description: 'Id of the API.' }) }
const stepParams = {
  ...apiParams,
  _stepId: objectId({ description: 'Id of the export or import; the id of the API for what went wrong at no step.' }),
}
const common = { tag: 'apis', access: 'monitor', extent: 'environment', extension: true } as const
const page = { status: 200, errors: ['not_found', 'invalid_query_params'] } as const

export const apiErrors = {
  listApiErrors: {
    ...common,
    method: 'GET',
    path: '/v1/apis/:_id/errors',
    summary: 'Count the open errors of each step of an API',
    params: Type.Object(apiParams),
    status: 200,
    errors: ['not_found'],
    result: Type.Object({
      apiErrors: openCounts('The step, or the API itself.'),
    }),
  },
  listApiStepErrors: {
    ...common,
    ...page,
    method: 'GET',
    path: '/v1/apis/:_id/:_stepId/errors',
    summary: 'List the open errors of a step of an API',
    description: `Newest first, ${errorsPerPage} a page. \`_flowJobId\` is the key of the call in the log.`,
    params: Type.Object(stepParams),
    query: pageQuery,
    result: Type.Object({ errors: Type.Array(openError, { description: 'The errors.' }), nextPageURL }),
  },
  listResolvedApiStepErrors: {
    ...common,
    ...page,
    method: 'GET',
    path: '/v1/apis/:_id/:_stepId/resolved',
    summary: 'List the resolved errors of a step of an API',
    description: `Newest first, ${errorsPerPage} a page.`,
    params: Type.Object(stepParams),
    query: resolvedQuery,
    result: Type.Object({ resolved: Type.Array(resolvedError, { description: 'The errors.' }), nextPageURL }),
  },
  resolveApiStepErrors: {
    ...common,
    method: 'PUT',
    path: '/v1/apis/:_id/:_stepId/resolved',
    summary: 'Resolve errors of a step of an API',
    params: Type.Object(stepParams),
    status: 204,
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
    body: Type.Object({ errors: Type.Array(idText(), { minItems: 1, maxItems: maxBatch, description: 'Ids of the errors.' }) }),
  },
  listApiStepRequests: {
    ...common,
    ...page,
    method: 'GET',
    path: '/v1/apis/:_id/:_stepId/requests',
    summary: 'List the requests of a step of an API whose records failed',
    description: `Newest first. The newest ${maxRecordedRequests.toLocaleString('en')} are kept.`,
    params: Type.Object(stepParams),
    query: requestsQuery,
    result: requestsPage,
  },
  getApiStepRequest: {
    ...common,
    method: 'GET',
    path: '/v1/apis/:_id/:_stepId/requests/:reqAndResKey',
    summary: 'Get the request and the answer of a record of an API that failed',
    description: 'Secrets are masked as in the requests of flows.',
    params: Type.Object({ ...stepParams, reqAndResKey: idText({ maxLength: 200, description: 'As an error names it.' }) }),
    status: 200,
    errors: ['not_found'],
    result: exchange,
  },
} as const satisfies Record<string, Operation>
