/** The one list of operations: those of every document type, and the named ones beside this file. */
import { resources, type Collection } from '../resources/index.ts'
import type { Body, Input, Operation, Params, Query, Result } from '../operation.ts'
import { accountLists } from './integrations/account-lists.ts'
import { accessTokens } from './accounts/access-tokens.ts'
import { apiCalls } from './apis/api-calls.ts'
import { toolErrors } from './tools/tool-errors.ts'
import { apiErrors } from './apis/api-errors.ts'
import { apis } from './documents/api-groups.ts'
import { ashares } from './accounts/ashares.ts'
import { apps } from './apps/installations.ts'
import { audit } from './accounts/audit.ts'
import { authorizations } from './on-request/authorizations.ts'
import { clones } from './lifecycle/clones.ts'
import { cloneFamily } from './integrations/clone-family.ts'
import { errorAssignment } from './flows/error-assignment.ts'
import { errorJobs } from './flows/error-jobs.ts'
import { errorSearch } from './flows/error-search.ts'
import { events } from './flows/events.ts'
import { executionLogs } from './flows/execution-logs.ts'
import { flowErrors } from './flows/flow-errors.ts'
import { integrationResources } from './integrations/integration-resources.ts'
import { integrations } from './integrations/integration-errors.ts'
import { invocations } from './on-request/invocations.ts'
import { jobs } from './flows/jobs.ts'
import { descendants } from './flows/descendants.ts'
import { connectionReplacement } from './documents/connection-replacement.ts'
import { connectors } from './apps/connectors.ts'
import { licenses } from './apps/licenses.ts'
import { patches } from './documents/patches.ts'
import { pings } from './on-request/pings.ts'
import { profile } from './accounts/profile.ts'
import { registration } from './integrations/registration.ts'
import { templateLinks } from './lifecycle/template-links.ts'
import { integrationFiles } from './lifecycle/integration-files.ts'
import { lifecycle } from './lifecycle/pulls-and-reverts.ts'
import { revisions } from './lifecycle/revisions.ts'
import { lastExport } from './flows/last-export.ts'
import { lookupCaches } from './documents/lookup-cache-data.ts'
import { matchingErrors } from './flows/matching-errors.ts'
import { nameSearch } from './documents/name-search.ts'
import { nextRuns } from './flows/next-runs.ts'
import { notifications } from './accounts/notifications.ts'
import { recordedRequests } from './flows/recorded-requests.ts'
import { recycleBin } from './documents/recycle-bin.ts'
import { runList } from './flows/run-list.ts'
import { runReports } from './flows/run-reports.ts'
import { scripts } from './documents/scripts.ts'
import { connectionDebug } from './on-request/connection-debug.ts'
import { previews } from './on-request/previews.ts'
import { testRuns } from './on-request/test-runs.ts'
import { settingsForms } from './documents/settings-forms.ts'
import { stacks } from './documents/system-tokens.ts'
import { state } from './documents/key-value-state.ts'
import { tokens } from './accounts/tokens.ts'
import { userSessions } from './accounts/user-sessions.ts'
import { uploads } from './flows/uploads.ts'
import { treeMetadata } from './integrations/tree-metadata.ts'

/** Operations that only one type has. An entry without a handler of the same name in domain/dispatch/handlers.ts does not compile. */
export const named = {
  ...integrations,
  ...uploads,
  ...patches,
  ...integrationResources,
  ...registration,
  ...connectionReplacement,
  ...clones,
  ...recycleBin,
  ...treeMetadata,
  ...pings,
  ...authorizations,
  ...invocations,
  ...testRuns,
  ...previews,
  ...connectionDebug,
  ...jobs,
  ...runReports,
  ...runList,
  ...events,
  ...flowErrors,
  ...matchingErrors,
  ...errorSearch,
  ...errorJobs,
  ...nextRuns,
  ...lastExport,
  ...descendants,
  ...nameSearch,
  ...recordedRequests,
  ...executionLogs,
  ...lookupCaches,
  ...scripts,
  ...settingsForms,
  ...stacks,
  ...apis,
  ...apiCalls,
  ...apiErrors,
  ...toolErrors,
  ...connectors,
  ...licenses,
  ...apps,
  ...tokens,
  ...state,
  ...revisions,
  ...lifecycle,
  ...integrationFiles,
  ...templateLinks,
  ...audit,
  ...ashares,
  ...cloneFamily,
  ...errorAssignment,
  ...accessTokens,
  ...profile,
  ...userSessions,
  ...accountLists,
  ...notifications,
} as const
export type Named = typeof named

export type Verb = 'list' | 'create' | 'read' | 'replace' | 'remove' | 'dependencies' | 'audit'
export interface DocumentOperation {
  readonly collection: Collection
  readonly verb: Verb
  readonly operation: Operation
}

type Resources = typeof resources
type Model<C extends Collection> = Resources[C]['model']
type Of<C extends Collection, V extends Verb> = Resources[C]['operations'][V]

/** integrator.io's names: `listIntegrations`, `getIntegration`, ... */
type DocumentOperations = { readonly [C in Collection as `list${Capitalize<C>}`]: Of<C, 'list'> } & {
  readonly [C in Collection as `create${Model<C>}`]: Of<C, 'create'>
} & { readonly [C in Collection as `get${Model<C>}`]: Of<C, 'read'> } & {
  readonly [C in Collection as `update${Model<C>}`]: Of<C, 'replace'>
} & { readonly [C in Collection as `delete${Model<C>}`]: Of<C, 'remove'> } & {
  readonly [C in Collection as `list${Model<C>}Dependencies`]: Of<C, 'dependencies'>
} & { readonly [C in Collection as `list${Model<C>}Audit`]: Of<C, 'audit'> }

export type DocumentOperationName = keyof DocumentOperations

/** What an operation on a type of document is called. */
export function nameDocumentOperation(collection: Collection, verb: Verb): DocumentOperationName {
  const { model } = resources[collection]
  const names: Readonly<Record<Verb, string>> = {
    list: `list${collection[0]?.toUpperCase()}${collection.slice(1)}`,
    create: `create${model}`,
    read: `get${model}`,
    replace: `update${model}`,
    remove: `delete${model}`,
    dependencies: `list${model}Dependencies`,
    audit: `list${model}Audit`,
  }
  return names[verb] as DocumentOperationName
}

export const documentOperations: Readonly<Record<string, DocumentOperation>> = Object.fromEntries(
  (Object.keys(resources) as Collection[]).flatMap((collection) =>
    (Object.entries(resources[collection].operations) as [Verb, Operation][]).map(([verb, operation]) => [
      nameDocumentOperation(collection, verb),
      { collection, verb, operation },
    ]),
  ),
)

/** Every operation by its name. */
export const operations: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(Object.entries(documentOperations).map(([name, { operation }]) => [name, operation])),
  ...named,
}

/** The same as types: what an operation takes and answers is read off its schemas, as `OperationBody<'createFlow'>`. */
export type Operations = DocumentOperations & Named
export type OperationName = keyof Operations

export type OperationParams<N extends OperationName> = Params<Operations[N]>
export type OperationQuery<N extends OperationName> = Query<Operations[N]>
export type OperationBody<N extends OperationName> = Body<Operations[N]>
export type OperationResult<N extends OperationName> = Result<Operations[N]>
/**
 * What its handler gets, checked and cut to its schemas.
 * @public
 */
export type OperationInput<N extends OperationName> = Input<Operations[N]>
