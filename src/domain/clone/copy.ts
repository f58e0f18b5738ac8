/** A closure as it is written a second time. Pure but for the ids it asks for. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import type { Insertion, Member, Pair, Closure } from '../ports/clones.ts'
import { referencesOf } from '../references.ts'
import { sizeFields } from '../rules/lookup-cache.ts'
import { documentWithIds, portable, withoutReferences, type Ids } from '../definitions/remap-ids.ts'
import type { Doc, Key } from '../ports/document.ts'

export interface Wanted {
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
  /** Integration that the copies belong to. The copied root, unless told; without either they stay where they are. */
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
const leftOut: { readonly [C in Collection]?: readonly string[] } = {
  integrations: ['updateInProgress', 'pendingLicense', 'resolvedAt', 'appFailure'],
  connections: ['debugDate'],
}

export function copyOf(closure: Closure, wanted: Wanted): Copy {
  const pairs = [...pairsOf(closure, wanted), ...stackPairs(closure, wanted)]
  const ids = new Map(pairs.map(({ sourceId, targetId }) => [sourceId, targetId]))
  for (const [source, target] of wanted.standing ?? []) ids.set(source, target)
  const inTarget = new Set(ids.values())
  const leadsNowhere = (id: string): boolean => (wanted.crossing ? !inTarget.has(id) : wanted.absent?.has(id) === true)
  const rootFields = { ...registeredOf(closure, ids), ...wanted.rootFields }
  const documents = closure.members
    .filter((member) => isCopied(member, wanted))
    .map((member) => insertionOf({ root: closure.root, rootFields }, member, ids, wanted, leadsNowhere))
  const made = new Set(documents.map(({ entry }) => entry.doc._id))
  const needed = documents.flatMap(({ references }) => references.filter(({ id }) => !made.has(id)))
  return {
    rootId: ids.get(closure.root.entry.doc._id) as string,
    documents,
    needed: [...new Map(needed.map(({ collection, id }) => [`${collection}/${id}`, { collection, id }])).values()],
    pairs,
  }
}

/** An integration has registered what it had before, and what its flows use. */
function registeredOf(closure: Closure, ids: Ids): object {
  const { collection, entry } = closure.root
  if (collection !== 'integrations') return {}
  const before = (entry.doc['_registeredConnectionIds'] ?? []) as readonly string[]
  return { _registeredConnectionIds: [...new Set([...before.map((id) => ids.get(id) ?? id), ...boundConnections(closure, ids)])] }
}

/** Stacks that hooks, steps and wrapper connections of the closure name. */
export const stacksOf = ({ members }: Closure): readonly string[] => [
  ...new Set(
    members.flatMap(({ collection, entry }) =>
      referencesOf(resources[collection].stored, entry.doc).flatMap((reference) =>
        reference.collection === 'stacks' ? [reference.id] : [],
      ),
    ),
  ),
]

/** A connection that is shared or replaced is not copied: it stands for itself, or another one stands for it. */
const isCopied = ({ collection, entry }: Member, { connectionMap, crossing, standing }: Wanted): boolean =>
  !standing?.has(entry.doc._id) && (collection !== 'connections' || (crossing && !connectionMap.has(entry.doc._id)))

/** Connections that steps of the copy work over. */
export const boundConnections = ({ members }: Closure, ids: Ids): readonly string[] =>
  [
    ...new Set(
      members.flatMap(({ collection, entry: { doc } }) =>
        (collection === 'exports' || collection === 'imports') && typeof doc['_connectionId'] === 'string'
          ? [ids.get(doc['_connectionId']) ?? doc['_connectionId']]
          : [],
      ),
    ),
  ].toSorted()

function pairsOf({ root, members }: Closure, { connectionMap, crossing, standing, newId }: Wanted): readonly Pair[] {
  const pairs: Pair[] = members.map(({ collection, entry: { doc } }) => {
    const bound = collection === 'connections' ? (connectionMap.get(doc._id) ?? (crossing ? undefined : doc._id)) : undefined
    return { collection, sourceId: doc._id, targetId: standing?.get(doc._id) ?? bound ?? newId() }
  })
  const groups = root.collection === 'integrations' ? (['flowGroupings', 'apiGroupings'] as const) : []
  return [
    ...pairs,
    ...groups.flatMap((field) =>
      groupIds(root.entry.doc[field]).map((id) => ({ collection: field, sourceId: id, targetId: standing?.get(id) ?? newId() })),
    ),
  ]
}

/** Noted like the connections that were chosen: what is pulled later finds the stack that serves it here. */
const stackPairs = (closure: Closure, { stackId }: Wanted): readonly Pair[] =>
  stackId === undefined ? [] : stacksOf(closure).map((sourceId) => ({ collection: 'stacks', sourceId, targetId: stackId }))

const groupIds = (groups: unknown): readonly string[] =>
  Array.isArray(groups) ? groups.flatMap((group) => (isObject(group) && typeof group['_id'] === 'string' ? [group['_id']] : [])) : []

function insertionOf(
  { root, rootFields }: { root: Member; rootFields: object },
  member: Member,
  ids: Ids,
  wanted: Wanted,
  leadsNowhere: (id: string) => boolean,
): Insertion {
  const { collection, entry } = member
  const { stored } = resources[collection]
  const isRoot = member === root
  const fields = Object.entries(documentWithIds(collection, portable(collection, entry.doc), ids)).filter(
    ([field]) => !leftOut[collection]?.includes(field),
  )
  const doc: Doc = {
    ...Object.fromEntries(fields),
    ...stamped(member, ids, wanted),
    ...(!isRoot && belonging(root, entry.doc, ids, wanted)),
    ...(isRoot && rootFields),
  }
  withoutReferences(stored, doc, leadsNowhere)
  return { collection, entry: { doc, secrets: undefined }, references: referencesOf(stored, doc) }
}

/** Whatever belonged to some integration belongs to the new one. */
function belonging(root: Member, doc: Doc, ids: Ids, { integrationId }: Wanted): object {
  const target = integrationId ?? (root.collection === 'integrations' ? ids.get(root.entry.doc._id) : undefined)
  return target !== undefined && doc['_integrationId'] !== undefined ? { _integrationId: target } : {}
}

/** What a type says of a new document, and what keeps a copy quiet until somebody turns it on. */
function stamped({ collection, entry: { doc } }: Member, ids: Ids, { envId, userId, at }: Wanted): Doc {
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
    ...(collection === 'lookupcaches' && sizeFields(doc['includeDataInTemplatesAndCloning'] === true ? Number(doc['size'] ?? 0) : 0)),
  }
}
