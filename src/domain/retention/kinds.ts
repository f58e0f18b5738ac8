/** What is kept for a time that settings choose: the one list of kinds. Open errors are in none of them. */
import type { RowsOf } from '../ports/store.ts'

/** Days; undefined keeps it for ever. */
export type RetentionDays = Readonly<Record<RetentionSetting, number | undefined>>

/** As integrator.io has it where it says: 30 days for runs, errors and logs, a year for the audit log. */
export const defaultDays = { runs: 30, errors: 30, retryData: 30, requests: 30, scriptLogs: 30, logs: 30, audit: 365 } as const
export type RetentionSetting = keyof typeof defaultDays

export type RetainedRows = RowsOf<'apiCalls' | 'executionLogs' | 'outbox' | 'retention'>

interface Kind {
  readonly name: string
  /** The setting that says how long; a number of days where none does. */
  readonly keptFor: RetentionSetting | number
  /** Removes the oldest, and answers how many. */
  readonly remove: (rows: RetainedRows, before: string, limit: number) => Promise<number>
}

export const kinds: readonly Kind[] = [
  { name: 'runs', keptFor: 'runs', remove: ({ retention }, ...by) => retention.removeRuns(...by) },
  { name: 'resolved errors', keptFor: 'errors', remove: ({ retention }, ...by) => retention.removeResolvedErrors(...by) },
  { name: 'retry data', keptFor: 'retryData', remove: ({ retention }, ...by) => retention.removeRetryData(...by) },
  { name: 'recorded requests', keptFor: 'requests', remove: ({ retention }, ...by) => retention.removeRequests(...by) },
  { name: 'script logs', keptFor: 'scriptLogs', remove: ({ retention }, ...by) => retention.removeScriptLogs(...by) },
  { name: 'execution logs', keptFor: 'logs', remove: ({ executionLogs }, ...by) => executionLogs.purge(...by) },
  { name: 'calls of APIs', keptFor: 'logs', remove: ({ apiCalls }, ...by) => apiCalls.purge(...by) },
  { name: 'audit log', keptFor: 'audit', remove: ({ retention }, ...by) => retention.removeAudit(...by) },
  { name: 'messages to users', keptFor: 30, remove: ({ outbox }, ...by) => outbox.purge(...by) },
]
