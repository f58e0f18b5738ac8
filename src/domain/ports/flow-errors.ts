/** The rows of step errors and of the records behind them. Counts of open errors are kept, never counted. */
import type { Classification } from '../../contract/operations/flows/flow-errors.ts'

export interface FlowError {
  readonly errorId: string
  readonly occurredAt: string
  readonly source: string
  readonly code: string
  readonly message: string
  readonly traceKey?: string
  readonly retryDataKey?: string
  /** Of the request that it came of, and what was answered. */
  readonly reqAndResKey?: string
  readonly _flowJobId: string
  readonly oIndex?: number
  readonly classification?: Classification
  readonly classifiedBy?: 'autopilot'
  /** Where the record is found in the application that it came from, and in the one that it was going to. */
  readonly exportDataURI?: string
  readonly importDataURI?: string
  /** How often its record was sent again by itself, and when it is next. */
  readonly numRetries?: number
  readonly retryAt?: string
  readonly assignedTo?: { readonly _userId: string; readonly email: string; readonly name: string }
  readonly tagIds?: string[]
}

export interface RetryData {
  readonly data: unknown
  readonly stage?: string
  readonly traceKey?: string
}

/** A record as it came to its step. */
export interface NewRetryData extends RetryData {
  /** Where in the flow the record goes on, in the engine's own words; it stays with the data whatever that is replaced by. */
  readonly place?: object
}

export interface NewFlowError extends FlowError {
  readonly stepId: string
  /** The record as it came to the step, where it can be sent again. */
  readonly retry?: NewRetryData
}

export interface OpenCount {
  readonly id: string
  readonly numError: number
  readonly lastErrorAt?: string
}

/** Which errors of a step are meant. */
export interface ErrorFilter {
  readonly occurredAtGte?: string
  readonly occurredAtLte?: string
  readonly source?: string
  readonly classifications?: readonly Classification[]
  /** The run that left them. */
  readonly flowJobId?: string
  readonly code?: string
  /** A part of the message, in whatever case. */
  readonly message?: string
  readonly traceKey?: string
  /** Id of a user; null for errors that nobody looks after. */
  readonly assignedTo?: string | null
  readonly tagId?: string
  readonly errorId?: string
  readonly resolvedAtGte?: string
  readonly resolvedAtLte?: string
}

/** A page of those. */
export interface ErrorPage extends ErrorFilter {
  /** The oldest first. */
  readonly isAscending?: boolean
  /** Errors past this one, in (occurredAt, errorId). */
  readonly after?: ErrorPlace
  readonly limit: number
}

/** Where a page of errors ends, in (occurredAt, errorId). */
export interface ErrorPlace {
  readonly occurredAt: string
  readonly errorId: string
}

/** A step of a flow, API or tool that has errors. */
export interface StepKey {
  readonly flowId: string
  readonly stepId: string
}

export interface ErrorOfStep extends FlowError, StepKey {
  readonly resolvedAt?: string
  readonly resolvedBy?: string
}

/** Whose errors are meant: those of a flow or of all flows of an integration; of one step where it is named. */
export type ErrorScope = { readonly flowId: string; readonly stepId?: string } | { readonly integrationId: string }

export interface ErrorOfRun extends FlowError {
  readonly stepId: string
  readonly resolved: boolean
}

/** The run that errors name, its steps, and the time in which it can have made any. */
export interface RunOfErrors {
  readonly runId: string
  readonly stepIds: readonly string[]
  readonly from: string
  readonly to: string
  readonly limit: number
}

export interface FlowErrors {
  /** Errors of a run, open and resolved, newest first. Looks at those of its time, however many its flow has besides. */
  listByRun(envId: string, flowId: string, run: RunOfErrors): Promise<ErrorOfRun[]>
  /** Records errors of a flow with their retry data, and counts them. */
  add(envId: string, flowId: string, errors: readonly NewFlowError[]): Promise<void>
  /** Open errors of every flow of an integration, flows without any included. Its cost does not grow with the number of errors. */
  countByFlow(envId: string, integrationId: string): Promise<OpenCount[]>
  countByStep(envId: string, flowId: string): Promise<OpenCount[]>
  /**
   * A page of the errors of these steps. It looks at a bounded number of them: where `next` says that there may be more, it can hold fewer than it was
   * asked for.
   */
  listPage(
    envId: string,
    steps: readonly StepKey[],
    state: 'open' | 'resolved',
    page: ErrorPage,
  ): Promise<{ readonly errors: readonly ErrorOfStep[]; readonly next?: ErrorPlace }>
  /** Which of the next so many open errors of a step fit, and nothing of what they say. */
  findMatching(
    envId: string,
    step: StepKey,
    filter: ErrorFilter,
    after: ErrorPlace | undefined,
    looks: number,
  ): Promise<{ readonly errorIds: readonly string[]; readonly next?: ErrorPlace }>
  countOpen(envId: string, flowId: string, stepId: string, filter: ErrorFilter): Promise<number>
  /** Steps that have open errors, or have had any: those after `after`, in the order of their keys. */
  listSteps(envId: string, scope: ErrorScope, state: 'open' | 'any', after: StepKey | undefined, limit: number): Promise<readonly StepKey[]>
  /** Resolves those of the errors that are open; answers how many. */
  resolve(envId: string, flowId: string, stepId: string, errorIds: readonly string[], by: string, at: string): Promise<number>
  /** Resolves the open errors of these trace keys. */
  resolveByTraceKeys(envId: string, flowId: string, stepId: string, traceKeys: readonly string[], by: string, at: string): Promise<void>
}

export interface ErrorAssignment {
  assign(envId: string, flowId: string, stepId: string, errorIds: readonly string[], userId: string): Promise<readonly string[]>
  /** Of whichever flow of the integration. */
  assignAny(envId: string, integrationId: string, errorIds: readonly string[], userId: string): Promise<readonly string[]>
  tag(envId: string, flowId: string, stepId: string, errorIds: readonly string[], tagIds: readonly string[]): Promise<readonly string[]>
  /** Those of these short ids that tags of the environment have. */
  filterKnownTags(envId: string, tagIds: readonly string[]): Promise<readonly string[]>
}
