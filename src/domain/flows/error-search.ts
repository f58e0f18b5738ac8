/** The errors of all steps of a flow, and of all flows of an integration, as one list. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxSearchedSteps, type errorSearch as operations } from '../../contract/operations/flows/error-search.ts'
import { checkExists } from '../documents/documents.ts'
import type { Context } from '../context.ts'
import type { ErrorScope } from '../ports/flow-errors.ts'
import { toErrorPage, toNextPage } from './flow-errors.ts'

type Ops = typeof operations
type Found = Result<Ops['searchFlowErrors']>
type Query = Input<Ops['searchFlowErrors']>['query']

export async function searchFlowErrors(ctx: Context, { params, query }: Input<Ops['searchFlowErrors']>): Promise<Found> {
  await checkExists(ctx, 'flows', params._id)
  return searchErrors(ctx, { flowId: params._id }, query, `/v1/flows/${params._id}/errors/search`)
}

export async function searchIntegrationErrors(ctx: Context, { params, query }: Input<Ops['searchIntegrationErrors']>): Promise<Found> {
  await checkExists(ctx, 'integrations', params._id)
  return searchErrors(ctx, { integrationId: params._id }, query, `/v1/integrations/${params._id}/errors/search`)
}

async function searchErrors(ctx: Context, scope: ErrorScope, query: Query, path: string): Promise<Found> {
  const { envId } = ctx.caller
  const isResolved = query.state === 'resolved'
  const page = await toErrorPage(ctx, query)
  const steps = await ctx.store.flowErrors.listSteps(envId, scope, isResolved ? 'any' : 'open', undefined, maxSearchedSteps)
  const { errors, next } = await ctx.store.flowErrors.listPage(envId, steps, isResolved ? 'resolved' : 'open', page)
  return {
    errors: errors.map(({ flowId: _flowId, stepId: _stepId, ...error }) => ({ ...error, _flowId, _stepId })),
    ...(next && { nextPageURL: toNextPage(path, query, next) }),
  }
}
