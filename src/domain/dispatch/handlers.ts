/** Maps each named operation to its handler. A missing handler, or one of the wrong type, does not compile. */
import type { Input, Operation, Result } from '../../contract/operation.ts'
import type { Named } from '../../contract/operations/index.ts'
import { listResolvedToolStepErrors, listToolErrors, listToolStepErrors, resolveToolStepErrors } from '../flows/tool-errors.ts'
import { nameOperations } from '../../contract/operations/documents/key-value-state.ts'
import { listAudit } from '../documents/audit-log.ts'
import type { Bytes, EventStream, FileStream, JsonPage, JsonText, SessionCookie, SignInStart } from '../result.ts'
import { listAccessTokens, createAccessToken, getAccessToken, updateAccessToken, deleteAccessToken } from '../accounts/access-tokens.ts'
import { getProfile } from '../accounts/accounts.ts'
import { getPreferences, updatePreferences } from '../accounts/preferences.ts'
import { changePassword, createSession, listSignInMethods, redeemPasswordLink } from '../accounts/sign-in.ts'
import { beginOpenIdSignIn, finishOpenIdSignIn } from '../accounts/openid-sign-in.ts'
import { listNotificationMessages, testNotifications } from '../notifications/messages.ts'
import { getNotificationSettings, updateNotificationSettings } from '../notifications/settings.ts'
import { listNotifications, updateNotifications } from '../notifications/subscriptions.ts'
import { deleteSession, endOtherSessions, endSession, getSession, listSessions } from '../accounts/user-sessions.ts'
import { initChildIntegration } from '../apps/children.ts'
import { changeIntegrationEdition } from '../apps/change-edition.ts'
import { previewInstallConnector, installConnector, listInstallBase } from '../apps/install.ts'
import {
  listConnectorLicenses,
  createConnectorLicense,
  getConnectorLicense,
  updateConnectorLicense,
  deleteConnectorLicense,
  listLicenses,
} from '../apps/licenses.ts'
import { resumeIntegration, detachIntegrationLicense } from '../app-code/licensing.ts'
import { showStep, takeStep } from '../apps/steps/take-step.ts'
import { uninstallIntegration } from '../apps/uninstall.ts'
import { updateInstallations } from '../apps/updates.ts'
import { getApiCall, getApiStats, listApiCalls } from '../apis/api-calls.ts'
import {
  getApiStepRequest,
  listApiErrors,
  listApiStepErrors,
  listApiStepRequests,
  listResolvedApiStepErrors,
  resolveApiStepErrors,
} from '../apis/api-errors.ts'
import { updateApiGrouping } from '../documents/api-groups.ts'
import { cloneIntegration, cloneFlow, cloneApi, cloneExport, cloneImport } from '../clone/clone.ts'
import { getFlowTemplate, getIntegrationTemplate } from '../clone/template-links.ts'
import { previewCloneIntegration } from '../clone/preview.ts'
import {
  inviteUser,
  inviteUsers,
  listAShares,
  getAShare,
  updateAShare,
  deleteAShare,
  disableAShare,
  reinviteAShare,
  listIntegrationAshares,
} from '../accounts/ashares.ts'
import { listIntegrationCloneFamily, getIntegrationILMIgnoreFields } from '../integrations/clone-family.ts'
import { assignIntegrationErrors, assignStepErrors, tagStepErrors } from '../flows/error-assignment.ts'
import { listFlowErrors, listStepErrors, listResolvedErrors, resolveErrors } from '../flows/flow-errors.ts'
import { retryErrors, getRetryData, updateRetryData } from '../flows/retries.ts'
import {
  listIntegrationFlows,
  listIntegrationExports,
  listIntegrationImports,
  listIntegrationConnections,
  listIntegrationAsyncHelpers,
} from '../integrations/integration-resources.ts'
import { listIntegrationErrors } from '../integrations/integration-errors.ts'
import { invokeExport, invokeImport, exportOver, importOverConnection, mapOverConnection } from '../on-request/invocations.ts'
import { deleteStepRequests, getStepRequest, listStepRequests } from '../flows/recorded-requests.ts'
import { deleteConnectionDebug, getConnectionDebug, getConnectionDebugOfResource } from '../on-request/connection-debug.ts'
import {
  deleteExecutionLogs,
  listExecutionLogs,
  queryExecutionLogData,
  queryExecutionLogs,
  searchExecutionLogs,
} from '../flows/execution-logs.ts'
import { cancelErrorJob, downloadErrorJob, getErrorJob, listErrorJobs, startErrorJob } from '../flows/error-jobs.ts'
import { searchFlowErrors, searchIntegrationErrors } from '../flows/error-search.ts'
import { changeMatchingErrors, countMatchingErrors, downloadErrors } from '../flows/matching-errors.ts'
import { replaceExportConnection, replaceFlowConnection, replaceImportConnection } from '../documents/replace-connection.ts'
import { searchDocuments } from '../documents/name-search.ts'
import { listNextRuns } from '../flows/next-runs.ts'
import { getLastExportDateTime } from '../flows/runs/last-exports.ts'
import { listFlowDescendants } from '../flows/descendants.ts'
import { streamEvents } from '../flows/events.ts'
import { testApi } from '../on-request/test-apis.ts'
import { previewFilter, previewFunction, previewTemplate, previewTransform } from '../on-request/previews.ts'
import { testFlow } from '../on-request/test-runs.ts'
import { testTool } from '../on-request/test-tools.ts'
import { getJob, listJobs, cancelJob } from '../flows/jobs.ts'
import { listLatestFlowJobs, listLatestIntegrationJobs, listLatestJobs, listCurrentJobs } from '../flows/latest-jobs.ts'
import { applyRevision, cancelRevision } from '../lifecycle/apply.ts'
import { diffIntegration } from '../lifecycle/compare/compare-states.ts'
import { listRevisionConflicts, resolveRevisionConflicts } from '../lifecycle/conflicts.ts'
import { planRevision } from '../lifecycle/plan-revision.ts'
import { pullIntegration } from '../lifecycle/pull.ts'
import { exportIntegrationFiles } from '../lifecycle/files/export-files.ts'
import { importIntegrationFiles } from '../lifecycle/files/import-files.ts'
import { completeRevisionInstallStep } from '../lifecycle/install/complete-step.ts'
import { refreshRevision } from '../lifecycle/refresh-revision.ts'
import { revertIntegration } from '../lifecycle/revert.ts'
import { getIntegrationRevisionDiff } from '../lifecycle/compare/revision-diff.ts'
import { listIntegrationState } from '../lifecycle/snapshots/list-state.ts'
import { listIntegrationRevisions, getIntegrationRevision, createIntegrationRevision } from '../lifecycle/snapshots/revision-history.ts'
import { appendUpload, createUpload, deleteUpload, listUploads } from '../flows/uploads.ts'
import { upsertLookupCacheData, getLookupCacheData, deleteLookupCacheData, purgeLookupCacheData } from '../documents/lookup-cache-data.ts'
import { patch } from '../documents/patch.ts'
import { getAuthorizationURL, signOutConnection } from '../on-request/authorizations.ts'
import { pingConnection, pingVirtualConnection } from '../on-request/pings.ts'
import type { Context } from '../context.ts'
import { listRecycleBin, restoreFromRecycleBin, purgeFromRecycleBin } from '../documents/recycle-bin.ts'
import {
  registerConnectionToIntegration,
  registerConnectionToIntegrationByBody,
  unregisterConnectionFromIntegration,
} from '../integrations/registration.ts'
import { listRuns } from '../flows/runs/run-list.ts'
import {
  listErrorsOfJob,
  listJobErrors,
  getFlowStats,
  getJobDiagnostics,
  listFlowRunStats,
  listRunTimeSeries,
} from '../flows/runs/run-reports.ts'
import { runFlow } from '../flows/run-flow.ts'
import { listSharedAShares, acceptAShare, dismissAShare } from '../accounts/shared-ashares.ts'
import { listScriptLogs } from '../documents/script-logs.ts'
import { getSettingsForm } from '../documents/settings-form.ts'
import { environmentStateHandlers, stateHandlers } from '../documents/key-value-state.ts'
import { getSystemToken, rotateSystemToken } from '../documents/system-tokens.ts'
import { listTiles, nothing, pinTile, unpinTile } from '../integrations/tiles.ts'
import { getIntegrationTreeMetadata } from '../integrations/tree-metadata.ts'

type Handlers<Ops extends Record<string, Operation>> = {
  readonly [K in keyof Ops]: (
    ctx: Context,
    input: Input<Ops[K]>,
  ) => Promise<Result<Ops[K]> | JsonText | JsonPage | Bytes | EventStream | FileStream | SessionCookie | SignInStart | undefined>
}

export const handlers: Handlers<Named> = {
  patchIntegration: patch('integrations'),
  patchFlow: patch('flows'),
  patchExport: patch('exports'),
  patchImport: patch('imports'),
  patchScript: patch('scripts'),
  patchConnection: patch('connections'),
  replaceFlowConnection,
  replaceExportConnection,
  replaceImportConnection,
  listIntegrationErrors,
  listIntegrationFlows,
  listIntegrationExports,
  listIntegrationImports,
  listIntegrationConnections,
  listIntegrationAsyncHelpers,
  registerConnectionToIntegration,
  registerConnectionToIntegrationByBody,
  unregisterConnectionFromIntegration,
  previewCloneIntegration,
  cloneIntegration,
  cloneFlow,
  cloneApi,
  cloneExport,
  cloneImport,
  listRecycleBin,
  restoreFromRecycleBin,
  purgeFromRecycleBin,
  getIntegrationTreeMetadata,
  pingConnection,
  pingConnectionByPost: pingConnection,
  testConnection: pingConnection,
  pingVirtualConnection,
  getAuthorizationURL,
  signOutConnection,
  invokeExport,
  invokeImport,
  exportOverConnection: exportOver('many'),
  exportPageOverConnection: exportOver('one'),
  importOverConnection,
  mapOverConnection,
  runFlow,
  testFlow,
  testApi,
  testTool,
  previewFilter,
  previewTransform,
  previewTemplate,
  previewFunction,
  listExecutionLogs,
  searchExecutionLogs,
  queryExecutionLogs,
  queryExecutionLogData,
  deleteExecutionLogs,
  getConnectionDebug,
  getConnectionDebugOfResource,
  deleteConnectionDebug,
  listStepRequests,
  getStepRequest,
  deleteStepRequests,
  getJob,
  listJobs,
  cancelJob,
  listLatestFlowJobs,
  listLatestIntegrationJobs,
  listLatestJobs,
  listCurrentJobs,
  listJobErrors,
  listErrorsOfJob,
  getJobDiagnostics,
  listFlowRunStats,
  listRunTimeSeries,
  listRuns,
  streamEvents,
  getFlowStats,
  listTiles,
  pinTile,
  unpinTile,
  listHttpConnectors: nothing,
  listNotifications,
  updateNotifications,
  getNotificationSettings,
  updateNotificationSettings,
  testNotifications,
  listNotificationMessages,
  listFlowErrors,
  countMatchingErrors,
  changeMatchingErrors,
  downloadErrors,
  searchFlowErrors,
  searchIntegrationErrors,
  startErrorJob,
  listErrorJobs,
  getErrorJob,
  cancelErrorJob,
  downloadErrorJob,
  listNextRuns,
  getFlowTemplate,
  getIntegrationTemplate,
  getLastExportDateTime,
  listFlowDescendants,
  searchDocuments,
  listStepErrors,
  listExportErrors: listStepErrors,
  listImportErrors: listStepErrors,
  listResolvedErrors,
  resolveErrors,
  retryErrors,
  getRetryData,
  updateRetryData,
  createUpload,
  appendUpload,
  listUploads,
  deleteUpload,
  upsertLookupCacheData,
  getLookupCacheData,
  deleteLookupCacheData,
  purgeLookupCacheData,
  listScriptLogs,
  getSettingsForm,
  getSystemToken,
  rotateSystemToken,
  updateApiGrouping,
  listApiCalls,
  getApiCall,
  getApiStats,
  listApiErrors,
  listApiStepErrors,
  listResolvedApiStepErrors,
  resolveApiStepErrors,
  listApiStepRequests,
  getApiStepRequest,
  listToolErrors,
  listToolStepErrors,
  listResolvedToolStepErrors,
  resolveToolStepErrors,
  listAudit,
  listIntegrationCloneFamily,
  getIntegrationILMIgnoreFields,
  assignIntegrationErrors,
  assignStepErrors,
  tagStepErrors,
  listAccessTokens,
  createAccessToken,
  getAccessToken,
  updateAccessToken,
  deleteAccessToken,
  getPreferences,
  updatePreferences,
  getProfile,
  listSignInMethods,
  createSession,
  beginOpenIdSignIn,
  finishOpenIdSignIn,
  getSession,
  deleteSession,
  listSessions,
  endOtherSessions,
  endSession,
  redeemPasswordLink,
  changePassword,
  inviteUser,
  inviteUsers,
  listAShares,
  getAShare,
  updateAShare,
  deleteAShare,
  disableAShare,
  reinviteAShare,
  listIntegrationAshares,
  listSharedAShares,
  acceptAShare,
  dismissAShare,
  listIntegrationRevisions,
  getIntegrationRevision,
  createIntegrationRevision,
  getIntegrationRevisionDiff,
  planRevision,
  pullIntegration,
  revertIntegration,
  listRevisionConflicts,
  resolveRevisionConflicts,
  completeRevisionInstallStep,
  applyRevision,
  refreshRevision,
  cancelRevision,
  diffIntegration,
  exportIntegrationFiles,
  importIntegrationFiles,
  listConnectorLicenses,
  createConnectorLicense,
  getConnectorLicense,
  updateConnectorLicense,
  deleteConnectorLicense,
  listLicenses,
  previewInstallConnector,
  installConnector,
  listInstallBase,
  updateInstallations,
  resumeIntegration,
  detachIntegrationLicense,
  changeIntegrationEdition,
  initChildIntegration,
  uninstallIntegration,
  showInstallStep: showStep('installSteps'),
  takeInstallStep: takeStep('installSteps'),
  showUninstallStep: showStep('uninstallSteps'),
  takeUninstallStep: takeStep('uninstallSteps'),
  showChangeEditionStep: showStep('changeEditionSteps'),
  takeChangeEditionStep: takeStep('changeEditionSteps'),
  ...nameOperations('', environmentStateHandlers),
  ...nameOperations('Integration', { ...stateHandlers('integrations'), list: listIntegrationState }),
  ...nameOperations('Flow', stateHandlers('flows')),
  ...nameOperations('Export', stateHandlers('exports')),
  ...nameOperations('Import', stateHandlers('imports')),
  ...nameOperations('Connection', stateHandlers('connections')),
  getTokenInfo: async ({ caller }) => ({ _userId: caller.userId, scope: caller.scope }),
}
