/** Matches the resources in files from another server with those that are here, by id or name, when files of that integration come for the first time. */
import type { Collection } from '../../../contract/resources/index.ts'
import type { Definition, Hash } from '../../definitions/definition.ts'
import { groupings, readGroups } from './file-groups.ts'
import type { CommonState, Counterpart, Relation } from '../snapshots/lineage.ts'
import { loadDefinitions, persistDefinitions, persistTree, readState, loadTree } from '../snapshots/integration-state.ts'
import { buildTree, type Tree } from '../snapshots/tree.ts'
import type { RowsOf } from '../../ports/store.ts'
import { keepKeys } from '../../keys.ts'

export interface FirstMatch {
  readonly common: CommonState
  readonly counterparts: readonly Counterpart[]
}

interface Part {
  readonly collection: Collection
  readonly id: string
  readonly definition: Definition
}

export async function matchFirstFiles(rows: RowsOf<'snapshots'>, { own, other }: Relation, source: Hash): Promise<FirstMatch> {
  const now = (await readState(rows, own.envId, own.integrationId)).tree
  const [here, there] = [
    await loadParts(rows, own.envId, now),
    await loadParts(rows, other.envId, await loadTree(rows, other.envId, source)),
  ]
  const roots = [there, here].map((parts) => parts.find(({ collection }) => collection === 'integrations') as Part) as [Part, Part]
  const [theirs, ours] = roots
  const counterparts: Counterpart[] = [
    { collection: 'integrations', from: theirs.id, to: ours.id },
    ...matchParts(there, here),
    ...matchGroups(theirs, ours),
  ]
  return {
    common: { other: await persistRootOnly(rows, other.envId, theirs), own: await persistRootOnly(rows, own.envId, ours) },
    counterparts,
  }
}

async function loadParts(rows: RowsOf<'snapshots'>, envId: string, tree: Tree): Promise<readonly Part[]> {
  const load = await loadDefinitions(
    rows,
    envId,
    tree.map(({ hash }) => hash),
  )
  return tree.map(({ collection, id, hash }) => ({ collection, id, definition: load(hash) }))
}

/** What an integration is called stays its own, as with clones. Its groups come along. */
async function persistRootOnly(rows: RowsOf<'snapshots'>, envId: string, { collection, id, definition }: Part): Promise<Hash> {
  const lists = new Set<string>(Object.values(groupings).map(({ list }) => list))
  const [hash] = await persistDefinitions(rows, envId, [
    Object.fromEntries(Object.entries(definition).filter(([field]) => !lists.has(field))),
  ])
  return (await persistTree(rows, envId, buildTree([{ collection, id, hash: hash as Hash }]))).hash
}

/** The same id, or a name that no other of its type has on either side. */
function matchParts(there: readonly Part[], here: readonly Part[]): Counterpart[] {
  const [theirs, ours] = [there, here].map((parts) => parts.filter(({ collection }) => collection !== 'integrations')) as [Part[], Part[]]
  const same = keepKeys(theirs, ours)
  const done = new Set(same.map(({ id }) => id))
  const byName = (parts: readonly Part[]) =>
    Map.groupBy(
      parts.filter(({ id }) => !done.has(id)),
      matchKey,
    )
  const named = byName(ours)
  const counterparts = [...byName(theirs)].flatMap(([name, [from, ...more]]): Counterpart[] => {
    const [to, ...others] = named.get(name) ?? []
    return from && to && more.length === 0 && others.length === 0 ? [{ collection: from.collection, from: from.id, to: to.id }] : []
  })
  return [...same.map(({ collection, id }) => ({ collection, from: id, to: id })), ...counterparts]
}

const matchKey = ({ collection, definition }: Part): string =>
  JSON.stringify([collection, definition.name, collection === 'connections' ? definition.type : undefined])

function matchGroups(theirs: Part, ours: Part): Counterpart[] {
  return Object.values(groupings).flatMap(({ list }) => {
    const [there, here] = [theirs, ours].map(({ definition }) => readGroups(definition[list]))
    return (there ?? []).flatMap((group): Counterpart[] => {
      const to = here?.find(({ _id }) => _id === group._id) ?? here?.find(({ name }) => name === group.name)
      return to ? [{ collection: list, from: String(group._id), to: String(to._id) }] : []
    })
  })
}
