/** The rows of requests that were recorded for a step of a flow, each with its answer. */

export interface RequestRow {
  readonly stepId: string
  /** Tells when it was, its status and its method, and orders the newest first. */
  readonly key: string
  readonly at: string
  readonly stage: string
  readonly method: string
  /** Absent where no answer came. */
  readonly statusCode?: number
}

export interface NewRequestRow extends RequestRow {
  /** Masked, and sealed. */
  readonly sealed: string
}

export interface RecordedRequests {
  /** Keeps the newest of each step and drops the others, some more of them than it adds. */
  add(envId: string, flowId: string, requests: readonly NewRequestRow[]): Promise<void>
  find(envId: string, flowId: string, stepId: string, key: string): Promise<string | undefined>
  /** Newest first, those after a key where one is named. */
  list(envId: string, flowId: string, stepId: string, filter: RequestFilter): Promise<readonly Omit<RequestRow, 'stepId'>[]>
  /** How many there were. */
  remove(envId: string, flowId: string, stepId: string, keys: readonly string[]): Promise<number>
}

interface RequestFilter {
  readonly atGt?: string
  readonly atLte?: string
  readonly after?: string
  readonly limit: number
}
