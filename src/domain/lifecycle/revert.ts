/** Opens a revert: the integration as it was before or after a revision of it. Never in conflict: the base of the merge is the present state. */
import type { IntegrationDocument } from '../../contract/document.ts'
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { remapDocument } from '../definitions/remap-ids.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import { readName } from './compare/diff-format.ts'
import { readIgnoredPaths, keepIgnoredFields } from './ignored-fields.ts'
import {
  addOpenRevision,
  draftRevision,
  lockIntegration,
  nothingToChange,
  transactionHash,
  type Draft,
  type NoChange,
} from './open-revision.ts'
import { listChoices, makeChoiceStep, choices, findStep, type InstallStep } from './install/install-steps.ts'
import { toRevisionResponse, newRevision, type StoredRevision } from './revision.ts'
import { buildSecretsSteps } from './install/secrets-needed.ts'
import { loadDefinitions, persistDefinitions, persistTree, readState, loadTree } from './snapshots/integration-state.ts'
import { findNeededChoices, uniqueChoices, type NeededChoice } from './compare/translate-ids.ts'
import { diffTrees, buildTree, nodeKey, type Tree } from './snapshots/tree.ts'
import type { RowsOf } from '../ports/store.ts'
import type { ReviewRows } from './revision-rows.ts'

type Answer = ReturnType<typeof toRevisionResponse>

export async function revertIntegration(ctx: Context, { params, body }: Input<(typeof operations)['revertIntegration']>): Promise<Answer> {
  const opened = await ctx.store.transaction(async (rows) => {
    const drafted = await draftRevert(rows, ctx, params._id, body)
    if (!('opened' in drafted)) throw nothingToChange('The integration is in that state already.')
    return addOpenRevision(rows, ctx, drafted)
  })
  return toRevisionResponse(opened.doc)
}

interface Asked {
  readonly _revertToRevisionId: string
  readonly to?: 'before' | 'after'
  readonly description: string
}

export async function draftRevert(
  rows: ReviewRows,
  ctx: Context,
  id: string,
  { _revertToRevisionId, to = 'before', description }: Asked,
): Promise<Draft | NoChange> {
  const integration = await lockIntegration(rows, ctx, id)
  const found = (await rows.revisions.find(ctx.caller.envId, id, _revertToRevisionId)) as StoredRevision | undefined
  if (!found) throw new DomainError('invalid_ref', `The integration has no revision ${_revertToRevisionId}.`, '_revertToRevisionId')
  const target = targetHash(found, to)
  const drawn = await rebaseRevert(rows, ctx, integration, target, [])
  const fields = { type: 'revert', status: 'inprogress', description, _revertToRevisionId, revertToRevisionHash: target } as const
  const doc = newRevision(ctx, { _id: integration._id, name: readName(integration) }, { ...fields, ...drawn.fields })
  return draftRevision(rows, ctx, { doc, work: { theirs: drawn.theirs, target } })
}

/** A snapshot is the same before and after. */
export function targetHash({ doc }: StoredRevision, at: 'before' | 'after'): Hash {
  if (at === 'before' || doc.type === 'snapshot') return doc.beforeRevisionHash
  if (doc.afterRevisionHash !== undefined) return doc.afterRevisionHash
  throw new DomainError('invalid_revision_state', `The revision is ${doc.status}: there is no state after it.`)
}

interface RebasedRevert {
  readonly theirs: Hash
  readonly fields: Pick<StoredRevision['doc'], 'beforeRevisionHash' | 'transactionHash' | 'installSteps'>
}

/** The target with what the receiver keeps: ignored fields, and other connections for those that are gone for good. */
export async function rebaseRevert(
  rows: RowsOf<'documents' | 'snapshots'>,
  ctx: Context,
  integration: IntegrationDocument,
  target: Hash,
  earlier: readonly InstallStep[],
): Promise<RebasedRevert> {
  const { envId } = ctx.caller
  const before = await readState(rows, envId, integration._id)
  const wanted = await loadTree(rows, envId, target)
  const differences = diffTrees(before.tree, wanted).filter(({ collection }) => collection !== 'connections')
  const hashes = [...differences.flatMap((each) => [each.before, each.after]), ...filterConnections(wanted).map(({ hash }) => hash)]
  const load = await loadDefinitions(
    rows,
    envId,
    hashes.filter((hash) => hash !== undefined),
  )
  const bound = differences.flatMap(({ collection, after }) => (after === undefined ? [] : findNeededChoices(collection, load(after))))
  const chosen = await buildRevertChoices(rows, envId, uniqueChoices(bound), wanted, load, earlier)
  const ids = new Map(listChoices(chosen).flatMap(({ from, to }) => (to === undefined ? [] : [[from, to] as const])))
  const nodes = new Map(wanted.filter(({ collection }) => collection !== 'connections').map((node) => [nodeKey(node), node]))
  const kept = differences.flatMap(({ collection, id, before: was, after }) => {
    if (after === undefined) return []
    const definition: Definition = ids.size > 0 ? remapDocument(collection, load(after), ids) : load(after)
    return [
      {
        collection,
        id,
        definition:
          was === undefined ? definition : keepIgnoredFields(readIgnoredPaths(integration.iLMIgnore, collection), load(was), definition),
      },
    ]
  })
  const found = await persistDefinitions(
    rows,
    envId,
    kept.map(({ definition }) => definition),
  )
  for (const [i, { collection, id }] of kept.entries()) nodes.set(nodeKey({ collection, id }), { collection, id, hash: found[i] as Hash })
  const { hash } = await persistTree(rows, envId, buildTree([...nodes.values()]))
  const installSteps = [...chosen, ...(await buildSecretsSteps(rows, { envId }, kept, earlier))]
  return { theirs: hash, fields: { beforeRevisionHash: before.hash, transactionHash: transactionHash(before.hash, hash), installSteps } }
}

export const filterConnections = (tree: Tree): Tree => tree.filter(({ collection }) => collection === 'connections')

/** What was deleted comes back from the recycle bin; for what is not there either somebody has to choose something else. */
export async function buildRevertChoices(
  rows: RowsOf<'snapshots'>,
  envId: string,
  needed: readonly NeededChoice[],
  wanted: Tree,
  load: (hash: Hash) => Definition,
  earlier: readonly InstallStep[],
): Promise<readonly InstallStep[]> {
  const hashes = new Map(filterConnections(wanted).map(({ id, hash }) => [id, hash]))
  const found: InstallStep[] = []
  for (const collection of Object.keys(choices) as (keyof typeof choices)[]) {
    const ids = needed.flatMap((each) => (each.collection === collection ? [each.id] : []))
    const stored = new Set(await rows.snapshots.filterStored(envId, collection, ids))
    for (const id of ids) {
      const hash = hashes.get(id)
      if (stored.has(id) || (collection === 'connections' && hash === undefined)) continue
      found.push(findStep(earlier, id) ?? makeChoiceStep(collection, id, hash === undefined ? {} : load(hash)))
    }
  }
  return found
}
