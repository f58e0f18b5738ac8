/** One thing that a message tells, as it is kept until the message is sent, and as webhooks get it (docs/notifications.md). */

interface Named {
  readonly _id: string
  readonly name: string
}

export const eventTypes = [
  'flow.errors',
  'flow.run.failed',
  'connection.offline',
  'connection.online',
  'errors.assigned',
  'license.ending',
] as const

export interface NotificationEvent {
  readonly type: (typeof eventTypes)[number]
  /** The first and the last time that it happened since it was last told. */
  readonly firstAt: string
  readonly lastAt: string
  /** How often: errors, runs, assignments. */
  readonly num?: number
  /** Errors of the step that are open. */
  readonly numOpen?: number
  readonly integration?: Named
  readonly flow?: Named
  readonly step?: Named
  readonly connection?: Named
  readonly license?: { readonly _id: string; readonly app?: string; readonly endsAt: string }
  /** Who assigned errors. */
  readonly by?: { readonly name: string; readonly email: string }
  /** The last run that failed. */
  readonly jobId?: string
  /** The newest messages of errors, where the user has switched that on. */
  readonly errors?: readonly QuotedError[]
}

export interface QuotedError {
  readonly source: string
  readonly code: string
  readonly message: string
  readonly traceKey?: string
}
