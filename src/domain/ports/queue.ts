/** The queue as a worker sees it. Runs are put into it by `Jobs.enqueue`, in the transaction that writes them. */

export interface Task {
  readonly envId: string
  readonly jobId: string
  /** Absent in tasks that an older version queued. */
  readonly accountId?: string
}

export interface Worker {
  /** Takes no further task and waits for those at hand: each is told by its signal and is to end soon. */
  stop(): Promise<void>
}

export interface OnMinute {
  /** `minute` is its first moment. */
  readonly start: (minute: Date) => Promise<void>
  /** So long a minute that no worker was there for is still told of, later. Milliseconds. */
  readonly makeUpMs: number
}

export interface Queue {
  /**
   * Hands every task to `carryOut`, at most `concurrency` of one account at once, and one more of others; accounts take turns. A task whose `carryOut` throws is handed out again later, after longer and longer waits;
   * one whose worker dies is handed to another worker within 10 s.
   *
   * Tells one of all workers of each minute, again where that fails, whatever else the worker is at.
   */
  work(carryOut: (task: Task, stopping: AbortSignal) => Promise<void>, concurrency: number, onMinute: OnMinute): Promise<Worker>
}
