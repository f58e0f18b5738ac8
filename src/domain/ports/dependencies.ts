/** Who refers to a document. */
import type { Collection } from '../../contract/resources/index.ts'
import type { Key } from './document.ts'

export interface Dependent extends Key {
  readonly name: string
  /** Dotted paths of the fields that refer, array positions included. */
  readonly paths: readonly string[]
}

/** A document in use that refers to another one. */
export interface Referrer extends Key {
  readonly name: string
  readonly toCollection: string
  readonly toId: string
}

export interface Dependencies {
  /** The documents in use that refer to this one, itself left out, by type and id, at most `limit`; none for one that is not there. */
  listDependents(envId: string, collection: Collection, id: string, limit: number): Promise<readonly Dependent[]>
  /** The documents in use that need these, at most `limit` for each. What only runs after a flow, or waits for one, does not need it. */
  listReferrers(envId: string, keys: readonly Key[], limit: number): Promise<readonly Referrer[]>
}
