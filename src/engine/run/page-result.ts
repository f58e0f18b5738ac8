/** Collects what one page did: counts for each step, and an error for every failure with the record to send again. */
import type { Counts } from '../../domain/ports/jobs.ts'
import type { NewFlowError } from '../../domain/ports/flow-errors.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { Failure } from '../adaptor.ts'
import type { Exchange } from '../exchange.ts'
import { classifyError, passes } from './classify-error.ts'
import { createRequestTeller } from './failed-requests.ts'
import type { Item, PageError, PageResult, KeptPlace, StepPlace, StepRetry } from '../plan/plan.ts'
import { redactFailure } from './redact-failure.ts'

/** How records whose errors pass are sent again by themselves. */
export interface Retrying {
  /** How often, at the most. */
  readonly most: number
  /** Before each time; the last holds for those after it, too. Milliseconds. */
  readonly waits: readonly number[]
  /** How often those of this page were, where they do not say it themselves. */
  readonly retries: number
}

export const noCounts: Counts = { numExport: 0, numSuccess: 0, numError: 0, numIgnore: 0, numPagesGenerated: 0, numPagesProcessed: 0 }

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export function openPageResult(
  world: { newId: () => string; now: () => Date },
  flowJobId: string,
  keepsRetryData: boolean,
  redact: Redact,
  retrying?: Retrying,
  keepsPassed = false,
): PageResult {
  const { counts, at } = countBySteps()
  const errors: PageError[] = []
  const { passed, pass } = collectPassed(keepsPassed)
  const gathered: PageResult['gathered'][number][] = []
  const errorOf = createErrors(world, flowJobId, redact)
  return {
    counts,
    errors,
    passed,
    pass,
    gathered,
    gather: (stepId, part) => void gathered.push({ stepId, part }),
    add(stepId, more) {
      const of = at(stepId)
      for (const [field, value] of Object.entries(more)) of[field as keyof Counts] += value
    },
    succeed(stepId, traceKey) {
      at(stepId).numSuccess += 1
      pass(stepId, traceKey)
    },
    ignore: (stepId) => void (at(stepId).numIgnore += 1),
    fail({ stepId, stage, place: spot }, item, failures, { goesOn = false, exchange } = {}) {
      const { record, index, sourceId, retries } = item
      const traceKey = item.stepKey ?? item.traceKey
      at(stepId).numError += failures.length
      // The record is kept once, however many failures it has: all of them name the same retry data.
      const retryDataKey = world.newId()
      const place = spot && keepPlace(spot, item)
      for (const failure of failures) {
        const error = errorOf(stepId, failure, stage, exchange)
        errors.push({
          ...error,
          ...(keepsRetryData && !goesOn && retrying && tellRetry(error, retries ?? retrying.retries, retrying, exchange?.result?.backAt)),
          oIndex: index,
          item: { record, sourceId },
          ...(keepsRetryData && {
            retryDataKey,
            retry: { data: record, stage, ...(place && { place }), ...(traceKey !== undefined && { traceKey }) },
          }),
          ...(traceKey !== undefined && { traceKey }),
        })
      }
    },
    failStep(stepId, failure, exchange, again) {
      at(stepId).numError += 1
      const error = errorOf(stepId, failure, 'apiCall', exchange)
      errors.push({ ...error, ...(again && { retryDataKey: world.newId(), ...keepFile(error, again, retrying) }) })
    },
  }
}

const keepFile = (error: NewFlowError, { data, gathered, retries }: StepRetry, retrying: Retrying | undefined): Partial<NewFlowError> => ({
  ...(retrying && tellRetry(error, retries, retrying)),
  retry: { data, stage: 'upload', place: { gathered } },
})

function createErrors(world: { newId: () => string; now: () => Date }, flowJobId: string, redact: Redact) {
  const tellRequest = createRequestTeller(world.newId, redact)
  return (stepId: string, failure: Failure, stage: string, exchange: Exchange | undefined): PageError => {
    const { code, message } = redactFailure(failure, redact)
    const stamps = { errorId: world.newId(), occurredAt: world.now().toISOString(), _flowJobId: flowJobId }
    const request = tellRequest(stepId, stage, exchange)
    const told = request && { reqAndResKey: request.key, request }
    return { stepId, ...stamps, source: failure.source, code, message, classification: classifyError(failure), ...told }
  }
}

const keepPlace = (place: StepPlace, { traceKey, stepKey, sourceId, sent }: Item): KeptPlace => ({
  ...place,
  sourceId,
  ...(sent && { sent }),
  ...(stepKey !== undefined && traceKey !== undefined && { traceKey }),
})

/**
 * How often its record was sent again by itself, and when it is next: where the error passes, and until it was as often as the flow says; not before its
 * application can be asked again.
 */
function tellRetry(
  { occurredAt, classification }: NewFlowError,
  retries: number,
  { most, waits }: Retrying,
  backAt = 0,
): Pick<NewFlowError, 'numRetries' | 'retryAt'> {
  const wait = retries < most ? (waits[retries] ?? waits.at(-1)) : undefined
  return {
    numRetries: retries,
    ...(wait !== undefined &&
      passes(classification) && { retryAt: new Date(Math.max(Date.parse(occurredAt) + wait, backAt)).toISOString() }),
  }
}

function countBySteps(): { readonly counts: Map<string, Mutable<Counts>>; at(stepId: string): Mutable<Counts> } {
  const counts = new Map<string, Mutable<Counts>>()
  return {
    counts,
    at(stepId) {
      const known = counts.get(stepId) ?? { ...noCounts }
      counts.set(stepId, known)
      return known
    },
  }
}

/** Trace keys of the records that went through each step, where somebody looks at them. */
function collectPassed(keeps: boolean): Pick<PageResult, 'passed' | 'pass'> {
  const passed = new Map<string, Set<string>>()
  return {
    passed,
    pass(stepId, traceKey) {
      if (!keeps || traceKey === undefined) return
      const known = passed.get(stepId)
      if (known) known.add(traceKey)
      else passed.set(stepId, new Set([traceKey]))
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
