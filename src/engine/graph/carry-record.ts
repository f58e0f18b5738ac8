/** One record on its way through a graph: where it came to, and what failed on the way. */
import type { World } from '../../domain/context.ts'
import type { FlowStep, PageError, PageResult, Path } from '../plan/plan.ts'
import { StepFailure, type Failure, type FlowRecord } from '../adaptor.ts'
import type { Definitions } from '../plan/read-documents.ts'
import { openPageResult } from '../run/page-result.ts'
import { Pipeline } from '../run/pipeline.ts'
import { untilAborted } from '../../domain/limits/until-aborted.ts'

/** Answered to the steps of one call, all together: what they copy into the record is held until the end. Bytes. */
const mostReceived = 50 * 1024 * 1024

export interface GraphCall {
  readonly record: FlowRecord
  /** What its errors name as their run. */
  readonly callId: string
  /** Ends the call, whatever it is at: requests that are under way are given up. */
  readonly signal: AbortSignal
  readonly traceKey?: string
}

export interface GraphResult {
  /** As it came to the end; of one that failed, as it came to the step where it did. */
  readonly record: FlowRecord
  readonly hasSucceeded: boolean
  /** Why it did not come to the end: of the step at which it failed. Masked, as it may be told. */
  readonly failures: readonly GraphFailure[]
  /** Counts and errors by step; those of steps that proceed on failure too. Masked. */
  readonly pageResult: PageResult
}

interface GraphFailure {
  readonly stepId: string
  readonly source: string
  readonly code: string
  readonly message: string
}

interface Carrying {
  readonly path: Path
  /** Whose errors those are that no step has. */
  readonly sourceId: string
  readonly definitions: Definitions
}

export async function carryRecord(world: World, { path, sourceId, definitions }: Carrying, call: GraphCall): Promise<GraphResult> {
  const { record, callId, signal, traceKey } = call
  const pageResult = openPageResult(world, callId, false, definitions.redact)
  const item = { record, index: 0, sourceId, traceKey }
  let end: FlowRecord | undefined
  let bytes = 0
  let at: FlowStep | undefined
  const passing = {
    number: 0,
    arrivals: [{ path, position: 0, items: [item] }],
    pageResult,
    reaches: (step: FlowStep) => void (at = step),
    starts: () => {
      if (signal.aborted) throw new StepFailure(late)
      if (bytes > mostReceived) throw new StepFailure(tooMuch)
    },
    received: (more: number) => void (bytes += more),
    arrived: ([first]: readonly { readonly record: FlowRecord }[]) => void (end = first?.record),
  }
  try {
    // Some things at hand end by bounds of their own, somewhat later; nobody waits for them.
    await untilAborted(new Pipeline(path).carry(passing), signal)
  } catch (error) {
    if (!signal.aborted) throw error
    // Kept where people look for it: at the step that did not come to an end.
    pageResult.fail(at ?? { stepId: sourceId, stage: 'apiCall' }, item, [late])
  }
  if (end) return { record: end, hasSucceeded: true, failures: [], pageResult }
  const failed = lastFailed(pageResult.errors)
  return { record: failed[0]?.item?.record ?? record, hasSucceeded: false, failures: failed.map(tellFailure), pageResult }
}

/** Those of the step at which the record stayed: errors before it are of steps that it went on from. */
function lastFailed(errors: readonly PageError[]): readonly PageError[] {
  const last = errors.at(-1)
  return errors.filter(({ stepId, item }) => stepId === last?.stepId && item?.record === last.item?.record)
}

const tellFailure = ({ stepId, source, code, message }: PageError): GraphFailure => ({ stepId, source, code, message })

const late: Failure = {
  source: 'internal',
  code: 'timeout',
  message:
    'The call took longer than it may, and was at this step. Its requests were given up: look whether the application answers in time.',
}
const tooMuch: Failure = {
  source: 'internal',
  code: 'call_too_large',
  message: `Applications answered more than ${mostReceived / 1024 / 1024} MB to the steps of this call.`,
}
