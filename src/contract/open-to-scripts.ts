/** The operations that functions of an account's own may call: by integrator-api, and with the one-time token of their call. All others are people's. */
import type { Operation } from './operation.ts'
import { documentOperations, named, type Named, type Verb } from './operations/index.ts'
import { state } from './operations/documents/key-value-state.ts'
import type { Collection } from './resources/index.ts'

const verbs: readonly Verb[] = ['list', 'create', 'read', 'replace', 'remove']
const collections: readonly Collection[] = ['integrations', 'flows', 'exports', 'imports', 'connections', 'asynchelpers', 'lookupcaches']

const others = [
  'patchIntegration',
  'patchFlow',
  'patchExport',
  'patchImport',
  'pingConnection',
  'pingConnectionByPost',
  'testConnection',
  'invokeExport',
  'invokeImport',
  'exportOverConnection',
  'exportPageOverConnection',
  'importOverConnection',
  'mapOverConnection',
  'runFlow',
  'getJob',
  'listJobs',
  'cancelJob',
  'listFlowErrors',
  'listStepErrors',
  'listResolvedErrors',
  'resolveErrors',
  'retryErrors',
  'getRetryData',
  'updateRetryData',
  'upsertLookupCacheData',
  'getLookupCacheData',
  'deleteLookupCacheData',
  'purgeLookupCacheData',
  'getTokenInfo',
] as const satisfies readonly (keyof Named)[]

export const openToScripts: ReadonlySet<Operation> = new Set([
  ...Object.values(documentOperations)
    .filter(({ collection, verb }) => collections.includes(collection) && verbs.includes(verb))
    .map(({ operation }) => operation),
  ...others.map((name) => named[name]),
  ...Object.values<Operation>(state),
])
