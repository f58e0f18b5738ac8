/** What functions of Integration Apps change, as it was before. What is remembered once stays as it was then, until it is put back or forgotten. */
import type { Entry, Key } from '../ports.ts'
import type { Installation } from './apps.ts'

/** An installation, children included. */
export type Root = Pick<Installation, 'envId' | 'rootId'>

export interface DocumentBefore extends Key {
  /** Undefined where there was none. */
  readonly entry: Entry | undefined
  /** As the function last wrote it; undefined where it did not. */
  readonly written: Entry | undefined
  /** The function removed it. */
  readonly removed: boolean
}

/** Every one that remembers is followed by the change, in the same transaction. */
export interface AppBefore {
  documents(of: Root, keys: readonly Key[], removed?: boolean): Promise<void>
  /** As the function writes a document, so that what others change of it behind that is told apart. */
  written(of: Root, collection: string, entry: Entry): Promise<void>
  /** What is remembered of one document. */
  document(of: Root, key: Key): Promise<DocumentBefore | undefined>
  /** What there is to go back to, once others have changed it. */
  rebase(of: Root, collection: string, entry: Entry): Promise<void>
  /** Entries of a lookup cache; all that it has where no keys are named. */
  entries(of: Root, cacheId: string, keys?: readonly string[]): Promise<void>
  /** Keys of the state of an integration; all that it has where none is named. */
  state(of: Root, integrationId: string, key?: string): Promise<void>
  /** What of the template is installed as what. */
  pairs(of: Root, integrationId: string): Promise<void>
  /** The edition of the installation, and what of it is packaged. */
  edition(of: Root): Promise<void>
  license(of: Root): Promise<void>
  run(of: Root, jobId: string): Promise<void>

  /** Documents, in the order of their keys. */
  remembered(of: Root): Promise<readonly DocumentBefore[]>
  runs(of: Root): Promise<readonly string[]>
  /** Lookup caches with entries that are remembered. */
  caches(of: Root): Promise<readonly string[]>
  /** Puts everything back that is neither document nor run. */
  putBack(of: Root): Promise<void>
  forget(of: Root): Promise<void>
}
