/** The rows of what is kept for a time. Each removes the oldest first, and answers how many it removed. */

type Remove = (before: string, limit: number) => Promise<number>

export interface Retention {
  /** True where the kind is due; no other program removes any of it before this transaction ends. */
  lock(kind: string, now: string): Promise<boolean>
  /** It is looked at again then. */
  postpone(kind: string, nextAt: string): Promise<void>
  /** Runs that ended, with those of their steps. The newest of a flow stays, and those that completed last, since deltas begin with them. */
  removeRuns: Remove
  /** Errors that were resolved, with their retry data and requests. */
  removeResolvedErrors: Remove
  /** Records of errors, whether these are open or not. The errors stay. */
  removeRetryData: Remove
  removeRequests: Remove
  removeAudit: Remove
  removeScriptLogs: Remove
}
