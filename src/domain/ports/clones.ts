/** Reads what a clone copies, writes the copies, and remembers which document was copied from which. */
import type { Document } from '../../contract/document.ts'
import type { Collection } from '../../contract/resources/index.ts'
import type { Entry, Key, Reference } from './document.ts'

/** A document of a closure, as it is stored. */
export interface Member {
  readonly collection: Collection
  readonly entry: Entry
}

/** The same of one type. */
export type MemberOf<C extends Collection> = Member & { readonly collection: C; readonly entry: { readonly doc: Document<C> } }

export const isMemberOf = <C extends Collection>(member: Member, ...collections: readonly C[]): member is MemberOf<C> =>
  (collections as readonly Collection[]).includes(member.collection)

/** How a closure is read off the references. */
export interface ClosureRules {
  /** Followed from whoever refers to one. */
  readonly used: readonly Collection[]
  /** Followed from the integration that they name as theirs. */
  readonly owned: readonly Collection[]
  /** How the names of fields begin that are not followed, wherever they stand. */
  readonly unless: readonly string[]
  readonly limit: number
}

/** A document to insert. Its id is new. */
export interface Insertion extends Member {
  readonly references: readonly Reference[]
}

/** An id of the source, and what stands for it in the clone: documents, groups of the integration, and the connections that steps were bound to. */
export interface Pair {
  /** A collection, or the field of the integration that holds the group: `flowGroupings`, `apiGroupings`. */
  readonly collection: string
  readonly sourceId: string
  readonly targetId: string
}

/** What a source said when it came to where it was copied. */
export interface Base {
  readonly collection: string
  readonly sourceId: string
  readonly base: Readonly<Record<string, unknown>>
}

/** An integration in an environment. */
export interface IntegrationPlace {
  readonly envId: string
  readonly integrationId: string
}

export interface Clones {
  /** The document and all that it needs, itself included; nothing where it is not there. One statement, however large it is. */
  readClosure(envId: string, root: Key, bounds: ClosureRules): Promise<readonly Member[]>
  /**
   * Writes new documents with their references, and answers those of `needed` that are not there; then nothing is written. One statement. What is needed
   * cannot be deleted before this transaction ends.
   */
  insert(envId: string, documents: readonly Insertion[], needed: readonly Key[]): Promise<readonly Key[]>
  /** The type of each of these connections that is there. */
  readConnectionTypes(envId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Copies the entries of a lookup cache, whose source the caller has locked. */
  copyEntries(
    from: { readonly envId: string; readonly cacheId: string },
    to: { readonly envId: string; readonly cacheId: string },
  ): Promise<void>
  /** Notes that `target` is a clone of `source`, and what in it stands for what. */
  recordClone(source: IntegrationPlace, target: IntegrationPlace, at: string, pairs: readonly Pair[]): Promise<void>
  /** What an integration was cloned from. It may be gone, and the pairs may name what is gone. */
  findSource(target: IntegrationPlace): Promise<(IntegrationPlace & { readonly clonedAt: string }) | undefined>
  /** What was cloned from an integration, oldest first. */
  listClones(source: IntegrationPlace): Promise<readonly IntegrationPlace[]>
  listPairs(target: IntegrationPlace): Promise<readonly Pair[]>
  /** Notes what the source of each of these pairs was when it came, for those that are known. */
  setBases(target: IntegrationPlace, bases: readonly Base[]): Promise<void>
  /** What is noted of that, by the id of the source. */
  readBases(target: IntegrationPlace): Promise<ReadonlyMap<string, Base['base']>>
  /** Adds pairs to those of a clone; a pair with a source id that is there already takes its place. */
  addPairs(target: IntegrationPlace, pairs: readonly Pair[]): Promise<void>
}

export interface Relative {
  readonly _id: string
  readonly name?: string
  readonly _envId: string
  readonly _sourceId?: string
}

export interface Lineage {
  /** The integration, everything that it was cloned from, and every clone of these, oldest first; deleted ones are passed through and left out. */
  findFamily(accountId: string, envId: string, integrationId: string, limit: number): Promise<readonly Relative[]>
}

/** What can be copied as a whole. */
export type ClosureRoot = Collection & ('integrations' | 'flows' | 'apis' | 'exports' | 'imports')

export interface Closure<Root extends Member = Member> {
  readonly root: Root
  /** The root too. In the order of collection and id. */
  readonly members: readonly Member[]
}
