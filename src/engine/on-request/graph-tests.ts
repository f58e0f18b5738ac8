/** What the tests of APIs and of tools have in common: who follows the record, and what is told of each step. */
import type { Context } from '../../domain/context.ts'
import { redactNothing, type Redact } from '../../domain/redaction/masker.ts'
import type { Failure } from '../adaptor.ts'
import type { GraphOptions } from '../graph/load-graph.ts'
import type { PageResult } from '../plan/plan.ts'
import { Recorder, type RecordedStep } from '../recording/recorder.ts'
import { noCounts } from '../run/page-result.ts'
import { redactFailure } from '../run/redact-failure.ts'
import { asksApplication, mockAdaptors } from './mocks.ts'
import type { Parts } from './single-step.ts'
import { TestNotes } from './test-notes.ts'
import { tellStep } from './tested-steps.ts'

/** Of a test, whatever it waits for. Milliseconds. */
export const totalMs = 120_000

interface Allowed {
  readonly sendsImports: boolean
  readonly scriptsWrite: boolean
}

type Told = Pick<PageResult, 'counts' | 'errors'>

const nothing: Told = { counts: new Map(), errors: [] }

export function openGraphTest({ adaptors, evaluator }: Parts, ctx: Context, { sendsImports, scriptsWrite }: Allowed) {
  let masking: Redact = redactNothing
  const redact: Redact = (text, most) => masking(text, most)
  const notes = new TestNotes(() => masking)
  const recorder = new Recorder(notes, ctx.newId)
  const jobId = ctx.newId()
  const startedAt = ctx.now().toISOString()
  const options: GraphOptions = {
    record: (found) => {
      masking = found
      return recorder
    },
    asks: asksApplication(adaptors, sendsImports),
    readsOnly: !scriptsWrite,
  }
  return {
    jobId,
    redact,
    engine: { world: ctx, adaptors: mockAdaptors(adaptors, sendsImports), evaluator },
    options,
    times: () => ({ startedAt, endedAt: ctx.now().toISOString() }),
    /** Of the call as a whole; `failures` are those of no step. */
    tellCall(ownerId: string, { counts, errors }: Told = nothing, failures: readonly Failure[] = []) {
      const own = [...counts].filter(([stepId]) => stepId !== ownerId).map(([, each]) => each)
      const sum = (field: 'numSuccess' | 'numIgnore'): number => own.reduce((total, each) => total + each[field], 0)
      return {
        ...noCounts,
        numSuccess: sum('numSuccess'),
        numIgnore: sum('numIgnore'),
        numError: errors.length + failures.length,
        errors: failures.map((failure) => tellFailure(redactFailure(failure, redact))),
      }
    },
    /** What came in is told first and what goes out last, whenever they were made ready. */
    tellSteps(done: Told = nothing) {
      const steps = recorder.steps.toSorted((a, b) => (places[a.kind] ?? 0) - (places[b.kind] ?? 0))
      return steps.map((step, oIndex) => ({
        _id: ctx.newId(),
        _flowJobId: jobId,
        oIndex,
        step,
        told: tellStep(step, notes, places[step.kind] === 1 ? { ...done, errors: [] } : done),
      }))
    },
  }
}

const places: Readonly<Partial<Record<RecordedStep['kind'], number>>> = { request: -1, input: -1, response: 1, output: 1 }

const tellFailure = ({ source, code, message }: Failure) => ({ source, code, message })

export function describeUse({ stepId, kind }: RecordedStep) {
  if (kind === 'router') return { type: 'router', _routerId: stepId } as const
  return kind === 'import' ? ({ type: 'import', _importId: stepId } as const) : ({ type: 'export', _exportId: stepId } as const)
}
