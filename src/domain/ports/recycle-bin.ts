/** Deleted documents: what is in the bin, what comes back, and what goes for good. */
import type { Document } from '../../contract/document.ts'
import type { Collection } from '../../contract/resources/index.ts'
import type { Doc, Entry, Key } from './document.ts'

export interface Binned {
  readonly collection: string
  readonly doc: Doc
}

export interface RecycleBin {
  /** Newest first. */
  page(
    envId: string,
    collections: readonly string[],
    skip: number,
    limit: number,
  ): Promise<readonly { readonly collection: string; readonly text: string }[]>
  /**
   * Brings back a document, what was deleted with it, and what these refer to and is in the bin too, but for fields whose names begin as in `unless`. Answers what came
   * back; nothing where it is not in the bin. One statement.
   */
  restore(envId: string, key: Key, unless: readonly string[]): Promise<readonly Binned[]>
  /** A document that is in it. */
  find<C extends Collection>(envId: string, collection: C, id: string): Promise<Entry<Document<C>> | undefined>
  /** Removes a document and what was deleted with it for good, and notes what they leave behind. Nothing where it is not in the bin. */
  purge(envId: string, key: Key): Promise<readonly Binned[]>
  /** The same for documents of any environment that were deleted before `before`, the oldest first; answers how many. Others who do the same get others. */
  purgeExpired(before: string, limit: number): Promise<number>
  /** Removes rows that purged documents left behind, at most so many of each kind; answers whether any is left. Others who do the same get others. */
  sweep(limit: number): Promise<boolean>
}
