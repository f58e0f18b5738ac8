/** The errors of all steps of a flow, and of all flows of an integration, as one list. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { nextPageURL, openError, resolvedError, resolvedQuery } from './flow-errors.ts'

/** Steps whose errors one list holds at the most. */
export const maxSearchedSteps = 1000

const { resolvedAt, resolvedBy } = resolvedError.properties
const query = Type.Object({
  ...resolvedQuery.properties,
  state: Type.Optional(
    Type.Enum(['open', 'resolved'], { description: '`resolved` lists those that are resolved; the open ones otherwise.' }),
  ),
})
const result = Type.Object({
  errors: Type.Array(
    Type.Object({
      ...openError.properties,
      _flowId: objectId({ description: 'The flow.' }),
      _stepId: objectId({ description: 'The export or import.' }),
      resolvedAt: Type.Optional(resolvedAt),
      resolvedBy: Type.Optional(resolvedBy),
    }),
    { description: 'The errors.' },
  ),
  nextPageURL,
})
const common = {
  method: 'GET',
  access: 'monitor',
  extent: 'environment',
  query,
  status: 200,
  result,
  errors: ['not_found', 'invalid_query_params'],
  extension: true,
} as const
const howPaged = `A page looks at a bounded number of errors, so that it takes the same time however many there are: with filters it can be short, or empty, and still have a \`nextPageURL\`. Of the first ${maxSearchedSteps.toLocaleString('en')} steps with errors, by the ids of flow and step.`

export const errorSearch = {
  searchFlowErrors: {
    ...common,
    tag: 'errors',
    path: '/v1/flows/:_id/errors/search',
    summary: 'List the errors of all steps of a flow',
    description: `Newest first, with the filters of the errors of a step. ${howPaged}`,
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
  },
  searchIntegrationErrors: {
    ...common,
    tag: 'integrations',
    path: '/v1/integrations/:_id/errors/search',
    summary: 'List the errors of all flows of an integration',
    description: `Newest first, with the filters of the errors of a step. ${howPaged}`,
    params: Type.Object({ _id: objectId({ description: 'Id of the integration.' }) }),
  },
} as const satisfies Record<string, Operation>
