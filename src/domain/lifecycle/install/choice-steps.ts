/** What somebody has to choose before a pull can be applied: what comes along refers to it on the other side, and nothing stands for it here. */
import { toDefinition, type Definition, type Hash } from '../../definitions/definition.ts'
import { makeChoiceStep, completeChoice, findStep, type InstallStep } from './install-steps.ts'
import { isCrossEnvironment, type Relation } from '../snapshots/lineage.ts'
import { loadDefinitions } from '../snapshots/integration-state.ts'
import { findNeededChoices, uniqueChoices, type NeededChoice } from '../compare/translate-ids.ts'
import type { NodeDifference, Tree } from '../snapshots/tree.ts'
import type { RowsOf } from '../../ports/store.ts'

interface Bound {
  readonly differences: readonly NodeDifference[]
  /** The state of the other side. */
  readonly tree: Tree
  /** That state when the two last had the same. */
  readonly commonTree: Tree
  readonly load: (hash: Hash) => Definition
  readonly known: ReadonlyMap<string, string>
  readonly relation: Relation
  readonly earlier: readonly InstallStep[]
}

/** Within an environment connections, stacks and EDI profiles are shared, as clones share them. */
export async function buildPullChoices(rows: RowsOf<'clones' | 'documents' | 'snapshots'>, bound: Bound): Promise<readonly InstallStep[]> {
  const { differences, load, known, relation, earlier } = bound
  const { own } = relation
  if (!isCrossEnvironment(relation)) return []
  const needed = uniqueChoices(
    differences.flatMap(({ collection, after }) => (after === undefined ? [] : findNeededChoices(collection, load(after)))),
  )
  const standing = needed.flatMap(({ collection, id }) => (known.has(id) ? [{ collection, id: known.get(id) as string }] : []))
  const absent = new Set((await rows.documents.lockTargets(own.envId, standing)).map(({ id }) => id))
  const found: InstallStep[] = []
  for (const { collection, id } of needed) {
    const step = findStep(earlier, id)
    if (step) found.push(step)
    if (step || (known.has(id) && !absent.has(known.get(id) as string))) continue
    const definition = await definitionThere(rows, bound, { collection, id })
    if (!definition) continue
    const asked = makeChoiceStep(collection, id, definition)
    const chosen = collection === 'connections' ? await findRememberedChoices(rows, bound, definition) : undefined
    found.push(chosen === undefined ? asked : completeChoice(asked, collection, chosen))
  }
  return found
}

/** Connections are in the state of the other side; the others are read as they are. Undefined for a connection that is gone. */
async function definitionThere(
  rows: RowsOf<'documents'>,
  { tree, load, relation: { other, isForeign } }: Bound,
  { collection, id }: NeededChoice,
): Promise<Definition | undefined> {
  // Of another server nobody can look at more than its files.
  if (collection !== 'connections' && isForeign) return {}
  if (collection !== 'connections') return toDefinition(collection, (await rows.documents.find(other.envId, collection, id))?.doc ?? {})
  const hash = tree.find((node) => node.collection === collection && node.id === id)?.hash
  return hash === undefined ? undefined : load(hash)
}

/** A connection that was made anew under the name and type of one that is gone takes the place that was chosen for that. */
async function findRememberedChoices(
  rows: RowsOf<'clones' | 'snapshots'>,
  { tree, commonTree, known, relation }: Bound,
  { name, type }: Definition,
): Promise<string | undefined> {
  const there = new Set(tree.map(({ id }) => id))
  const gone = commonTree.filter(({ collection, id }) => collection === 'connections' && !there.has(id) && known.has(id))
  const load = await loadDefinitions(
    rows,
    relation.other.envId,
    gone.map(({ hash }) => hash),
  )
  const [one, ...more] = gone.filter(({ hash }) => load(hash).name === name && load(hash).type === type)
  const chosen = one && more.length === 0 ? (known.get(one.id) as string) : undefined
  return chosen !== undefined && (await rows.clones.readConnectionTypes(relation.own.envId, [chosen])).has(chosen) ? chosen : undefined
}
