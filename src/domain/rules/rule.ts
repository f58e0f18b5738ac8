/** What a document type may do besides what all types do, when one of its documents is saved, deleted or restored. */
import type { Document, Unchecked } from '../../contract/document.ts'
import type { Collection } from '../../contract/resources/index.ts'
import type { Context } from '../context.ts'
import type { RowsOf } from '../ports/store.ts'

/** Fields that are to be written: all that a client sent, or those that are changed. What a merge brings together may be unchecked yet. */
export type Fields<C extends Collection> = Unchecked<Document<C>>
/** Fields of a document that is there. One that is undefined goes. */
export type Changes<C extends Collection> = { readonly [F in keyof Document<C>]?: Document<C>[F] | undefined }

/** What the rules of all types read and write in the transaction that writes their document. */
export type RuleRows = RowsOf<'audit' | 'documents' | 'jobs' | 'licenses' | 'registration' | 'state'>

export interface Rule<C extends Collection = Collection> {
  /** Before anything is read or written: completes or refuses what a client sent. Pure. */
  prepare?(ctx: Context, body: Fields<C>, before: Document<C> | undefined): Fields<C>
  /** In the transaction that writes, ahead of the write: changes what follows from the document in others, and so locks before the write shares. */
  beforeWrite?(rows: RuleRows, ctx: Context, doc: Document<C>): Promise<void>
  /** The same where a document is replaced: to a new one nobody refers. */
  beforeReplace?(rows: RuleRows, ctx: Context, doc: Document<C>, before: Document<C>): Promise<void>
  /** In the transaction that writes, after the write and the check of references: refuses what only the store can tell. */
  afterWrite?(rows: RuleRows, ctx: Context, doc: Document<C>, before: Document<C> | undefined): Promise<void>
  /** In the transaction that removes, ahead of the removal: changes what follows from it in others, which are locked before the removal keeps everybody out. */
  beforeRemove?(rows: RuleRows, ctx: Context, id: string): Promise<void>
  /** In the transaction that removes, after the removal: takes along what cannot stay. */
  afterRemove?(rows: RuleRows, ctx: Context, id: string): Promise<void>
}
