/** Who carries out which named operation. An operation without a handler, or one of the wrong type, does not compile. */
import type { Input, Operation, Result } from '../contract/operation.ts'
import type { Named } from '../contract/operations/index.ts'
import type { JsonPage, JsonText } from './answer.ts'
import * as flowErrors from './flow-errors.ts'
import * as integrations from './integrations.ts'
import * as jobs from './jobs.ts'
import type { Context } from './ports.ts'
import { runFlow } from './run-flow.ts'

type Handlers<Ops extends Record<string, Operation>> = {
  readonly [K in keyof Ops]: (ctx: Context, input: Input<Ops[K]>) => Promise<Result<Ops[K]> | JsonText | JsonPage | undefined>
}

export const handlers: Handlers<Named> = {
  patchIntegration: integrations.patch,
  listIntegrationErrors: integrations.listErrors,
  runFlow,
  getJob: jobs.get,
  listJobs: jobs.list,
  cancelJob: jobs.cancel,
  listFlowErrors: flowErrors.countBySteps,
  listStepErrors: flowErrors.listOpen,
  listResolvedErrors: flowErrors.listResolved,
  resolveErrors: flowErrors.resolve,
  retryErrors: flowErrors.retry,
  getRetryData: flowErrors.getRetryData,
  updateRetryData: flowErrors.updateRetryData,
  getTokenInfo: async ({ caller }) => ({ _userId: caller.userId, scope: caller.scope }),
}
