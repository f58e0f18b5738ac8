/** The one list of operations: those of every document type, and the named ones beside this file. */
import { resources, type Collection } from '../resources/index.ts'
import type { Operation } from '../operation.ts'
import { accountLists } from './integrations/account-lists.ts'
import { accessTokens } from './accounts/access-tokens.ts'
import { apis } from './documents/api-groups.ts'
import { ashares } from './accounts/ashares.ts'
import { apps } from './apps/installations.ts'
import { audit } from './accounts/audit.ts'
import { clones } from './lifecycle/clones.ts'
import { cloneFamily } from './integrations/clone-family.ts'
import { errorAssignment } from './flows/error-assignment.ts'
import { flowErrors } from './flows/flow-errors.ts'
import { integrationResources } from './integrations/integration-resources.ts'
import { integrations } from './integrations/integration-errors.ts'
import { invocations } from './on-request/invocations.ts'
import { jobs } from './flows/jobs.ts'
import { connectors } from './apps/connectors.ts'
import { licenses } from './apps/licenses.ts'
import { patches } from './documents/patches.ts'
import { pings } from './on-request/pings.ts'
import { profile } from './accounts/profile.ts'
import { registration } from './integrations/registration.ts'
import { integrationFiles } from './lifecycle/integration-files.ts'
import { lifecycle } from './lifecycle/pulls-and-reverts.ts'
import { revisions } from './lifecycle/revisions.ts'
import { lookupCaches } from './documents/lookup-cache-data.ts'
import { recycleBin } from './documents/recycle-bin.ts'
import { runReports } from './flows/run-reports.ts'
import { scripts } from './documents/scripts.ts'
import { settingsForms } from './documents/settings-forms.ts'
import { stacks } from './documents/system-tokens.ts'
import { state } from './documents/key-value-state.ts'
import { tokens } from './accounts/tokens.ts'
import { treeMetadata } from './integrations/tree-metadata.ts'

/** Operations that only one type has. An entry without a handler of the same name in domain/dispatch/handlers.ts does not compile. */
export const named = {
  ...integrations,
  ...patches,
  ...integrationResources,
  ...registration,
  ...clones,
  ...recycleBin,
  ...treeMetadata,
  ...pings,
  ...invocations,
  ...jobs,
  ...runReports,
  ...flowErrors,
  ...lookupCaches,
  ...scripts,
  ...settingsForms,
  ...stacks,
  ...apis,
  ...connectors,
  ...licenses,
  ...apps,
  ...tokens,
  ...state,
  ...revisions,
  ...lifecycle,
  ...integrationFiles,
  ...audit,
  ...ashares,
  ...cloneFamily,
  ...errorAssignment,
  ...accessTokens,
  ...profile,
  ...accountLists,
} as const
export type Named = typeof named

export type Verb = 'list' | 'create' | 'read' | 'replace' | 'remove' | 'dependencies' | 'audit'
export interface DocumentOperation {
  readonly collection: Collection
  readonly verb: Verb
  readonly operation: Operation
}

/** integrator.io's names: `listIntegrations`, `getIntegration`, ... */
const idOf = (collection: Collection, verb: Verb): string => {
  const { model } = resources[collection]
  if (verb === 'list') return `list${collection[0]?.toUpperCase()}${collection.slice(1)}`
  if (verb === 'dependencies') return `list${model}Dependencies`
  if (verb === 'audit') return `list${model}Audit`
  return { create: 'create', read: 'get', replace: 'update', remove: 'delete' }[verb] + model
}

export const documentOperations: Readonly<Record<string, DocumentOperation>> = Object.fromEntries(
  (Object.keys(resources) as Collection[]).flatMap((collection) =>
    (Object.entries(resources[collection].operations) as [Verb, Operation][]).map(([verb, operation]) => [
      idOf(collection, verb),
      { collection, verb, operation },
    ]),
  ),
)

export const operations: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(Object.entries(documentOperations).map(([id, { operation }]) => [id, operation])),
  ...named,
}
