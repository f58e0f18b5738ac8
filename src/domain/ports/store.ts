/** Everything that is read and written in one transaction. */
import type { ApiCalls } from './apis/api-calls.ts'
import type { AShares } from './ashares.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { Accounts } from './accounts.ts'
import type { Apps, AppUndoLog } from './apps.ts'
import type { Audit } from './audit.ts'
import type { Blobs } from './flows/blobs.ts'
import type { Clones, Lineage } from './clones.ts'
import type { Authorizations, ConnectionSessions } from './sessions/connection-sessions.ts'
import type { Dependencies } from './dependencies.ts'
import type { Documents } from './documents.ts'
import type { FlowErrors, ErrorAssignment } from './flow-errors.ts'
import type { ErrorJobs } from './flows/error-jobs.ts'
import type { Uploads } from './flows/uploads.ts'
import type { ControlNumbers } from './flows/control-numbers.ts'
import type { TakenFiles } from './flows/taken-files.ts'
import type { GatheredFiles } from './flows/gathered-files.ts'
import type { IntegrationResources, Tiles } from './integration-resources.ts'
import type { Jobs, ScheduledFlows } from './jobs.ts'
import type { Licenses } from './licenses.ts'
import type { LookupCacheData } from './lookup-cache-data.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Membership } from './membership.ts'
import type { OfflinePings, PausedFlows } from './flows/pauses.ts'
import type { AutomaticRetries, RetryDataRows } from './flows/retries.ts'
import type { RecycleBin } from './recycle-bin.ts'
import type { Registration } from './registration.ts'
import type { Files, Revisions } from './revisions.ts'
import type { State } from './key-value-state.ts'
import type { Snapshots } from './snapshots.ts'
import type { ExecutionLogs } from './recording/execution-logs.ts'
import type { Passwords, Preferences, UserIdentities, UserSessions } from './sessions/user-sessions.ts'
import type { LiveChanges } from './flows/live-changes.ts'
import type { RunStats } from './flows/run-stats.ts'
import type { RunList } from './flows/run-list.ts'
import type { ConnectionDebug } from './recording/connection-debug.ts'
import type { Notices } from './notifications/notices.ts'
import type { Outbox } from './notifications/outbox.ts'
import type { NotificationSettings, Subscriptions } from './notifications/subscriptions.ts'
import type { RecordedRequests } from './recording/recorded-requests.ts'
import type { Retention } from './recording/retention.ts'
import type { ScriptLogs } from './scripts.ts'
import type { WebhookEvents } from './flows/webhooks.ts'

/** Everything that can be read and written in one transaction. */
export interface Rows {
  readonly documents: Documents
  readonly audit: Audit
  readonly clones: Clones
  readonly dependencies: Dependencies
  readonly integrationResources: IntegrationResources
  readonly registration: Registration
  readonly tiles: Tiles
  readonly preferences: Preferences
  readonly state: State
  readonly accounts: Accounts
  readonly accessTokens: AccessTokens
  readonly ashares: AShares
  readonly membership: Membership
  readonly jobs: Jobs
  readonly runStats: RunStats
  readonly runList: RunList
  readonly liveChanges: LiveChanges
  readonly flowErrors: FlowErrors
  readonly errorAssignment: ErrorAssignment
  readonly errorJobs: ErrorJobs
  readonly retryData: RetryDataRows
  readonly recordedRequests: RecordedRequests
  readonly connectionDebug: ConnectionDebug
  readonly executionLogs: ExecutionLogs
  readonly apiCalls: ApiCalls
  readonly automaticRetries: AutomaticRetries
  readonly offlinePings: OfflinePings
  readonly pausedFlows: PausedFlows
  readonly lineage: Lineage
  readonly lookupCacheData: LookupCacheData
  readonly scheduledFlows: ScheduledFlows
  readonly recycleBin: RecycleBin
  readonly rateLimits: RateLimits
  readonly snapshots: Snapshots
  readonly revisions: Revisions
  readonly files: Files
  readonly apps: Apps
  readonly appUndoLog: AppUndoLog
  readonly licenses: Licenses
  readonly scriptLogs: ScriptLogs
  readonly webhookEvents: WebhookEvents
  readonly connectionSessions: ConnectionSessions
  readonly authorizations: Authorizations
  readonly userSessions: UserSessions
  readonly passwords: Passwords
  readonly userIdentities: UserIdentities
  readonly blobs: Blobs
  readonly gatheredFiles: GatheredFiles
  readonly controlNumbers: ControlNumbers
  readonly takenFiles: TakenFiles
  readonly uploads: Uploads
  readonly subscriptions: Subscriptions
  readonly notificationSettings: NotificationSettings
  readonly notices: Notices
  readonly outbox: Outbox
  readonly retention: Retention
}

/** What a function takes that reads and writes some subjects and no others. */
export type RowsOf<Subject extends keyof Rows> = Pick<Rows, Subject>

export interface Store extends Rows {
  /** All of `work` or nothing. Runs it again when PostgreSQL asks for that (deadlock, serialisation), so it must do nothing but read and write rows. */
  transaction<T>(work: (rows: Rows) => Promise<T>): Promise<T>
}
