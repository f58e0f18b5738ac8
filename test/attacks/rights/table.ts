/**
 * What access levels mean on integrator.io, for every operation of the contract: written down from its documents and the README, and not read off the contract.
 * `look`: whoever sees the document. `work`: running flows and working off errors, which `monitor` may too. `change`: `manage` and above. `administer`: users
 * and environments. `own`: of the caller themselves, whatever their level.
 */
import { documentOperations, named, type Verb } from '../../../src/contract/operations/index.ts'

export type Kind = 'look' | 'work' | 'change' | 'administer' | 'own'

const words = (text: string): string[] => text.trim().split(/\s+/)

const kinds: Readonly<Record<Exclude<Kind, 'look'>, readonly string[]>> = {
  own: words(`getProfile getTokenInfo listAccessTokens createAccessToken getAccessToken updateAccessToken deleteAccessToken listSharedAShares
    acceptAShare dismissAShare listSignInMethods createSession getSession deleteSession listSessions endSession redeemPasswordLink changePassword
    endOtherSessions beginOpenIdSignIn finishOpenIdSignIn getPreferences updatePreferences pinTile unpinTile
    updateNotifications getNotificationSettings updateNotificationSettings testNotifications listNotificationMessages`),
  work: words(
    'runFlow resolveErrors resolveApiStepErrors resolveToolStepErrors retryErrors assignIntegrationErrors assignStepErrors tagStepErrors changeMatchingErrors startErrorJob cancelErrorJob',
  ),
  administer: words(`inviteUser inviteUsers listAShares getAShare updateAShare deleteAShare disableAShare reinviteAShare createEnvironment
    updateEnvironment deleteEnvironment`),
  change: words(`patchIntegration patchFlow patchExport patchImport patchScript registerConnectionToIntegration
    replaceFlowConnection replaceExportConnection replaceImportConnection
    registerConnectionToIntegrationByBody unregisterConnectionFromIntegration cloneIntegration cloneFlow cloneApi cloneExport cloneImport restoreFromRecycleBin
    purgeFromRecycleBin getAuthorizationURL signOutConnection pingConnection pingConnectionByPost testConnection pingVirtualConnection invokeExport invokeImport exportOverConnection
    exportPageOverConnection importOverConnection mapOverConnection testFlow testApi testTool previewFilter previewTransform previewTemplate previewFunction deleteExecutionLogs patchConnection getConnectionDebug getConnectionDebugOfResource deleteConnectionDebug deleteStepRequests cancelJob updateRetryData upsertLookupCacheData deleteLookupCacheData
    createUpload appendUpload deleteUpload purgeLookupCacheData getSystemToken rotateSystemToken updateApiGrouping installConnector updateInstallations createConnectorLicense
    updateConnectorLicense deleteConnectorLicense resumeIntegration detachIntegrationLicense changeIntegrationEdition initChildIntegration
    uninstallIntegration showInstallStep takeInstallStep showUninstallStep takeUninstallStep showChangeEditionStep takeChangeEditionStep
    createIntegrationRevision planRevision pullIntegration revertIntegration resolveRevisionConflicts completeRevisionInstallStep applyRevision refreshRevision
    cancelRevision importIntegrationFiles
    ${['', 'Integration', 'Flow', 'Export', 'Import', 'Connection'].map((of) => `delete${of}State put${of}StateValue delete${of}StateValue`).join(' ')}`),
}
const looks: ReadonlySet<string> = new Set(
  words(`listIntegrationErrors listIntegrationFlows listIntegrationExports listIntegrationImports listIntegrationConnections
    listIntegrationAsyncHelpers listIntegrationAshares previewCloneIntegration listRecycleBin getIntegrationTreeMetadata listIntegrationRevisions
    getIntegrationRevision getIntegrationRevisionDiff listRevisionConflicts diffIntegration exportIntegrationFiles getJob listJobs listLatestFlowJobs
    listLatestIntegrationJobs listCurrentJobs listLatestJobs listJobErrors listErrorsOfJob getJobDiagnostics listFlowRunStats listRunTimeSeries listRuns getFlowStats streamEvents listTiles searchDocuments listHttpConnectors
    listNotifications listFlowErrors countMatchingErrors downloadErrors searchFlowErrors searchIntegrationErrors listErrorJobs getErrorJob downloadErrorJob listNextRuns getFlowTemplate getIntegrationTemplate getLastExportDateTime listFlowDescendants listStepErrors listExportErrors listImportErrors listResolvedErrors listExecutionLogs searchExecutionLogs queryExecutionLogs queryExecutionLogData listStepRequests getStepRequest getRetryData
    listApiCalls getApiCall getApiStats listToolErrors listToolStepErrors listResolvedToolStepErrors listApiErrors listApiStepErrors listResolvedApiStepErrors listApiStepRequests getApiStepRequest
    listUploads getLookupCacheData listScriptLogs getSettingsForm listAudit listIntegrationCloneFamily getIntegrationILMIgnoreFields listConnectorLicenses
    getConnectorLicense listLicenses previewInstallConnector listInstallBase
    ${['', 'Integration', 'Flow', 'Export', 'Import', 'Connection'].map((of) => `list${of}State get${of}StateValue`).join(' ')}`),
)

const ofVerb: Readonly<Record<Verb, Kind>> = {
  list: 'look',
  read: 'look',
  dependencies: 'look',
  audit: 'look',
  create: 'change',
  replace: 'change',
  remove: 'change',
}

export function kindOf(id: string): Kind {
  const [found] = Object.entries(kinds).find(([, names]) => names.includes(id)) ?? []
  if (found) return found as Kind
  const document = documentOperations[id]
  if (document) return ofVerb[document.verb]
  if (looks.has(id)) return 'look'
  throw new Error(`say who may call ${id}`)
}

/** What stands in the table and is no operation. */
export const leftOver = (): string[] =>
  [...Object.values(kinds).flat(), ...looks].filter((id) => !(id in named) && !(id in documentOperations))

/** Types whose documents are the whole account's: to whoever is let into some integrations only they are hidden. Tags sort errors, and everybody sees them. */
export const ofTheAccount: ReadonlySet<string> = new Set(['stacks', 'iclients', 'templates', 'connectors', 'ediprofiles', 'environments'])
