/** Who may make what of documents besides what their types and access levels say, and whose code documents name. Integration Apps supply theirs. */
import type { License } from '../contract/license.ts'
import type { Collection } from '../contract/resources/index.ts'
import type { Dependent } from './ports/dependencies.ts'
import type { Doc, Key, Reference } from './ports/document.ts'
import type { RowsOf } from './ports/store.ts'

type Body = Readonly<Record<string, unknown>>

export type PolicyRows = RowsOf<'apps' | 'clones' | 'documents'>

/** As what the code of a document runs. */
interface CodeContext<C> {
  readonly code: C
  /** Whether the caller decides which code that is. */
  readonly isOwn: boolean
}

/** A change that goes through code of somebody else. */
interface HookRights<C> {
  /** As what the outcome is stored. */
  readonly ctx: C
  /** What the code may have made of the document. */
  limit(ready: Body): Body
}

/** `C` is the context of the caller, which names this port itself. */
export interface WritePolicy<C> {
  /** Fields of a new document that whoever makes it does not set. */
  stamp(ctx: C, collection: Collection, body: Body): Body
  /** What stays as it was where a replacement leaves it out; undefined where all of the document is the caller's to send. */
  keep(ctx: C, collection: Collection, before: Doc): Promise<Body | undefined>
  /** The document as a change leaves it. Refuses what is not the caller's to change. */
  allow(rows: PolicyRows, ctx: C, collection: Collection, before: Doc, after: Doc): Promise<Doc>
  /** The references of a document to be stored that have to lead to something. */
  findChecked(ctx: C, collection: Collection, before: Doc | undefined, sent: Body): readonly Reference[]
  refuseRemoval(rows: PolicyRows, ctx: C, collection: Collection, doc: Doc): Promise<void>
  /** After the removal, which has waited for everyone who was just beginning to use it. A refusal takes it back. */
  refuseUsedElsewhere(rows: PolicyRows, envId: string, collection: Collection, id: string): Promise<void>
  /** Who uses a document from another environment, where references do not tell. */
  listUsersElsewhere(ctx: C, envId: string, collection: Collection, id: string, limit: number): Promise<readonly Dependent[]>
  /** Those that came back from the recycle bin along with the one that was asked for and are not to be used. Refuses where that is one of them. */
  findUnusable(
    rows: PolicyRows,
    ctx: C,
    asked: Key,
    restored: readonly (Pick<Key, 'collection'> & { readonly doc: Doc })[],
  ): Promise<readonly Doc[]>
  readCodeContext(ctx: C, collection: Collection, doc: Body, isNew?: boolean): Promise<CodeContext<C>>
  /** Undefined where the code is the caller's, or acts as the caller. */
  readHookRights(ctx: C, collection: Collection, before: Doc, sent: Body): Promise<HookRights<C> | undefined>
  /** What the code of an integration is told of its licence. */
  readLicenses(ctx: C, integration: Body): Promise<{ readonly license?: License; readonly parentLicense?: License }>
}
