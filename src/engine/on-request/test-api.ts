/** A test of an API: a mock request goes its way, and what each stage made of it is answered. It leaves nothing behind: no error, no log; imports send nothing and functions change nothing unless they are asked to. */
import type { Context } from '../../domain/context.ts'
import type { ApiTestCall, ApiTestRun } from '../../domain/ports/applications.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import { StepFailure, type Failure } from '../adaptor.ts'
import type { Answered } from '../apis/answering.ts'
import { loadApi } from '../apis/load-api.ts'
import { createReader, documentMissing } from '../plan/read-documents.ts'
import { maskText, tellValue } from '../recording/tell-exchange.ts'
import { describeUse, openGraphTest, totalMs } from './graph-tests.ts'
import type { Parts } from './single-step.ts'

/** Of the body of the response that is told. Characters. */
const longest = 1024 * 1024

export async function testApi(parts: Parts, ctx: Context, call: ApiTestCall): Promise<ApiTestRun> {
  const test = openGraphTest(parts, ctx, call)
  const ended = (answered: Answered | undefined, failure?: Failure): ApiTestRun => buildAnswer(test, call, answered, failure)
  try {
    const { envId } = ctx.caller
    const doc = await createReader(ctx, envId)('apis', call.apiId)
    if (!doc) throw documentMissing('API', call.apiId)
    const api = await loadApi(test.engine, envId, doc, test.options)
    return ended(await api.answer(call.request, { callId: test.jobId, signal: AbortSignal.timeout(totalMs) }))
  } catch (error) {
    if (error instanceof StepFailure) return ended(undefined, error.failure)
    throw error
  }
}

function buildAnswer(
  test: ReturnType<typeof openGraphTest>,
  { apiId, sendsImports, scriptsWrite }: ApiTestCall,
  answered: Answered | undefined,
  failure: Failure | undefined,
): ApiTestRun {
  const times = test.times()
  return {
    metadata: { _apiId: apiId, importsSent: sendsImports, scriptsWrote: scriptsWrite, ...times },
    flowJob: {
      _id: test.jobId,
      type: 'api',
      _apiId: apiId,
      status: answered?.hasSucceeded ? 'completed' : 'failed',
      ...times,
      ...test.tellCall(apiId, answered, failure ? [failure] : []),
    },
    childJobs: test.tellSteps(answered).map(({ step, told, ...use }) => ({
      ...(step.kind === 'request' || step.kind === 'response' ? { type: step.kind } : describeUse(step)),
      ...use,
      _apiId: apiId,
      ...told,
    })),
    ...(answered && { response: { ...answered.answer, body: tellBody(answered.answer.body, test.redact) } }),
  }
}

function tellBody(body: string, redact: Redact): unknown {
  if (body === '') return null
  const masked = maskText(body, redact, longest)
  return /^\s*[[{]/.test(masked) ? tellValue(masked) : masked
}
