/**
 * A test run: one page of an export goes through every step of its flow, and what each stage made of it is answered. It leaves nothing behind: no job, no error,
 * no checkpoint, no delta, nothing marked as exported and no file removed; imports send nothing and functions change nothing unless they are asked to.
 */
import type { Context } from '../../domain/context.ts'
import type { TestedStep, TestRun, TestCall } from '../../domain/ports/applications.ts'
import type { RunningJob } from '../../domain/ports/jobs.ts'
import { redactNothing, type Redact } from '../../domain/redaction/masker.ts'
import { StepFailure, type Failure } from '../adaptor.ts'
import { loadPlan } from '../plan/load-plan.ts'
import type { Item, PageResult, Plan } from '../plan/plan.ts'
import { Recorder, type RecordedStep } from '../recording/recorder.ts'
import { noCounts, openPageResult } from '../run/page-result.ts'
import { Pipeline } from '../run/pipeline.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { asksApplication, mockAdaptors } from './mocks.ts'
import type { Parts } from './single-step.ts'
import { TestNotes } from './test-notes.ts'
import { tellStep } from './tested-steps.ts'

/** Of a test run, whatever it waits for. Milliseconds. */
const totalMs = 120_000

const late: Failure = { source: 'internal', code: 'timeout', message: `The test run took longer than ${totalMs / 1000} s.` }

export async function testFlow({ adaptors, evaluator }: Parts, ctx: Context, call: TestCall): Promise<TestRun> {
  let redact: Redact = redactNothing
  const notes = new TestNotes(() => redact)
  const recorder = new Recorder(notes, ctx.newId)
  const tooLate = AbortSignal.timeout(totalMs)
  const signal = ctx.signal ? AbortSignal.any([tooLate, ctx.signal]) : tooLate
  const running = describeRun(ctx, call)
  const { jobId, startedAt } = running
  const asks = asksApplication(adaptors, call.sendsImports)
  const pageResult = openPageResult(ctx, jobId, false, (text, most) => redact(text, most))
  const ended = (failure?: Failure): TestRun => {
    const told = failure && redactFailure(failure, redact)
    return buildAnswer({ ctx, call, jobId, startedAt, recorder, notes, pageResult, failure: told })
  }
  try {
    const engine = { world: ctx, adaptors: mockAdaptors(adaptors, call.sendsImports), evaluator }
    const plan = await loadPlan(engine, ctx.caller.envId, running.run, signal, {
      record: (_flow, masking) => {
        redact = masking
        return recorder
      },
      asks,
      readsOnly: !call.scriptsWrite,
    })
    await sendOnePage(plan, pageResult, signal)
    return ended()
  } catch (error) {
    if (error instanceof StepFailure) return ended(error.failure)
    if (tooLate.aborted) return ended(late)
    throw error
  }
}

/** As a worker would have it: nothing of it is written. */
function describeRun({ newId, now, caller }: Context, { flowId, exportId, startDate, endDate }: TestCall) {
  const jobId = newId()
  const startedAt = now().toISOString()
  const counts = { ...noCounts, retriable: false }
  const times = { createdAt: startedAt, lastModified: startedAt, startedAt }
  const run: RunningJob = {
    job: { _id: jobId, type: 'flow', status: 'running', _flowId: flowId, _userId: caller.userId, ...times, ...counts },
    order: { exportIds: [exportId], ...(startDate !== undefined && { startDate }), ...(endDate !== undefined && { endDate }) },
    checkpoint: undefined,
    epoch: 0,
  }
  return { jobId, startedAt, run }
}

async function sendOnePage({ generators, path }: Plan, pageResult: PageResult, signal: AbortSignal): Promise<void> {
  const [generator] = generators
  if (!generator) return
  let items: readonly Item[] = []
  for await (const page of generator.pages(undefined)) {
    items = (await generator.refine(page, pageResult)).items
    const { length: numExport } = page.records
    pageResult.add(generator.stepId, { numExport, numSuccess: items.length, numPagesGenerated: 1, numPagesProcessed: 1 })
    break
  }
  if (items.length === 0) return
  await new Pipeline(path).carry({
    number: 0,
    arrivals: [{ path, position: 0, items }],
    pageResult,
    starts: () => signal.throwIfAborted(),
    received: () => undefined,
  })
}

interface Ended {
  readonly ctx: Context
  readonly call: TestCall
  readonly jobId: string
  readonly startedAt: string
  readonly recorder: Recorder
  readonly notes: TestNotes
  readonly pageResult: PageResult
  readonly failure: Failure | undefined
}

function buildAnswer({ ctx, call, jobId, startedAt, recorder, notes, pageResult, failure }: Ended): TestRun {
  const { flowId, exportId, sendsImports, scriptsWrite } = call
  const times = { startedAt, endedAt: ctx.now().toISOString() }
  const status = failure ? 'failed' : 'completed'
  const steps = recorder.steps.map((step, oIndex): TestedStep => ({
    ...describeStep(step),
    _id: ctx.newId(),
    _flowId: flowId,
    _flowJobId: jobId,
    oIndex,
    ...tellStep(step, notes, pageResult),
  }))
  const own = pageResult.counts.get(exportId) ?? noCounts
  const after = [...pageResult.counts].filter(([stepId]) => stepId !== exportId).map(([, counts]) => counts)
  const sum = (field: 'numSuccess' | 'numError' | 'numIgnore'): number => after.reduce((total, counts) => total + counts[field], 0)
  return {
    metadata: { _flowId: flowId, _exportId: exportId, importsSent: sendsImports, scriptsWrote: scriptsWrite, ...times },
    flowJob: {
      _id: jobId,
      type: 'flow',
      _flowId: flowId,
      status,
      ...times,
      ...own,
      numSuccess: sum('numSuccess'),
      numError: own.numError + sum('numError') + (failure ? 1 : 0),
      numIgnore: own.numIgnore + sum('numIgnore'),
      errors: failure ? [{ source: failure.source, code: failure.code, message: failure.message }] : [],
    },
    childJobs: steps,
  }
}

function describeStep({ stepId, kind }: RecordedStep): Pick<TestedStep, 'type' | '_exportId' | '_importId' | '_routerId'> {
  if (kind === 'router') return { type: 'router', _routerId: stepId }
  return kind === 'import' ? { type: 'import', _importId: stepId } : { type: 'export', _exportId: stepId }
}
