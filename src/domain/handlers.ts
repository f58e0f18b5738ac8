/** Who carries out which named operation. An operation without a handler, or one of the wrong type, does not compile. */
import type { Input, Operation, Result } from '../contract/operation.ts'
import type { Named } from '../contract/operations/index.ts'
import { listAudit } from './audit.ts'
import type { JsonPage, JsonText } from './answer.ts'
import * as apis from './apis.ts'
import * as clones from './clone/clone.ts'
import { preview } from './clone/preview.ts'
import * as ashares from './ashares.ts'
import * as flowErrors from './flow-errors.ts'
import * as integrationResources from './integration-resources.ts'
import * as integrations from './integrations.ts'
import * as jobs from './jobs.ts'
import * as lookupCaches from './lookup-caches.ts'
import { patch } from './patch.ts'
import type { Context } from './ports.ts'
import * as recycleBin from './recycle-bin.ts'
import * as registration from './registration.ts'
import { runFlow } from './run-flow.ts'
import * as sharedAShares from './shared-ashares.ts'
import { listScriptLogs, patchScript } from './script-debugging.ts'
import { getSettingsForm } from './settings-form.ts'
import * as stacks from './stacks.ts'
import { getTreeMetadata } from './tree-metadata.ts'

type Handlers<Ops extends Record<string, Operation>> = {
  readonly [K in keyof Ops]: (ctx: Context, input: Input<Ops[K]>) => Promise<Result<Ops[K]> | JsonText | JsonPage | undefined>
}

export const handlers: Handlers<Named> = {
  patchIntegration: patch('integrations'),
  patchFlow: patch('flows'),
  patchExport: patch('exports'),
  patchImport: patch('imports'),
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
  runFlow,
  getJob: jobs.get,
  listJobs: jobs.list,
  cancelJob: jobs.cancel,
  listFlowErrors: flowErrors.countBySteps,
  listStepErrors: flowErrors.listOpen,
  listResolvedErrors: flowErrors.listResolved,
  resolveErrors: flowErrors.resolve,
  retryErrors: flowErrors.retry,
  getRetryData: flowErrors.getRetryData,
  updateRetryData: flowErrors.updateRetryData,
  upsertLookupCacheData: lookupCaches.upsert,
  getLookupCacheData: lookupCaches.getData,
  deleteLookupCacheData: lookupCaches.deleteData,
  purgeLookupCacheData: lookupCaches.purge,
  patchScript,
  listScriptLogs,
  getSettingsForm,
  getSystemToken: stacks.getSystemToken,
  rotateSystemToken: stacks.rotateSystemToken,
  updateApiGrouping: apis.updateGrouping,
  listAudit,
  inviteUser: ashares.invite,
  inviteUsers: ashares.inviteMultiple,
  listAShares: ashares.list,
  getAShare: ashares.get,
  updateAShare: ashares.update,
  deleteAShare: ashares.remove,
  listIntegrationAShares: ashares.listOfIntegration,
  listSharedAShares: sharedAShares.listShared,
  acceptAShare: sharedAShares.accept,
  dismissAShare: sharedAShares.dismiss,
  getTokenInfo: async ({ caller }) => ({ _userId: caller.userId, scope: caller.scope }),
}
