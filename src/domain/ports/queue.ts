/** The queue as a worker sees it. Runs are put into it by `Jobs.enqueue`, in the transaction that writes them. */

export interface Task {
  readonly accountId: string
  readonly jobId: string
}

export interface Worker {
  /** Takes no further task and waits for those at hand: each is told by its signal and is to end soon. */
  stop(): Promise<void>
}

export interface Queue {
  /**
   * Hands every task to `carryOut`, at most `concurrency` at once. A task whose `carryOut` throws is handed out again later, after longer and longer waits;
   * one whose worker dies is handed to another worker within 10 s.
   */
  work(carryOut: (task: Task, stopping: AbortSignal) => Promise<void>, concurrency: number): Promise<Worker>
}
