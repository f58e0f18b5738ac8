/** What all APIs have in common: whatever happens to a call, it is answered, and what went wrong is an error of the API or of one of its steps. */
import type { ApiAnswer, ApiRequest } from '../../domain/ports/apis/api-calls.ts'
import type { World } from '../../domain/context.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import { StepFailure, type Failure, type FlowRecord } from '../adaptor.ts'
import type { PageError, PageResult } from '../plan/plan.ts'
import { openPageResult } from '../run/page-result.ts'
import { makeErrorAnswer } from './make-answer.ts'

interface AnswerCall {
  readonly callId: string
  /** Ends the call, whatever it is at. */
  readonly signal: AbortSignal
}

export interface Answered {
  readonly answer: ApiAnswer
  readonly hasSucceeded: boolean
  readonly counts: PageResult['counts']
  /** Masked, of all its steps and of the API itself. */
  readonly errors: readonly PageError[]
}

export interface LoadedApi {
  readonly redact: Redact
  answer(request: ApiRequest, call: AnswerCall): Promise<Answered>
}

interface Made {
  readonly answer: ApiAnswer
  readonly hasSucceeded: boolean
  readonly pageResult?: PageResult
}

type Work = (
  request: ApiRequest,
  call: AnswerCall,
  failed: (record: FlowRecord, failures: readonly Failure[], stage: string) => PageResult,
) => Promise<Made>

export const answering = (world: World, apiId: string, redact: Redact, work: Work): LoadedApi => ({
  redact,
  async answer(request, call) {
    let pageResult: PageResult | undefined
    const result = (): PageResult => (pageResult ??= openPageResult(world, call.callId, false, redact))
    const fail = (record: FlowRecord, failures: readonly Failure[], stage: string): PageResult => {
      result().fail({ stepId: apiId, stage }, { record, index: 0, sourceId: apiId, traceKey: undefined }, failures)
      return result()
    }
    try {
      const made = await work(request, call, fail)
      const { counts = new Map(), errors = [] } = made.pageResult ?? pageResult ?? {}
      return { answer: made.answer, hasSucceeded: made.hasSucceeded, counts, errors }
    } catch (error) {
      if (!(error instanceof StepFailure) && !call.signal.aborted) throw error
      const { counts, errors } = fail({}, [error instanceof StepFailure ? error.failure : late], 'apiCall')
      return { answer: makeErrorAnswer(error instanceof StepFailure ? 500 : 504, errors), hasSucceeded: false, counts, errors }
    }
  },
})

const late: Failure = { source: 'internal', code: 'timeout', message: 'The call took longer than it may.' }
