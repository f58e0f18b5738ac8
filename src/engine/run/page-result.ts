/** Collects what one page did: counts for each step, and an error for every failure with the record to send again. */
import type { Counts } from '../../domain/ports/jobs.ts'
import type { NewFlowError } from '../../domain/ports/flow-errors.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { Failure } from '../adaptor.ts'
import { classifyError } from './classify-error.ts'
import type { PageResult, KeptPlace } from '../plan/plan.ts'
import { redactFailure } from './redact-failure.ts'

export const noCounts: Counts = { numExport: 0, numSuccess: 0, numError: 0, numIgnore: 0, numPagesGenerated: 0, numPagesProcessed: 0 }

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export function openPageResult(
  world: { newId: () => string; now: () => Date },
  flowJobId: string,
  keepsRetryData: boolean,
  redact: Redact,
): PageResult {
  const counts = new Map<string, Mutable<Counts>>()
  const errors: NewFlowError[] = []
  const at = (stepId: string): Mutable<Counts> => {
    const known = counts.get(stepId)
    if (known) return known
    const fresh = { ...noCounts }
    counts.set(stepId, fresh)
    return fresh
  }
  const told = (failure: Failure): Pick<Failure, 'code' | 'message'> => {
    const { code, message } = redactFailure(failure, redact)
    return { code, message }
  }
  const errorOf = (stepId: string, failure: Failure): NewFlowError => ({
    stepId,
    errorId: world.newId(),
    occurredAt: world.now().toISOString(),
    source: failure.source,
    ...told(failure),
    classification: classifyError(failure),
    _flowJobId: flowJobId,
  })
  return {
    counts,
    errors,
    add(stepId, more) {
      const of = at(stepId)
      for (const [field, value] of Object.entries(more)) of[field as keyof Counts] += value
    },
    succeed: (stepId) => void (at(stepId).numSuccess += 1),
    ignore: (stepId) => void (at(stepId).numIgnore += 1),
    fail({ stepId, stage, place: spot }, { record, index, traceKey, sourceId, sent }, failures) {
      at(stepId).numError += failures.length
      // The record is kept once, however many failures it has: all of them name the same retry data.
      const retryDataKey = world.newId()
      const place: KeptPlace | undefined = spot && { ...spot, sourceId, ...(sent && { sent }) }
      for (const failure of failures) {
        errors.push({
          ...errorOf(stepId, failure),
          oIndex: index,
          ...(keepsRetryData && {
            retryDataKey,
            retry: { data: record, stage, ...(place && { place }), ...(traceKey !== undefined && { traceKey }) },
          }),
          ...(traceKey !== undefined && { traceKey }),
        })
      }
    },
    failStep(stepId, failure) {
      at(stepId).numError += 1
      errors.push(errorOf(stepId, failure))
    },
  }
}

/** What several pages did together. */
export function sumResults(results: readonly PageResult[]): Pick<PageResult, 'counts' | 'errors'> {
  const [first, ...more] = results
  if (first && more.length === 0) return first
  const counts = new Map<string, Mutable<Counts>>()
  for (const [stepId, each] of results.flatMap((result) => [...result.counts])) {
    const sum = counts.get(stepId) ?? { ...noCounts }
    counts.set(stepId, sum)
    for (const [field, value] of Object.entries(each)) sum[field as keyof Counts] += value as number
  }
  return { counts, errors: results.flatMap(({ errors }) => errors) }
}
