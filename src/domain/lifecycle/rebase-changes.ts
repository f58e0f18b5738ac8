/** Rebases the other side's changes since the last common state onto this side: the result is `theirs` of a three-way merge. */
import type { IntegrationDocument } from '../../contract/document.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Mention } from '../definitions/mentions.ts'
import type { Context } from '../context.ts'
import { canonical, hashText, type Definition, type Hash } from '../definitions/definition.ts'
import { buildPullChoices } from './install/choice-steps.ts'
import { findNewGroups } from './group-plan.ts'
import { readIgnoredPaths, keepIgnoredFields } from './ignored-fields.ts'
import { matchFirstFiles, type FirstMatch } from './files/match-foreign-files.ts'
import { listChoices, listPendingIds, type InstallStep } from './install/install-steps.ts'
import { isCrossEnvironment, readCommonState, mapCounterparts, type Counterpart, type Relation } from './snapshots/lineage.ts'
import { findPulledMentions } from './mentions.ts'
import { rebaseValue } from './merge/merge-values.ts'
import { buildSecretsSteps, type ArrivingResource } from './install/secrets-needed.ts'
import { loadDefinitions, persistDefinitions, persistTree, readState, loadTree } from './snapshots/integration-state.ts'
import { applyReverts } from './reverted-changes.ts'
import type { Included } from './revision.ts'
import { canBeDisabled, copyDisabledFlags } from './disabled-flags.ts'
import { translateDefinition, type Translation } from './compare/translate-ids.ts'
import { indexTree, nodeKey, diffTrees, buildTree, type NodeDifference, type TreeNode, type Tree } from './snapshots/tree.ts'
import type { RowsOf } from '../ports/store.ts'

export interface RebasedChanges {
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
export interface EarlierChoices {
  readonly counterparts: readonly Counterpart[]
  readonly installSteps: readonly InstallStep[]
  /** A state of the other side to take instead of its present one. */
  readonly source?: Hash
  readonly include?: readonly Included[]
}

/** Undefined where the two were never recorded to have anything in common. */
export async function rebaseChanges(
  rows: RowsOf<'clones' | 'documents' | 'files' | 'revisions' | 'snapshots'>,
  ctx: Context,
  relation: Relation,
  integration: IntegrationDocument,
  earlier: EarlierChoices,
): Promise<RebasedChanges | undefined> {
  const { own, other } = relation
  const shared = await readCommonState(rows, relation)
  const met = shared || !relation.isForeign ? undefined : await matchFirstFiles(rows, relation, earlier.source as Hash)
  const common = shared ?? met?.common
  if (!common) return undefined
  const source = earlier.source === undefined ? await readState(rows, other.envId, other.integrationId) : undefined
  const sourceTree = source?.tree ?? (await loadTree(rows, other.envId, earlier.source as Hash))
  const before = await readState(rows, own.envId, own.integrationId)
  const [commonOther, base] = [await loadTree(rows, other.envId, common.other), await loadTree(rows, own.envId, common.own)]
  const differences = diffTrees(commonOther, sourceTree).filter(({ collection }) => collection !== 'connections')
  const loadOther = await loadDefinitions(rows, other.envId, [...listHashes(differences), ...connectionHashes(sourceTree)])

  const { counterparts, chosen, ids } = await resolveCounterparts(rows, ctx, relation, {
    trees: [base, before.tree],
    differences,
    sourceTree,
    commonOther,
    loadOther,
    earlier,
    met,
  })
  const pending = listPendingIds(chosen)
  const translation = { ids, pending, ...(isCrossEnvironment(relation) && { crossing: new Set(ids.values()) }) }

  const inBase = indexTree(base)
  const touched = new Set(differences.map(({ collection, id }) => nodeKey({ collection, id: ids.get(id) ?? id })))
  const known = [...base, ...before.tree.filter((node) => !inBase.has(nodeKey(node)))]
  const ownHashes = known.flatMap((node) => (touched.has(nodeKey(node)) ? [node.hash] : []))
  const loadOwn = await loadDefinitions(rows, own.envId, ownHashes)
  const { theirs, definitions } = await rebaseDefinitions(rows, own.envId, {
    differences,
    base,
    now: before.tree,
    loadOther,
    loadOwn,
    translation,
    iLMIgnore: integration.iLMIgnore,
  })
  const steps = await buildSecretsSteps(rows, { envId: own.envId, otherEnvId: other.envId }, definitions, earlier.installSteps)
  return {
    before: before.hash,
    common: common.own,
    ...(await applyInclude(rows, relation, { common: common.own, theirs, before: before.tree, sourceTree, ids, integration, earlier })),
    source: source?.hash ?? (earlier.source as Hash),
    counterparts,
    installSteps: [...chosen, ...steps],
    mentions: await findPulledMentions(rows, { otherEnvId: other.envId, differences, tree: sourceTree, load: loadOther, ids }),
  }
}

interface CounterpartSources {
  /** The states of this side whose groups are known. */
  readonly trees: readonly Tree[]
  readonly differences: readonly NodeDifference[]
  readonly sourceTree: Tree
  readonly commonOther: Tree
  readonly loadOther: (hash: Hash) => Definition
  readonly earlier: EarlierChoices
  readonly met: FirstMatch | undefined
}

/** What stands for what here: as it is known, as it is promised to what comes along, and as connections were chosen. */
async function resolveCounterparts(
  rows: RowsOf<'clones' | 'documents' | 'files' | 'snapshots'>,
  ctx: Context,
  relation: Relation,
  { trees, differences, sourceTree, commonOther, loadOther, earlier, met }: CounterpartSources,
): Promise<{
  readonly counterparts: readonly Counterpart[]
  readonly chosen: readonly InstallStep[]
  readonly ids: ReadonlyMap<string, string>
}> {
  const before = [...(met?.counterparts ?? []), ...earlier.counterparts]
  const known = await mapCounterparts(rows, relation, before)
  const groups = await findNewGroups(rows, relation.own.envId, trees, differences, loadOther)
  const promised = [...differences, ...groups]
    .filter(({ id }) => !known.has(id))
    .map(({ collection, id }) => ({ collection, from: id, to: ctx.newId() }))
  const chosen = await buildPullChoices(rows, {
    differences,
    tree: sourceTree,
    commonTree: commonOther,
    load: loadOther,
    known,
    relation,
    earlier: earlier.installSteps,
  })
  const bound = listChoices(chosen).flatMap(({ collection, from, to }) => (to === undefined ? [] : [{ collection, from, to }]))
  const counterparts = unique([...before, ...promised, ...bound])
  const ids = await mapCounterparts(rows, relation, counterparts)
  return { counterparts, chosen, ids }
}

interface IncludeSources {
  readonly common: Hash
  readonly theirs: Hash
  readonly before: Tree
  readonly sourceTree: Tree
  readonly ids: ReadonlyMap<string, string>
  readonly integration: IntegrationDocument
  readonly earlier: EarlierChoices
}

/** With what a pull leaves out unless it is asked for: what was reverted, and what is on. */
async function applyInclude(
  rows: RowsOf<'revisions' | 'snapshots'>,
  relation: Relation,
  asked: IncludeSources,
): Promise<Pick<RebasedChanges, 'reverted' | 'base' | 'theirs'>> {
  const { common, theirs, before, sourceTree, ids, integration, earlier } = asked
  const include = earlier.include ?? []
  const isIgnored = ({ collection }: TreeNode): boolean => readIgnoredPaths(integration.iLMIgnore, collection).includes('disabled')
  const source = include.includes('disabled') ? sourceTree.filter((node) => canBeDisabled(node) && !isIgnored(node)) : []
  const reverted = await applyReverts(rows, relation.own, common, before)
  const sides = { base: include.includes('reverted') ? reverted : common, theirs }
  const switched = source.length > 0 ? await copyDisabledFlags(rows, relation, { ...sides, now: before, source, ids }) : sides
  return { reverted, ...switched }
}

const listHashes = (differences: readonly NodeDifference[]): Hash[] =>
  differences.flatMap(({ before, after }) => [before, after].filter((hash) => hash !== undefined))
const connectionHashes = (tree: Tree): Hash[] => tree.flatMap(({ collection, hash }) => (collection === 'connections' ? [hash] : []))
const unique = (counterparts: readonly Counterpart[]): Counterpart[] => [...new Map(counterparts.map((each) => [each.from, each])).values()]

interface RebaseSources {
  readonly differences: readonly NodeDifference[]
  readonly base: Tree
  readonly now: Tree
  readonly loadOther: (hash: Hash) => Definition
  readonly loadOwn: (hash: Hash) => Definition
  readonly translation: Translation
  readonly iLMIgnore: unknown
}

/** Keeps the base with their changes, and answers its hash, and what came of each. */
async function rebaseDefinitions(
  rows: RowsOf<'snapshots'>,
  envId: string,
  { differences, base, now, loadOther, loadOwn, translation, iLMIgnore }: RebaseSources,
): Promise<{ theirs: Hash; definitions: readonly ArrivingResource[] }> {
  const [inBase, isHere] = [indexTree(base), indexTree(now)]
  const nodes = new Map(base.filter(({ collection }) => collection !== 'connections').map((node) => [nodeKey(node), node]))
  const definitions: ArrivingResource[] = []
  for (const { collection, id: theirId, before, after } of differences) {
    const id = translation.ids.get(theirId) ?? theirId
    const name = nodeKey({ collection, id })
    const there = (hash: Hash | undefined): Definition | undefined =>
      hash === undefined ? undefined : translateDefinition(collection, loadOther(hash), translation)
    if (after === undefined) {
      nodes.delete(name)
      continue
    }
    const known = inBase.get(name)
    const ours = known === undefined ? undefined : loadOwn(known)
    const carriedOver = rebaseValue({ base: there(before), ours, theirs: there(after) }) as Definition
    const here = isHere.get(name)
    // What came to both sides by itself is on or off as it is here.
    const theirs = ours || here === undefined ? carriedOver : withDisabledOf(loadOwn(here), carriedOver)
    const kept = ours && keepIgnoredFields(readIgnoredPaths(iLMIgnore, collection), ours, withDisabledOf(ours, theirs))
    const comesBack = kept !== undefined && !isHere.has(name) && !isDeepStrictEqual(kept, ours)
    const definition =
      (kept && !comesBack) || (!kept && here !== undefined) ? (kept ?? theirs) : disableArriving(collection, kept ?? theirs)
    nodes.set(name, { collection, id, hash: hashText(canonical(definition)) } satisfies TreeNode)
    definitions.push({ collection, id, definition, source: { collection, id: theirId } })
  }
  await persistDefinitions(
    rows,
    envId,
    definitions.map(({ definition }) => definition),
  )
  const { hash } = await persistTree(rows, envId, buildTree([...nodes.values()]))
  return { theirs: hash, definitions }
}

/** Which flows run is every environment's own: switched off and on again in development, one is not switched on in production. */
export function withDisabledOf({ disabled }: Definition, { disabled: _theirs, ...theirs }: Definition): Definition {
  return disabled === undefined ? theirs : { ...theirs, disabled }
}

/** Like a clone, what is new here keeps quiet until somebody turns it on. */
export const disableArriving = (collection: TreeNode['collection'], definition: Definition): Definition =>
  canBeDisabled({ collection }) ? { ...definition, disabled: true } : definition
