/** Reads and writes documents of every type. */
import type { ListOrder } from '../../contract/paging.ts'
import type { Change } from './audit.ts'
import type { Document } from '../../contract/document.ts'
import type { Collection } from '../../contract/resources/index.ts'
import type { Doc, Entry, Key, Locked, Reference, References } from './document.ts'
import type { IntegrationScope } from './membership.ts'

export interface PageQuery {
  /** Equality on top-level fields; with one of several where a list is given. A field that is null has to be absent. */
  readonly where: Readonly<Record<string, string | boolean | readonly string[] | null>>
  /** Answer only these top-level fields. */
  readonly only?: readonly string[]
  /** Answer all but these top-level fields. */
  readonly without?: readonly string[]
  /** Answer only those whose names have all these words, in small letters. */
  readonly named?: readonly string[]
  /** Answer only those whose name or type has this text, whatever its case, or the one whose id it is. */
  readonly search?: string
  /** In the order of their ids where it is absent. */
  readonly sort?: ListOrder
  /** Answer only what belongs to these integrations. */
  readonly within?: IntegrationScope
  readonly skip: number
  readonly limit: number
}

/** The documents of every type. A deleted one is seen by no method here. Every text is the document's JSON as stored, never parsed on the way. */
export interface Documents {
  page(envId: string, collection: Collection, query: PageQuery): Promise<string[]>
  readText(envId: string, collection: Collection, id: string): Promise<string | undefined>
  find<C extends Collection>(envId: string, collection: C, id: string): Promise<Entry<Document<C>> | undefined>
  /** As `find`, and nobody else changes or deletes it before this transaction ends. */
  lock<C extends Collection>(envId: string, collection: C, id: string): Promise<Locked<Document<C>> | undefined>
  /**
   * Writes the document and its references and answers its JSON text; or the references whose target does not exist, and then nothing is written. One
   * statement, and with it `change` goes on record. The targets cannot be deleted before this transaction ends.
   */
  write(
    envId: string,
    collection: Collection,
    entry: Entry,
    references: References,
    as: 'new' | 'replacement',
    change?: Change,
  ): Promise<string | readonly Reference[]>
  /** Moves documents to the recycle bin, together with `root`, the one whose deletion was asked for. Answers those that were not there yet. */
  remove(envId: string, collection: Collection, ids: readonly string[], root: string): Promise<readonly Doc[]>
  /** Ids of the documents of `collection` that refer to any of `targets`. */
  findReferring(envId: string, collection: Collection, targets: readonly string[], toCollection: Collection): Promise<readonly string[]>
  /** Nobody refers anew to these, changes or deletes them before this transaction ends. */
  lockKeys(envId: string, keys: readonly Key[]): Promise<void>
  /** Those of these documents that any other, which is not deleted, refers to. */
  findUsed(envId: string, keys: readonly Key[]): Promise<readonly Key[]>
  /** Those of these documents that are not there. The others cannot be deleted before this transaction ends. */
  lockTargets(envId: string, keys: readonly Key[]): Promise<readonly Key[]>
  /** Those of these documents that are there. */
  filterPresent(envId: string, keys: readonly Key[]): Promise<readonly Key[]>
  /** Whether any document, which is not deleted, lies in the environment. */
  hasAny(envId: string): Promise<boolean>
  /** The references of these documents. */
  listReferences(envId: string, collection: Collection, ids: readonly string[]): Promise<readonly (Reference & { readonly from: string })[]>
}
