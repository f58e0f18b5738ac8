/** The rows of what retries send again: the records of errors as they came to their step, and the steps with records that go again by themselves. */
import type { ErrorFilter, NewRetryData, RetryData } from '../flow-errors.ts'

/** What is to be sent again for an error. */
export interface Retryable extends NewRetryData {
  readonly retryDataKey: string
  readonly errorId: string
  /** Of its data as it is kept. */
  readonly bytes: number
  /** How often the record was sent again by itself so far. */
  readonly numRetries: number
}

/** Errors whose records are to be sent again, chosen by what they have in common. */
export interface RetryFilter extends ErrorFilter {
  /** Those that are to be sent again by themselves at this time or before. */
  readonly dueBy?: string
  /** None that this run left. */
  readonly exceptJobId?: string
}

/** Where a retry by filter goes on: the last retry data that it came to. */
export interface RetryCursor {
  readonly seq: number
  readonly key: string
}

export interface RetryDataRows {
  /** The open errors that these keys belong to, with what to send again. Unknown keys are missing from the answer. */
  listRetryable(envId: string, flowId: string, stepId: string, retryDataKeys: readonly string[]): Promise<readonly Retryable[]>
  /** Those of the keys that have retry data of an open error. */
  filterRetryable(envId: string, flowId: string, stepId: string, retryDataKeys: readonly string[]): Promise<ReadonlySet<string>>
  /** Key of the retry data of each of these errors, by id: of those that are open and have some. */
  findKeys(envId: string, flowId: string, stepId: string, errorIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Retry data of open errors that fit, oldest first: those after `after`. */
  listFitting(
    envId: string,
    flowId: string,
    stepId: string,
    filter: RetryFilter,
    after: RetryCursor | undefined,
    limit: number,
  ): Promise<readonly RetryCursor[]>
  /** How many of the next `limit` retry data of the step fit, and the last one that was looked at: none where there are no more. */
  countFitting(
    envId: string,
    flowId: string,
    stepId: string,
    filter: RetryFilter,
    after: RetryCursor | undefined,
    limit: number,
  ): Promise<{ readonly fitting: number; readonly last?: RetryCursor }>
  find(envId: string, flowId: string, stepId: string, retryDataKey: string): Promise<RetryData | undefined>
  /** The same; nobody else changes it before the end of the transaction. */
  lock(envId: string, flowId: string, stepId: string, retryDataKey: string): Promise<RetryData | undefined>
  /** Its errors are not sent again by themselves any more. False where there is no such data. */
  replace(envId: string, flowId: string, stepId: string, retryDataKey: string, data: RetryData): Promise<boolean>
}

/** A step with records that are to be sent again by themselves. */
export interface DueRetry {
  readonly envId: string
  readonly flowId: string
  readonly stepId: string
}

export interface AutomaticRetries {
  /** A step whose time has come, of whichever account: nobody else gets it before this transaction ends. */
  takeDue(now: string): Promise<DueRetry | undefined>
  /** Waits for the next error of the step that is due after `now`, or for nothing where there is none. */
  moveOn(due: DueRetry, now: string): Promise<void>
  postpone(due: DueRetry, until: string): Promise<void>
  /** Its records could not be sent: they are looked at again then. */
  startAgain(due: DueRetry, at: string): Promise<void>
  /** Whether an automatic retry of the step waits that no worker has begun. */
  isWaiting(due: DueRetry): Promise<boolean>
}
