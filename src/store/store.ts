/** The store as the domain sees it: every kind of row, on the pool or within one transaction; for everybody, or for one account in its turn. */
import { StoreUnavailable, TransactionConflict } from '../domain/errors.ts'
import { traced } from '../domain/observability/tracing.ts'
import type { World } from '../domain/context.ts'
import { accessTokenRows } from './accounts/access-tokens.ts'
import { accountRows } from './accounts/accounts.ts'
import { ashareRows } from './accounts/ashares.ts'
import { apiCallRows } from './apis/api-calls.ts'
import { preferenceRows } from './accounts/preferences.ts'
import { passwordRows, userIdentityRows, userSessionRows } from './accounts/user-sessions.ts'
import { appUndoLogRows } from './apps/app-undo-log.ts'
import { appRows } from './apps/installations.ts'
import { auditRows } from './accounts/audit.ts'
import { createChangeNotes, noteWrites, type Change, type NoteChange } from './changes/note-changes.ts'
import { cloneRows } from './clones.ts'
import type { Client, Database } from './database/pool.ts'
import { connectionDebugRows } from './connection-debug.ts'
import { dependencyRows } from './dependencies.ts'
import { documentRows } from './documents.ts'
import { automaticRetryRows } from './flows/automatic-retries.ts'
import { errorJobRows } from './flows/error-jobs.ts'
import { errorAssignmentRows } from './flows/error-assignment.ts'
import { blobRows } from './flows/blobs.ts'
import { flowErrorRows } from './flows/flow-errors.ts'
import { uploadRows } from './flows/uploads.ts'
import { controlNumberRows } from './flows/control-numbers.ts'
import { takenFileRows } from './flows/taken-files.ts'
import { gatheredFileRows } from './flows/gathered-files.ts'
import { executionLogRows } from './flows/execution-logs.ts'
import { liveChangeRows } from './flows/live-changes.ts'
import { fileRows } from './file-states.ts'
import { integrationResourceRows } from './integration-resources.ts'
import { jobRows } from './flows/jobs.ts'
import { runListRows } from './flows/run-list.ts'
import { runStatsRows } from './flows/run-stats.ts'
import { lineageRows } from './lineage.ts'
import { licenseRows } from './apps/licenses.ts'
import { lookupCacheDataRows } from './lookup-cache-data.ts'
import { noticeRows } from './notifications/notices.ts'
import { outboxRows } from './notifications/outbox.ts'
import { notificationSettingsRows, subscriptionRows } from './notifications/subscriptions.ts'
import { offlinePingRows, pausedFlowRows } from './flows/pauses.ts'
import { retryDataRows } from './flows/retry-data.ts'
import { recordedRequestRows } from './flows/recorded-requests.ts'
import { recycleBinRows } from './recycle-bin.ts'
import { rateLimitRows } from './accounts/rate-limits.ts'
import { retentionRows } from './retention.ts'
import { scheduledFlowRows } from './flows/scheduled-flows.ts'
import { membershipRows } from './membership.ts'
import { scriptLogRows } from './script-logs.ts'
import { stateRows as integrationStateRows } from './key-value-state.ts'
import { registrationRows } from './registration.ts'
import { revisionRows } from './revisions.ts'
import { toStoreError } from './database/store-errors.ts'
import { ConnectionQuotas, computeQuotas } from './database/connection-quota.ts'
import { authorizationRows } from './sessions/authorizations.ts'
import { connectionSessionRows } from './sessions/connection-sessions.ts'
import { snapshotRows } from './snapshots.ts'
import { tileRows } from './tiles.ts'
import { webhookEventRows } from './webhooks/webhook-events.ts'
import type { Rows, Store } from '../domain/ports/store.ts'

/** What those who watch an environment are told of. */
const writesOfJobs = [
  'enqueue',
  'claim',
  'addSteps',
  'recordProgress',
  'finish',
  'setNumRetry',
  'cancel',
  'addCanceled',
  'cancelFlows',
] as const
const writesOfErrors = ['add', 'resolve', 'resolveByTraceKeys'] as const
const writesOfDocuments = ['write', 'remove'] as const
const writesOfBin = ['restore', 'purge'] as const

const createRows = (client: Client, note: NoteChange): Rows => ({
  documents: noteWrites(documentRows(client), writesOfDocuments, 'documents', note),
  audit: auditRows(client),
  clones: cloneRows(client),
  dependencies: dependencyRows(client),
  integrationResources: integrationResourceRows(client),
  registration: registrationRows(client),
  state: integrationStateRows(client),
  accounts: accountRows(client),
  accessTokens: accessTokenRows(client),
  ashares: ashareRows(client),
  membership: membershipRows(client),
  jobs: noteWrites(jobRows(client), writesOfJobs, 'runs', note),
  runStats: runStatsRows(client),
  runList: runListRows(client),
  liveChanges: liveChangeRows(client),
  flowErrors: noteWrites(flowErrorRows(client), writesOfErrors, 'errors', note),
  errorAssignment: errorAssignmentRows(client),
  errorJobs: errorJobRows(client),
  retryData: retryDataRows(client),
  recordedRequests: recordedRequestRows(client),
  connectionDebug: connectionDebugRows(client),
  executionLogs: executionLogRows(client),
  apiCalls: apiCallRows(client),
  automaticRetries: automaticRetryRows(client),
  offlinePings: offlinePingRows(client),
  pausedFlows: pausedFlowRows(client),
  lineage: lineageRows(client),
  lookupCacheData: lookupCacheDataRows(client),
  scheduledFlows: scheduledFlowRows(client),
  recycleBin: noteWrites(recycleBinRows(client), writesOfBin, 'documents', note),
  rateLimits: rateLimitRows(client),
  snapshots: snapshotRows(client),
  revisions: revisionRows(client),
  files: fileRows(client),
  apps: appRows(client),
  appUndoLog: appUndoLogRows(client),
  licenses: licenseRows(client),
  scriptLogs: scriptLogRows(client),
  webhookEvents: webhookEventRows(client),
  connectionSessions: connectionSessionRows(client),
  authorizations: authorizationRows(client),
  userSessions: userSessionRows(client),
  passwords: passwordRows(client),
  userIdentities: userIdentityRows(client),
  tiles: tileRows(client),
  preferences: preferenceRows(client),
  blobs: blobRows(client),
  gatheredFiles: gatheredFileRows(client),
  controlNumbers: controlNumberRows(client),
  takenFiles: takenFileRows(client),
  uploads: uploadRows(client),
  subscriptions: subscriptionRows(client),
  notificationSettings: notificationSettingsRows(client),
  notices: noticeRows(client),
  outbox: outboxRows(client),
  retention: retentionRows(client),
})

const maxTries = 4

async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const failure = toStoreError(error)
      if (!(failure instanceof TransactionConflict)) throw failure
      // Where others are always faster, later is the time to try.
      if (tries >= maxTries) throw new StoreUnavailable(failure.cause)
    }
  }
}

/** A transaction's own statements say it too: whoever tells one failure from another within it has to know this one. */
const translateErrors = (client: Client): Client => ({
  query: ((...input: [string]) =>
    asStatement(input[0], () => client.query(...input)).catch((error: unknown) => {
      throw toStoreError(error)
    })) as Client['query'],
})

/** By its name, and never by its text or its values. */
const asStatement = <T>(statement: string | { readonly name?: string }, work: () => Promise<T>): Promise<T> =>
  traced(
    `sql ${(typeof statement === 'object' && statement.name) || 'unnamed'}`,
    'client',
    () => ({ 'db.system.name': 'postgresql' }),
    work,
  )

type InTurn = <T>(work: () => Promise<T>) => Promise<T>

const createStore = (database: Database, note: NoteChange, inTurn: InTurn): Store => ({
  // Outside a transaction every statement is one of its own, and may be run again like any other.
  ...createRows(
    {
      query: ((...input: [string]) =>
        tryAgain(() => inTurn(() => asStatement(input[0], () => database.pool.query(...input))))) as Client['query'],
    },
    note,
  ),
  transaction: (work) =>
    tryAgain(async () => {
      // Nobody is told of what is not there yet, or never will be.
      const written = new Set<Change>()
      const result = await inTurn(() =>
        database.transaction((client) => work(createRows(translateErrors(client), (change) => void written.add(change)))),
      )
      written.forEach(note)
      return result
    }),
})

/** Stores of accounts that are kept: making one takes some 10 µs. */
const keptStores = 1000

/** One for everybody, and one for each account, whose statements and transactions wait for a connection of its share. */
export function createStores(database: Database): Pick<World, 'store' | 'storeOf'> {
  const shares = new ConnectionQuotas(computeQuotas(database.connections))
  const kept = new Map<string, Store>()
  const note = createChangeNotes((text, values) => database.pool.query(text, values))
  return {
    store: createStore(database, note, (work) => work()),
    storeOf(accountId) {
      const found = kept.get(accountId)
      if (found) return found
      if (kept.size >= keptStores) kept.clear()
      const store = createStore(database, note, (work) => shares.inTurn(accountId, work))
      kept.set(accountId, store)
      return store
    },
  }
}
