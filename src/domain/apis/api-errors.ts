/** The errors of an API, step by step. They are kept and worked through like those of flows. */
import type { Input } from '../../contract/operation.ts'
import type { apiErrors as operations } from '../../contract/operations/apis/api-errors.ts'
import type { Context } from '../context.ts'
import { countErrors, listErrorsOf, listResolvedOf, resolveErrorsOf } from '../flows/flow-errors.ts'
import { getStepRequest, listRequestsOf } from '../flows/recorded-requests.ts'

export const listApiErrors = async (ctx: Context, { params }: Input<(typeof operations)['listApiErrors']>) => ({
  apiErrors: await countErrors(ctx, 'apis', params._id),
})

export const listApiStepErrors = listErrorsOf('apis')
export const listResolvedApiStepErrors = listResolvedOf('apis')
export const resolveApiStepErrors = resolveErrorsOf('apis')
export const listApiStepRequests = listRequestsOf('apis')
export const getApiStepRequest = getStepRequest
