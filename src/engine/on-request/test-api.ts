/** A test of an API: a mock request goes its way, and what each stage made of it is answered. It leaves nothing behind: no error, no log; imports send nothing and functions change nothing unless they are asked to. */
import type { Context } from '../../domain/context.ts'
import type { ApiTestCall, ApiTestRun } from '../../domain/ports/applications.ts'
import { redactNothing, type Redact } from '../../domain/redaction/masker.ts'
import { StepFailure, type Failure } from '../adaptor.ts'
import type { Answered } from '../apis/answering.ts'
import { loadApi } from '../apis/load-api.ts'
import { createReader, documentMissing } from '../plan/read-documents.ts'
import { maskText, tellValue } from '../recording/tell-exchange.ts'
import { Recorder, type RecordedStep } from '../recording/recorder.ts'
import { noCounts } from '../run/page-result.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { asksApplication, mockAdaptors } from './mocks.ts'
import type { Parts } from './single-step.ts'
import { TestNotes } from './test-notes.ts'
import { tellStep } from './tested-steps.ts'

/** Of a test, whatever it waits for. Milliseconds. */
const totalMs = 120_000
/** Of the body of the response that is told. Characters. */
const longest = 1024 * 1024

export async function testApi({ adaptors, evaluator }: Parts, ctx: Context, call: ApiTestCall): Promise<ApiTestRun> {
  let redact: Redact = redactNothing
  const notes = new TestNotes(() => redact)
  const recorder = new Recorder(notes, ctx.newId)
  const jobId = ctx.newId()
  const startedAt = ctx.now().toISOString()
  const ended = (answered: Answered | undefined, failure?: Failure): ApiTestRun =>
    buildAnswer({ ctx, call, jobId, startedAt, recorder, notes, answered, failure: failure && redactFailure(failure, redact), redact })
  try {
    const { envId } = ctx.caller
    const engine = { world: ctx, adaptors: mockAdaptors(adaptors, call.sendsImports), evaluator }
    const doc = await createReader(ctx, envId)('apis', call.apiId)
    if (!doc) throw documentMissing('API', call.apiId)
    const api = await loadApi(engine, envId, doc, {
      record: (masking) => {
        redact = masking
        return recorder
      },
      asks: asksApplication(adaptors, call.sendsImports),
      readsOnly: !call.scriptsWrite,
    })
    return ended(await api.answer(call.request, { callId: jobId, signal: AbortSignal.timeout(totalMs) }))
  } catch (error) {
    if (error instanceof StepFailure) return ended(undefined, error.failure)
    throw error
  }
}

interface Ended {
  readonly ctx: Context
  readonly call: ApiTestCall
  readonly jobId: string
  readonly startedAt: string
  readonly recorder: Recorder
  readonly notes: TestNotes
  readonly answered: Answered | undefined
  readonly failure: Failure | undefined
  readonly redact: Redact
}

/** The request comes first and the response last, whenever they were made ready. */
const places: Readonly<Partial<Record<RecordedStep['kind'], number>>> = { request: -1, response: 1 }

function buildAnswer({ ctx, call, jobId, startedAt, recorder, notes, answered, failure, redact }: Ended): ApiTestRun {
  const { apiId, sendsImports, scriptsWrite } = call
  const times = { startedAt, endedAt: ctx.now().toISOString() }
  const done = answered ?? { counts: new Map(), errors: [] }
  const steps = recorder.steps.toSorted((a, b) => (places[a.kind] ?? 0) - (places[b.kind] ?? 0))
  const own = [...done.counts].filter(([stepId]) => stepId !== apiId).map(([, counts]) => counts)
  const sum = (field: 'numSuccess' | 'numIgnore'): number => own.reduce((total, counts) => total + counts[field], 0)
  return {
    metadata: { _apiId: apiId, importsSent: sendsImports, scriptsWrote: scriptsWrite, ...times },
    flowJob: {
      _id: jobId,
      type: 'api',
      _apiId: apiId,
      status: answered?.hasSucceeded ? 'completed' : 'failed',
      ...times,
      ...noCounts,
      numSuccess: sum('numSuccess'),
      numIgnore: sum('numIgnore'),
      numError: done.errors.length + (failure ? 1 : 0),
      errors: failure ? [{ source: failure.source, code: failure.code, message: failure.message }] : [],
    },
    childJobs: steps.map((step, oIndex) => ({
      ...describeStep(step),
      _id: ctx.newId(),
      _apiId: apiId,
      _flowJobId: jobId,
      oIndex,
      ...tellStep(step, notes, step.kind === 'response' ? { ...done, errors: [] } : done),
    })),
    ...(answered && { response: { ...answered.answer, body: tellBody(answered.answer.body, redact) } }),
  }
}

function describeStep({
  stepId,
  kind,
}: RecordedStep): Pick<ApiTestRun['childJobs'][number], 'type' | '_exportId' | '_importId' | '_routerId'> {
  if (kind === 'request' || kind === 'response') return { type: kind }
  if (kind === 'router') return { type: 'router', _routerId: stepId }
  return kind === 'import' ? { type: 'import', _importId: stepId } : { type: 'export', _exportId: stepId }
}

function tellBody(body: string, redact: Redact): unknown {
  if (body === '') return null
  const masked = maskText(body, redact, longest)
  return /^\s*[[{]/.test(masked) ? tellValue(masked) : masked
}
