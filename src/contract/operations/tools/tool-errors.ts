/** The errors that calls of a tool left at its steps, whoever called it. Nobody waits for these calls any more: nothing is sent again here. */
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

const toolParams = { _id: objectId({ description: 'Id of the tool.' }) }
const stepParams = { ...toolParams, _stepId: objectId({ description: 'Id of the export or import.' }) }
const common = { tag: 'tools', access: 'monitor', extent: 'environment', extension: true } as const
const page = { status: 200, errors: ['not_found', 'invalid_query_params'] } as const

export const toolErrors = {
  listToolErrors: {
    ...common,
    method: 'GET',
    path: '/v1/tools/:_id/errors',
    summary: 'Count the open errors of each step of a tool',
    params: Type.Object(toolParams),
    status: 200,
    errors: ['not_found'],
    result: Type.Object({
      toolErrors: openCounts(),
    }),
  },
  listToolStepErrors: {
    ...common,
    ...page,
    method: 'GET',
    path: '/v1/tools/:_id/:_stepId/errors',
    summary: 'List the open errors of a step of a tool',
    description: `Newest first, ${errorsPerPage} a page. \`_flowJobId\` is the run whose step called the tool, or the call where no run did.`,
    params: Type.Object(stepParams),
    query: pageQuery,
    result: Type.Object({ errors: Type.Array(openError, { description: 'The errors.' }), nextPageURL }),
  },
  listResolvedToolStepErrors: {
    ...common,
    ...page,
    method: 'GET',
    path: '/v1/tools/:_id/:_stepId/resolved',
    summary: 'List the resolved errors of a step of a tool',
    description: `Newest first, ${errorsPerPage} a page.`,
    params: Type.Object(stepParams),
    query: resolvedQuery,
    result: Type.Object({ resolved: Type.Array(resolvedError, { description: 'The errors.' }), nextPageURL }),
  },
  resolveToolStepErrors: {
    ...common,
    method: 'PUT',
    path: '/v1/tools/:_id/:_stepId/resolved',
    summary: 'Resolve errors of a step of a tool',
    params: Type.Object(stepParams),
    status: 204,
    errors: ['not_found', 'missing_required_field', 'invalid_field'],
    body: Type.Object({ errors: Type.Array(idText(), { minItems: 1, maxItems: maxBatch, description: 'Ids of the errors.' }) }),
  },
} as const satisfies Record<string, Operation>
