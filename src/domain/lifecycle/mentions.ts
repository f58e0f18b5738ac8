/** Where a pull brings texts that name documents of the other side by their ids. */
import type { Collection } from '../../contract/resources/index.ts'
import { findMentions, sortByUrgency, type Mention } from '../definitions/mentions.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import { readName, typeName } from './compare/diff-format.ts'
import { loadDefinitions } from './snapshots/integration-state.ts'
import type { NodeDifference, Tree } from './snapshots/tree.ts'
import type { RowsOf } from '../ports/store.ts'

/** Places that one revision names. */
const maxShown = 100

interface Brought {
  readonly otherEnvId: string
  readonly differences: readonly NodeDifference[]
  /** The state of the other side. */
  readonly tree: Tree
  readonly load: (hash: Hash) => Definition
  readonly ids: ReadonlyMap<string, string>
}

export async function findPulledMentions(
  rows: RowsOf<'snapshots'>,
  { otherEnvId, differences, tree, load, ids }: Brought,
): Promise<readonly Mention[]> {
  const nodes = new Map(tree.map((node) => [node.id, node]))
  const found = differences.flatMap(({ collection, id, after }) => {
    const definition = after === undefined ? undefined : load(after)
    return definition ? findMentions(collection, definition, nodes).map((mention) => ({ collection, id, definition, mention })) : []
  })
  const hashes = found.flatMap(({ mention }) => nodes.get(mention.id)?.hash ?? [])
  const loadNamed = await loadDefinitions(rows, otherEnvId, hashes)
  const mentions = found.flatMap(({ collection, id, definition, mention: { path, id: named, isCode } }): Mention[] => {
    const node = nodes.get(named)
    const becomes = ids.get(named)
    if (!node) return []
    const mentioned = { type: typeName(node.collection), _id: named, name: readName(loadNamed(node.hash)) }
    const remapped = !isCode && becomes !== undefined
    return [{ ...resource(collection, ids.get(id) ?? id, definition), path, mentioned, remapped, ...(remapped && { becomes }) }]
  })
  return sortByUrgency(mentions, maxShown)
}

const resource = (collection: Collection, _id: string, definition: Definition) => ({
  type: typeName(collection),
  _id,
  name: readName(definition),
})
