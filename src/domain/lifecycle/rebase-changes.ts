/**
 * What a pull brings. The other side's changes since the last common state are carried over to that state as it is on this side; the result is `theirs` of a
 * three-way merge whose base is the common state. So what differs on purpose stays: the name of a clone, its connections. Which flows are on is not carried over.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Mention } from '../definitions/mentions.ts'
import type { Context } from '../context.ts'
import { canonical, hashOf, type Definition, type Hash } from '../definitions/definition.ts'
import { choiceSteps } from './install/choice-steps.ts'
import { newGroups } from './group-plan.ts'
import { ignoredPaths, keeping } from './ignored-fields.ts'
import { meet, type Meeting } from './files/first-contact.ts'
import { choicesIn, pendingIn, type InstallStep } from './install/install-steps.ts'
import { areApart, commonOf, idsOf, type Counterpart, type Relation } from './snapshots/lineage.ts'
import { mentionsAmong } from './mentions.ts'
import { carryOver } from './merge/merge-values.ts'
import { secretsSteps, type Arriving } from './install/secrets-needed.ts'
import { definitionsAt, keepDefinitions, keepTree, stateOf, treeAt } from './snapshots/integration-state.ts'
import { withReverts } from './reverted-changes.ts'
import type { Included } from './revision.ts'
import { canBeOff, switchedAsThere } from './disabled-flags.ts'
import { translated, type Translation } from './compare/translate-ids.ts'
import { indexOf, nameOf, treeDiff, treeOf, type Difference, type Node, type Tree } from './snapshots/tree.ts'
import type { Doc } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'

export interface Drawn {
  readonly before: Hash
  /** What both sides had in common, as it is on this side. */
  readonly common: Hash
  /** What the merge goes from: that, but for what was asked for although it did not change since. */
  readonly base: Hash
  readonly theirs: Hash
  /** The common state with what was reverted since: the base of a merge that brings that again. */
  readonly reverted: Hash
  readonly source: Hash
  readonly counterparts: readonly Counterpart[]
  readonly installSteps: readonly InstallStep[]
  readonly mentions: readonly Mention[]
}

/** Kept when a pull is refreshed: ids that were promised, connections that were chosen. */
export interface Earlier {
  readonly counterparts: readonly Counterpart[]
  readonly installSteps: readonly InstallStep[]
  /** A state of the other side to take instead of its present one. */
  readonly source?: Hash
  readonly include?: readonly Included[]
}

/** Undefined where the two were never recorded to have anything in common. */
export async function draw(rows: Rows, ctx: Context, relation: Relation, integration: Doc, earlier: Earlier): Promise<Drawn | undefined> {
  const { own, other } = relation
  const shared = await commonOf(rows, relation)
  const met = shared || !relation.isForeign ? undefined : await meet(rows, relation, earlier.source as Hash)
  const common = shared ?? met?.common
  if (!common) return undefined
  const source = earlier.source === undefined ? await stateOf(rows, other.envId, other.integrationId) : undefined
  const sourceTree = source?.tree ?? (await treeAt(rows, other.envId, earlier.source as Hash))
  const before = await stateOf(rows, own.envId, own.integrationId)
  const [commonOther, base] = [await treeAt(rows, other.envId, common.other), await treeAt(rows, own.envId, common.own)]
  const differences = treeDiff(commonOther, sourceTree).filter(({ collection }) => collection !== 'connections')
  const loadOther = await definitionsAt(rows, other.envId, [...hashesOf(differences), ...connectionHashes(sourceTree)])

  const { counterparts, chosen, ids } = await standingFor(rows, ctx, relation, {
    trees: [base, before.tree],
    differences,
    sourceTree,
    commonOther,
    loadOther,
    earlier,
    met,
  })
  const pending = pendingIn(chosen)
  const translation = { ids, pending, ...(areApart(relation) && { crossing: new Set(ids.values()) }) }

  const inBase = indexOf(base)
  const touched = new Set(differences.map(({ collection, id }) => nameOf({ collection, id: ids.get(id) ?? id })))
  const known = [...base, ...before.tree.filter((node) => !inBase.has(nameOf(node)))]
  const ownHashes = known.flatMap((node) => (touched.has(nameOf(node)) ? [node.hash] : []))
  const loadOwn = await definitionsAt(rows, own.envId, ownHashes)
  const { theirs, definitions } = await carried(rows, own.envId, {
    differences,
    base,
    now: before.tree,
    loadOther,
    loadOwn,
    translation,
    iLMIgnore: integration['iLMIgnore'],
  })
  const steps = await secretsSteps(rows, { envId: own.envId, otherEnvId: other.envId }, definitions, earlier.installSteps)
  return {
    before: before.hash,
    common: common.own,
    ...(await asAsked(rows, relation, { common: common.own, theirs, before: before.tree, sourceTree, ids, integration, earlier })),
    source: source?.hash ?? (earlier.source as Hash),
    counterparts,
    installSteps: [...chosen, ...steps],
    mentions: await mentionsAmong(rows, { otherEnvId: other.envId, differences, tree: sourceTree, load: loadOther, ids }),
  }
}

interface Standing {
  /** The states of this side whose groups are known. */
  readonly trees: readonly Tree[]
  readonly differences: readonly Difference[]
  readonly sourceTree: Tree
  readonly commonOther: Tree
  readonly loadOther: (hash: Hash) => Definition
  readonly earlier: Earlier
  readonly met: Meeting | undefined
}

/** What stands for what here: as it is known, as it is promised to what comes along, and as connections were chosen. */
async function standingFor(
  rows: Rows,
  ctx: Context,
  relation: Relation,
  { trees, differences, sourceTree, commonOther, loadOther, earlier, met }: Standing,
): Promise<{
  readonly counterparts: readonly Counterpart[]
  readonly chosen: readonly InstallStep[]
  readonly ids: ReadonlyMap<string, string>
}> {
  const before = [...(met?.counterparts ?? []), ...earlier.counterparts]
  const known = await idsOf(rows, relation, before)
  const groups = await newGroups(rows, relation.own.envId, trees, differences, loadOther)
  const promised = [...differences, ...groups]
    .filter(({ id }) => !known.has(id))
    .map(({ collection, id }) => ({ collection, from: id, to: ctx.newId() }))
  const chosen = await choiceSteps(rows, {
    differences,
    tree: sourceTree,
    commonTree: commonOther,
    load: loadOther,
    known,
    relation,
    earlier: earlier.installSteps,
  })
  const bound = choicesIn(chosen).flatMap(({ collection, from, to }) => (to === undefined ? [] : [{ collection, from, to }]))
  const counterparts = unique([...before, ...promised, ...bound])
  const ids = await idsOf(rows, relation, counterparts)
  return { counterparts, chosen, ids }
}

interface Asked {
  readonly common: Hash
  readonly theirs: Hash
  readonly before: Tree
  readonly sourceTree: Tree
  readonly ids: ReadonlyMap<string, string>
  readonly integration: Doc
  readonly earlier: Earlier
}

/** With what a pull leaves out unless it is asked for: what was reverted, and what is on. */
async function asAsked(rows: Rows, relation: Relation, asked: Asked): Promise<Pick<Drawn, 'reverted' | 'base' | 'theirs'>> {
  const { common, theirs, before, sourceTree, ids, integration, earlier } = asked
  const include = earlier.include ?? []
  const isIgnored = ({ collection }: Node): boolean => ignoredPaths(integration['iLMIgnore'], collection).includes('disabled')
  const source = include.includes('disabled') ? sourceTree.filter((node) => canBeOff(node) && !isIgnored(node)) : []
  const reverted = await withReverts(rows, relation.own, common, before)
  const sides = { base: include.includes('reverted') ? reverted : common, theirs }
  const switched = source.length > 0 ? await switchedAsThere(rows, relation, { ...sides, now: before, source, ids }) : sides
  return { reverted, ...switched }
}

const hashesOf = (differences: readonly Difference[]): Hash[] =>
  differences.flatMap(({ before, after }) => [before, after].filter((hash) => hash !== undefined))
const connectionHashes = (tree: Tree): Hash[] => tree.flatMap(({ collection, hash }) => (collection === 'connections' ? [hash] : []))
const unique = (counterparts: readonly Counterpart[]): Counterpart[] => [...new Map(counterparts.map((each) => [each.from, each])).values()]

interface Carrying {
  readonly differences: readonly Difference[]
  readonly base: Tree
  readonly now: Tree
  readonly loadOther: (hash: Hash) => Definition
  readonly loadOwn: (hash: Hash) => Definition
  readonly translation: Translation
  readonly iLMIgnore: unknown
}

/** Keeps the base with their changes, and answers its hash, and what came of each. */
async function carried(
  rows: Rows,
  envId: string,
  { differences, base, now, loadOther, loadOwn, translation, iLMIgnore }: Carrying,
): Promise<{ theirs: Hash; definitions: readonly Arriving[] }> {
  const [inBase, isHere] = [indexOf(base), indexOf(now)]
  const nodes = new Map(base.filter(({ collection }) => collection !== 'connections').map((node) => [nameOf(node), node]))
  const definitions: Arriving[] = []
  for (const { collection, id: theirId, before, after } of differences) {
    const id = translation.ids.get(theirId) ?? theirId
    const name = nameOf({ collection, id })
    const there = (hash: Hash | undefined): Definition | undefined =>
      hash === undefined ? undefined : translated(collection, loadOther(hash), translation)
    if (after === undefined) {
      nodes.delete(name)
      continue
    }
    const known = inBase.get(name)
    const ours = known === undefined ? undefined : loadOwn(known)
    const carriedOver = carryOver({ base: there(before), ours, theirs: there(after) }) as Definition
    const here = isHere.get(name)
    // What came to both sides by itself is on or off as it is here.
    const theirs = ours || here === undefined ? carriedOver : switchedAs(loadOwn(here), carriedOver)
    const kept = ours && keeping(ignoredPaths(iLMIgnore, collection), ours, switchedAs(ours, theirs))
    const comesBack = kept !== undefined && !isHere.has(name) && !isDeepStrictEqual(kept, ours)
    const definition = (kept && !comesBack) || (!kept && here !== undefined) ? (kept ?? theirs) : arriving(collection, kept ?? theirs)
    nodes.set(name, { collection, id, hash: hashOf(canonical(definition)) } satisfies Node)
    definitions.push({ collection, id, definition, source: { collection, id: theirId } })
  }
  await keepDefinitions(
    rows,
    envId,
    definitions.map(({ definition }) => definition),
  )
  const { hash } = await keepTree(rows, envId, treeOf([...nodes.values()]))
  return { theirs: hash, definitions }
}

/** Which flows run is every environment's own: switched off and on again in development, one is not switched on in production. */
export function switchedAs({ disabled }: Definition, { disabled: _theirs, ...theirs }: Definition): Definition {
  return disabled === undefined ? theirs : { ...theirs, disabled }
}

/** Like a clone, what is new here keeps quiet until somebody turns it on. */
export const arriving = (collection: Node['collection'], definition: Definition): Definition =>
  canBeOff({ collection }) ? { ...definition, disabled: true } : definition
