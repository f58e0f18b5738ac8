/** The rows of what stages made of records in runs. */

export interface LogRow {
  readonly at: string
  readonly stepId: string
  /** The page. */
  readonly groupId: string
  /** Empty where it is about the page as a whole. */
  readonly recordId: string
  readonly traceKey?: string
  readonly oIndex?: number
  readonly stage: string
  readonly status: 'success' | 'error'
}

export interface NewLogRow extends LogRow {
  /** Masked, and sealed; absent where only that it happened is kept. */
  readonly sealed?: string
}

export interface LogFilter {
  readonly stepId?: string
  readonly traceKey?: string
  readonly recordId?: string
  readonly groupId?: string
  readonly stage?: string
  readonly status?: string
  readonly atGt?: string
  readonly atLte?: string
  /** Rows after this one. */
  readonly after?: number
  readonly limit: number
}

interface LogSearch {
  readonly traceKey: string
  readonly atGt?: string
  readonly atLte?: string
  /** Rows before this one. */
  readonly before?: number
  readonly limit: number
}

export type FoundLogRow = NewLogRow & { readonly id: number; readonly jobId: string }

/** A run, and when it can have written entries. */
export interface TimeOfRun {
  readonly jobId: string
  readonly from: string
  readonly to: string
}

export interface ExecutionLogs {
  /** Beyond `most` bytes of the environment its oldest are removed. */
  add(envId: string, flowId: string, jobId: string, rows: readonly NewLogRow[], most: number): Promise<void>
  /** In the order in which they were written. */
  list(envId: string, flowId: string, run: TimeOfRun, filter: LogFilter): Promise<readonly FoundLogRow[]>
  /** Of all runs, the last written first. */
  search(envId: string, flowId: string, search: LogSearch): Promise<readonly FoundLogRow[]>
  /** What the flow says of it at the moment (`logging`). */
  readLogging(envId: string, flowId: string): Promise<unknown>
  remove(envId: string, flowId: string, from: string, to: string): Promise<number>
  /** Makes room for the day of `from`, and for so many after it. Entries of other days are kept, too, but are not dropped with their day. */
  addDays(from: string, ahead: number): Promise<void>
  /** Drops a day that ended before, and removes some of what else is older, of every environment. Answers `most` where there is more. */
  purge(before: string, most: number): Promise<number>
}
