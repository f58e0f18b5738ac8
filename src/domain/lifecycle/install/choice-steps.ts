/** What somebody has to choose before a pull can be applied: what comes along refers to it on the other side, and nothing stands for it here. */
import { definitionOf, type Definition, type Hash } from '../../definitions/definition.ts'
import { choiceStep, chosenAs, stepAbout, type InstallStep } from './install-steps.ts'
import { areApart, type Relation } from '../snapshots/lineage.ts'
import { definitionsAt } from '../snapshots/integration-state.ts'
import { choicesOf, distinct, type Needed } from '../compare/translate-ids.ts'
import type { Difference, Tree } from '../snapshots/tree.ts'
import type { Rows } from '../../ports/store.ts'

interface Bound {
  readonly differences: readonly Difference[]
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
export async function choiceSteps(rows: Rows, bound: Bound): Promise<readonly InstallStep[]> {
  const { differences, load, known, relation, earlier } = bound
  const { own } = relation
  if (!areApart(relation)) return []
  const needed = distinct(differences.flatMap(({ collection, after }) => (after === undefined ? [] : choicesOf(collection, load(after)))))
  const standing = needed.flatMap(({ collection, id }) => (known.has(id) ? [{ collection, id: known.get(id) as string }] : []))
  const absent = new Set((await rows.clones.insert(own.envId, [], standing)).map(({ id }) => id))
  const found: InstallStep[] = []
  for (const { collection, id } of needed) {
    const step = stepAbout(earlier, id)
    if (step) found.push(step)
    if (step || (known.has(id) && !absent.has(known.get(id) as string))) continue
    const definition = await definitionThere(rows, bound, { collection, id })
    if (!definition) continue
    const asked = choiceStep(collection, id, definition)
    const chosen = collection === 'connections' ? await remembered(rows, bound, definition) : undefined
    found.push(chosen === undefined ? asked : chosenAs(asked, collection, chosen))
  }
  return found
}

/** Connections are in the state of the other side; the others are read as they are. Undefined for a connection that is gone. */
async function definitionThere(
  rows: Rows,
  { tree, load, relation: { other, isForeign } }: Bound,
  { collection, id }: Needed,
): Promise<Definition | undefined> {
  // Of another server nobody can look at more than its files.
  if (collection !== 'connections' && isForeign) return {}
  if (collection !== 'connections') return definitionOf(collection, (await rows.documents.find(other.envId, collection, id))?.doc ?? {})
  const hash = tree.find((node) => node.collection === collection && node.id === id)?.hash
  return hash === undefined ? undefined : load(hash)
}

/** A connection that was made anew under the name and type of one that is gone takes the place that was chosen for that. */
async function remembered(
  rows: Rows,
  { tree, commonTree, known, relation }: Bound,
  { name, type }: Definition,
): Promise<string | undefined> {
  const there = new Set(tree.map(({ id }) => id))
  const gone = commonTree.filter(({ collection, id }) => collection === 'connections' && !there.has(id) && known.has(id))
  const load = await definitionsAt(
    rows,
    relation.other.envId,
    gone.map(({ hash }) => hash),
  )
  const [one, ...more] = gone.filter(({ hash }) => load(hash)['name'] === name && load(hash)['type'] === type)
  const chosen = one && more.length === 0 ? (known.get(one.id) as string) : undefined
  return chosen !== undefined && (await rows.clones.connectionTypes(relation.own.envId, [chosen])).has(chosen) ? chosen : undefined
}
