/** States of integrations as they are read and kept: definitions and trees by their hash. */
import type { Collection } from '../../contract/resources/index.ts'
import type { ClosureRules } from './clones.ts'
import type { Key } from './document.ts'

/** The resources of an integration as they are now. */
export interface Resources {
  /** Those whose definition is known and kept, as lines of a tree in their order. */
  readonly known: string
  readonly changed: readonly ChangedResource[]
}

/** A resource whose definition is not known: a new one, or one that was written since. */
export interface ChangedResource {
  readonly collection: Collection
  readonly id: string
  /** Of the row: another one whenever the document was written. */
  readonly version: string
  /** The document. */
  readonly text: string
}

/** How the resources of an integration are found. */
export interface SnapshotRules extends ClosureRules {
  /** Hashes of another format are not believed. */
  readonly format: number
}

export interface StoredDefinition {
  readonly hash: string
  readonly text: string
  /** Of a script that somebody wrote who manages some integrations only: these. */
  readonly authors?: readonly string[]
}

export interface Snapshots {
  /** The integration and all that it needs; nothing where it is not there. One statement, so one moment. */
  readResources(envId: string, integrationId: string, reach: SnapshotRules): Promise<Resources>
  /** Keeps definitions that are not there yet, and which row has which. */
  persistDefinitions(
    envId: string,
    definitions: readonly StoredDefinition[],
    of: readonly (Pick<ChangedResource, 'collection' | 'id' | 'version'> & { hash: string })[],
  ): Promise<void>
  /** The definitions of these hashes. One that is not there is missing. */
  readDefinitions(envId: string, hashes: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** The integrations that the authors of these definitions manage, where these are some only. */
  readAuthors(envId: string, hashes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
  /** Whether it is kept. It stays until this transaction ends. */
  hasTree(envId: string, hash: string): Promise<boolean>
  persistTree(envId: string, hash: string, nodes: string): Promise<void>
  readTree(envId: string, hash: string): Promise<string | undefined>
  /** Those of these documents that are there, deleted ones too. */
  filterStored(envId: string, collection: Collection, ids: readonly string[]): Promise<readonly string[]>
  /** Takes these documents out of the recycle bin, and answers those that were in it. */
  restore(envId: string, keys: readonly Key[]): Promise<readonly Key[]>
  /** Nothing of the environment is collected before this transaction ends. */
  lockForPruning(envId: string): Promise<void>
  /** An environment that was last looked through before `before`, and nobody else gets it before this transaction ends. */
  claimForPruning(before: string): Promise<string | undefined>
  /**
   * Removes trees that nothing names and definitions that are in no tree, and answers how many; nothing while somebody holds the environment. What is younger
   * than `before` stays.
   */
  prune(envId: string, before: string): Promise<{ trees: number; definitions: number }>
}
