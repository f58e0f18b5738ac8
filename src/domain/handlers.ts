/** Who carries out which named operation. An operation without a handler, or one of the wrong type, does not compile. */
import type { Input, Operation, Result } from '../contract/operation.ts'
import type { Named } from '../contract/operations/index.ts'
import { stateNamed } from '../contract/operations/state.ts'
import { listAudit } from './audit.ts'
import type { Bytes, JsonPage, JsonText } from './answer.ts'
import * as accessTokens from './access-tokens.ts'
import { profileOf } from './accounts.ts'
import * as appChildren from './apps/children.ts'
import { changeEdition } from './apps/change-edition.ts'
import * as appInstall from './apps/install.ts'
import * as appLicenses from './apps/licenses.ts'
import * as appLicensing from './apps/licensing.ts'
import { showStep, takeStep } from './apps/steps.ts'
import { uninstall } from './apps/uninstall.ts'
import { update } from './apps/updates.ts'
import * as apis from './apis.ts'
import * as clones from './clone/clone.ts'
import { preview } from './clone/preview.ts'
import * as ashares from './ashares.ts'
import * as cloneFamily from './clone-family.ts'
import * as errorAssignment from './error-assignment.ts'
import * as flowErrors from './flow-errors.ts'
import * as integrationResources from './integration-resources.ts'
import * as integrations from './integrations.ts'
import * as invocations from './invocations.ts'
import * as jobs from './jobs.ts'
import * as latestJobs from './latest-jobs.ts'
import * as applying from './lifecycle/apply.ts'
import { compare } from './lifecycle/compare.ts'
import * as conflicts from './lifecycle/conflicts.ts'
import { pull } from './lifecycle/pull.ts'
import { exportFiles } from './lifecycle/export-files.ts'
import { importFiles } from './lifecycle/import-files.ts'
import { completeStep } from './lifecycle/complete-step.ts'
import * as reopening from './lifecycle/reopen.ts'
import { revert } from './lifecycle/revert.ts'
import * as diffs from './lifecycle/diff.ts'
import * as snapshots from './lifecycle/snapshot.ts'
import * as lookupCaches from './lookup-caches.ts'
import { patch } from './patch.ts'
import * as pings from './pings.ts'
import type { Context } from './ports.ts'
import * as recycleBin from './recycle-bin.ts'
import * as registration from './registration.ts'
import * as runReports from './run-reports.ts'
import { runFlow } from './run-flow.ts'
import * as sharedAShares from './shared-ashares.ts'
import { listScriptLogs } from './script-logs.ts'
import { getSettingsForm } from './settings-form.ts'
import * as state from './state.ts'
import * as stacks from './stacks.ts'
import { listTiles, nothing } from './tiles.ts'
import { getTreeMetadata } from './tree-metadata.ts'

type Handlers<Ops extends Record<string, Operation>> = {
  readonly [K in keyof Ops]: (ctx: Context, input: Input<Ops[K]>) => Promise<Result<Ops[K]> | JsonText | JsonPage | Bytes | undefined>
}

export const handlers: Handlers<Named> = {
  patchIntegration: patch('integrations'),
  patchFlow: patch('flows'),
  patchExport: patch('exports'),
  patchImport: patch('imports'),
  patchScript: patch('scripts'),
  listIntegrationErrors: integrations.listErrors,
  listIntegrationFlows: integrationResources.listFlows,
  listIntegrationExports: integrationResources.listExports,
  listIntegrationImports: integrationResources.listImports,
  listIntegrationConnections: integrationResources.listConnections,
  listIntegrationAsyncHelpers: integrationResources.listAsyncHelpers,
  registerConnectionToIntegration: registration.register,
  registerConnectionToIntegrationByBody: registration.registerByBody,
  unregisterConnectionFromIntegration: registration.unregister,
  previewCloneIntegration: preview,
  cloneIntegration: clones.cloneIntegration,
  cloneFlow: clones.cloneFlow,
  cloneExport: clones.cloneExport,
  cloneImport: clones.cloneImport,
  listRecycleBin: recycleBin.list,
  restoreFromRecycleBin: recycleBin.restore,
  purgeFromRecycleBin: recycleBin.purge,
  getIntegrationTreeMetadata: getTreeMetadata,
  pingConnection: pings.ping,
  pingConnectionByPost: pings.ping,
  testConnection: pings.ping,
  pingVirtualConnection: pings.pingVirtual,
  invokeExport: invocations.invokeExport,
  invokeImport: invocations.invokeImport,
  exportOverConnection: invocations.exportOver('many'),
  exportPageOverConnection: invocations.exportOver('one'),
  importOverConnection: invocations.importOver,
  mapOverConnection: invocations.mapOver,
  runFlow,
  getJob: jobs.get,
  listJobs: jobs.list,
  cancelJob: jobs.cancel,
  listLatestFlowJobs: latestJobs.ofFlow,
  listLatestIntegrationJobs: latestJobs.ofIntegration,
  listCurrentJobs: latestJobs.current,
  listJobErrors: runReports.listErrors,
  getJobDiagnostics: runReports.diagnose,
  listFlowRunStats: runReports.sumUp,
  listTiles,
  listHttpConnectors: nothing,
  listMcpServers: nothing,
  listFileDefinitions: nothing,
  listNotifications: nothing,
  listFlowErrors: flowErrors.countBySteps,
  listStepErrors: flowErrors.listOpen,
  listExportErrors: flowErrors.listOpen,
  listImportErrors: flowErrors.listOpen,
  listResolvedErrors: flowErrors.listResolved,
  resolveErrors: flowErrors.resolve,
  retryErrors: flowErrors.retry,
  getRetryData: flowErrors.getRetryData,
  updateRetryData: flowErrors.updateRetryData,
  upsertLookupCacheData: lookupCaches.upsert,
  getLookupCacheData: lookupCaches.getData,
  deleteLookupCacheData: lookupCaches.deleteData,
  purgeLookupCacheData: lookupCaches.purge,
  listScriptLogs,
  getSettingsForm,
  getSystemToken: stacks.getSystemToken,
  rotateSystemToken: stacks.rotateSystemToken,
  updateApiGrouping: apis.updateGrouping,
  listAudit,
  listIntegrationCloneFamily: cloneFamily.listFamily,
  getIntegrationILMIgnoreFields: cloneFamily.getIgnorable,
  assignIntegrationErrors: errorAssignment.assignOfIntegration,
  assignStepErrors: errorAssignment.assignOfStep,
  tagStepErrors: errorAssignment.tag,
  listAccessTokens: accessTokens.list,
  createAccessToken: accessTokens.create,
  getAccessToken: accessTokens.get,
  updateAccessToken: accessTokens.update,
  deleteAccessToken: accessTokens.remove,
  getProfile: profileOf,
  inviteUser: ashares.invite,
  inviteUsers: ashares.inviteMultiple,
  listAShares: ashares.list,
  getAShare: ashares.get,
  updateAShare: ashares.update,
  deleteAShare: ashares.remove,
  disableAShare: ashares.disable,
  reinviteAShare: ashares.reinvite,
  listIntegrationAshares: ashares.listOfIntegration,
  listSharedAShares: sharedAShares.listShared,
  acceptAShare: sharedAShares.accept,
  dismissAShare: sharedAShares.dismiss,
  listIntegrationRevisions: snapshots.list,
  getIntegrationRevision: snapshots.get,
  createIntegrationRevision: snapshots.create,
  getIntegrationRevisionDiff: diffs.ofRevision,
  pullIntegration: pull,
  revertIntegration: revert,
  listRevisionConflicts: conflicts.list,
  resolveRevisionConflicts: conflicts.resolve,
  completeRevisionInstallStep: completeStep,
  applyRevision: applying.apply,
  refreshRevision: reopening.refresh,
  cancelRevision: applying.cancel,
  diffIntegration: compare,
  exportIntegrationFiles: exportFiles,
  importIntegrationFiles: importFiles,
  listConnectorLicenses: appLicenses.listOfConnector,
  createConnectorLicense: appLicenses.create,
  getConnectorLicense: appLicenses.get,
  updateConnectorLicense: appLicenses.update,
  deleteConnectorLicense: appLicenses.remove,
  listLicenses: appLicenses.listOfAccount,
  previewInstallConnector: appInstall.preview,
  installConnector: appInstall.install,
  listInstallBase: appInstall.listInstallBase,
  updateInstallations: update,
  resumeIntegration: appLicensing.resume,
  detachIntegrationLicense: appLicensing.detachLicense,
  changeIntegrationEdition: changeEdition,
  initChildIntegration: appChildren.initChild,
  uninstallIntegration: uninstall,
  showInstallStep: showStep('installSteps'),
  takeInstallStep: takeStep('installSteps'),
  showUninstallStep: showStep('uninstallSteps'),
  takeUninstallStep: takeStep('uninstallSteps'),
  showChangeEditionStep: showStep('changeEditionSteps'),
  takeChangeEditionStep: takeStep('changeEditionSteps'),
  ...stateNamed('', state.ofWhole),
  ...stateNamed('Integration', state.stateOf('integrations')),
  ...stateNamed('Flow', state.stateOf('flows')),
  ...stateNamed('Export', state.stateOf('exports')),
  ...stateNamed('Import', state.stateOf('imports')),
  ...stateNamed('Connection', state.stateOf('connections')),
  getTokenInfo: async ({ caller }) => ({ _userId: caller.userId, scope: caller.scope }),
}
