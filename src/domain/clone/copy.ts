/** Builds the documents of a copy from a closure, with new ids. Pure but for the ids that it asks for. */
import type { Document } from '../../contract/document.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isMemberOf, type Insertion, type Member, type Pair, type Closure } from '../ports/clones.ts'
import { findReferences } from '../references.ts'
import { sizeFields } from '../rules/lookup-cache.ts'
import { remapDocument, portable, removeReferences, type IdMap } from '../definitions/remap-ids.ts'
import type { Doc, Key } from '../ports/document.ts'
import { uniqueKeys } from '../keys.ts'

export interface CopyOptions {
  /** Source connection to the connection that takes its place. */
  readonly connectionMap: ReadonlyMap<string, string>
  /** Into another environment: nothing of the source's environment can be referred to, and connections are made anew. */
  readonly crossing: boolean
  /** Members that stand for something that is there already, and ids outside the closure that stay as they are. */
  readonly standing?: ReadonlyMap<string, string>
  /** Ids that lead nowhere in the source already: a copy is made without them. */
  readonly absent?: ReadonlySet<string>
  /** Where the copies lie. */
  readonly envId: string
  readonly userId: string
  readonly at: string
  readonly newId: () => string
  /** Fields of the copied root. */
  readonly rootFields: Readonly<Record<string, unknown>>
  /** Stack that takes the place of every other one. */
  readonly stackId?: string
  /** Integration that the copies belong to. The copied root, by default; without either they stay where they are. */
  readonly integrationId?: string
}

export interface Copy {
  readonly rootId: string
  readonly documents: readonly Insertion[]
  /** What the copies refer to and that is none of them. */
  readonly needed: readonly Key[]
  readonly pairs: readonly Pair[]
}

/** Volatile, or of the original alone. */
const uncopiedFields: { readonly [C in Collection]?: readonly string[] } = {
  integrations: ['updateInProgress', 'pendingLicense', 'resolvedAt', 'appFailure'],
  connections: ['debugDate'],
}

export function buildCopy(closure: Closure, passes: CopyOptions): Copy {
  const pairs = [...buildPairs(closure, passes), ...stackPairs(closure, passes)]
  const ids = new Map(pairs.map(({ sourceId, targetId }) => [sourceId, targetId]))
  for (const [source, target] of passes.standing ?? []) ids.set(source, target)
  const inTarget = new Set(ids.values())
  const leadsNowhere = (id: string): boolean => (passes.crossing ? !inTarget.has(id) : passes.absent?.has(id) === true)
  const rootFields = { ...registeredConnections(closure, ids), ...passes.rootFields }
  const documents = closure.members
    .filter((member) => isCopied(member, passes))
    .map((member) => buildInsertion({ root: closure.root, rootFields }, member, ids, passes, leadsNowhere))
  const made = new Set(documents.map(({ entry }) => entry.doc._id))
  const needed = documents.flatMap(({ references }) => references.filter(({ id }) => !made.has(id)))
  return {
    rootId: ids.get(closure.root.entry.doc._id) as string,
    documents,
    needed: uniqueKeys(needed),
    pairs,
  }
}

/** An integration has registered what it had before, and what its flows use. */
function registeredConnections(closure: Closure, ids: IdMap): object {
  if (!isMemberOf(closure.root, 'integrations')) return {}
  const before = closure.root.entry.doc._registeredConnectionIds ?? []
  return { _registeredConnectionIds: [...new Set([...before.map((id) => ids.get(id) ?? id), ...listBoundConnections(closure, ids)])] }
}

/** Stacks that hooks, steps and wrapper connections of the closure name. */
export const listStacks = ({ members }: Closure): readonly string[] => [
  ...new Set(
    members.flatMap(({ collection, entry }) =>
      findReferences(resources[collection].stored, entry.doc).flatMap((reference) =>
        reference.collection === 'stacks' ? [reference.id] : [],
      ),
    ),
  ),
]

/** A connection that is shared or replaced is not copied: it stands for itself, or another one stands for it. */
const isCopied = ({ collection, entry }: Member, { connectionMap, crossing, standing }: CopyOptions): boolean =>
  !standing?.has(entry.doc._id) && (collection !== 'connections' || (crossing && !connectionMap.has(entry.doc._id)))

/** Connections that steps of the copy work over. */
export const listBoundConnections = ({ members }: Closure, ids: IdMap): readonly string[] =>
  [
    ...new Set(
      members.flatMap(({ collection, entry: { doc } }) =>
        (collection === 'exports' || collection === 'imports') && doc._connectionId !== undefined
          ? [ids.get(doc._connectionId) ?? doc._connectionId]
          : [],
      ),
    ),
  ].toSorted()

function buildPairs({ root, members }: Closure, { connectionMap, crossing, standing, newId }: CopyOptions): readonly Pair[] {
  const pairs: Pair[] = members.map(({ collection, entry: { doc } }) => {
    const bound = collection === 'connections' ? (connectionMap.get(doc._id) ?? (crossing ? undefined : doc._id)) : undefined
    return { collection, sourceId: doc._id, targetId: standing?.get(doc._id) ?? bound ?? newId() }
  })
  if (!isMemberOf(root, 'integrations')) return pairs
  const groups = (['flowGroupings', 'apiGroupings'] as const).flatMap((field) =>
    (root.entry.doc[field] ?? []).flatMap(({ _id: id }) =>
      id === undefined ? [] : [{ collection: field, sourceId: id, targetId: standing?.get(id) ?? newId() }],
    ),
  )
  return [...pairs, ...groups]
}

/** Noted like the connections that were chosen: what is pulled later finds the stack that serves it here. */
const stackPairs = (closure: Closure, { stackId }: CopyOptions): readonly Pair[] =>
  stackId === undefined ? [] : listStacks(closure).map((sourceId) => ({ collection: 'stacks', sourceId, targetId: stackId }))

function buildInsertion(
  { root, rootFields }: { root: Member; rootFields: object },
  member: Member,
  ids: IdMap,
  passes: CopyOptions,
  leadsNowhere: (id: string) => boolean,
): Insertion {
  const { collection, entry } = member
  const { stored } = resources[collection]
  const isRoot = member === root
  const fields = Object.entries(remapDocument(collection, portable(collection, entry.doc), ids)).filter(
    ([field]) => !uncopiedFields[collection]?.includes(field),
  )
  const doc: Doc = {
    ...Object.fromEntries(fields),
    ...stampCopy(member, ids, passes),
    ...(!isRoot && integrationField(root, entry.doc, ids, passes)),
    ...(isRoot && rootFields),
  }
  removeReferences(stored, doc, leadsNowhere)
  return { collection, entry: { doc, secrets: undefined }, references: findReferences(stored, doc) }
}

/** Whatever belonged to some integration belongs to the new one. */
function integrationField(root: Member, doc: Doc, ids: IdMap, { integrationId }: CopyOptions): object {
  const target = integrationId ?? (root.collection === 'integrations' ? ids.get(root.entry.doc._id) : undefined)
  return target !== undefined && doc._integrationId !== undefined ? { _integrationId: target } : {}
}

/** What a type says of a new document, and what keeps a copy quiet until somebody turns it on. */
function stampCopy(member: Member, ids: IdMap, { envId, userId, at }: CopyOptions): Doc {
  const { collection, entry } = member
  const { doc } = entry
  const fields = resources[collection].stored.properties
  return {
    _id: ids.get(doc._id) as string,
    createdAt: at,
    lastModified: at,
    _envId: envId,
    ...('_sourceId' in fields && { _sourceId: doc._id }),
    ...('_userId' in fields && { _userId: userId }),
    ...((collection === 'flows' || collection === 'apis') && { disabled: true }),
    ...(collection === 'connections' && { offline: true }),
    ...(isMemberOf(member, 'lookupcaches') && sizeFields(copiedSize(member.entry.doc))),
  }
}

/** The entries go along where the cache says so. */
const copiedSize = ({ includeDataInTemplatesAndCloning: isCopied = false, size = 0 }: Document<'lookupcaches'>): number =>
  isCopied ? size : 0
