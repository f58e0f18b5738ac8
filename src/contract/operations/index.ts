/** The one list of operations: those of every document type, and the named ones beside this file. */
import { resources, type Collection } from '../resources/index.ts'
import type { Operation } from '../operation.ts'
import { accountLists } from './account-lists.ts'
import { accessTokens } from './access-tokens.ts'
import { apis } from './apis.ts'
import { ashares } from './ashares.ts'
import { apps } from './apps.ts'
import { audit } from './audit.ts'
import { clones } from './clones.ts'
import { cloneFamily } from './clone-family.ts'
import { errorAssignment } from './error-assignment.ts'
import { flowErrors } from './flow-errors.ts'
import { integrationResources } from './integration-resources.ts'
import { integrations } from './integrations.ts'
import { invocations } from './invocations.ts'
import { jobs } from './jobs.ts'
import { connectors } from './connectors.ts'
import { licenses } from './licenses.ts'
import { patches } from './patches.ts'
import { pings } from './pings.ts'
import { profile } from './profile.ts'
import { registration } from './registration.ts'
import { integrationFiles } from './integration-files.ts'
import { lifecycle } from './lifecycle.ts'
import { revisions } from './revisions.ts'
import { lookupCaches } from './lookup-caches.ts'
import { recycleBin } from './recycle-bin.ts'
import { runReports } from './run-reports.ts'
import { scripts } from './scripts.ts'
import { settingsForms } from './settings-forms.ts'
import { stacks } from './stacks.ts'
import { state } from './state.ts'
import { tokens } from './tokens.ts'
import { treeMetadata } from './tree-metadata.ts'

/** Operations that only one type has. An entry without a handler of the same name in domain/handlers.ts does not compile. */
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
