/** Ends an open revision: applied, as a whole or not at all, or canceled. */
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { StoreUnavailable, TransactionConflict, DomainError, type Problem } from '../errors.ts'
import type { Context } from '../context.ts'
import { pairTrees } from './compare/revision-diff.ts'
import { readName, typeName } from './compare/diff-format.ts'
import { executePlan } from './execute-plan.ts'
import { copyPulledEntries, findNewCaches } from './pulled-entries.ts'
import { readRelativeTexts, readStateTexts } from './script-authors.ts'
import { readCommonState, mapCounterparts, readRelation } from './snapshots/lineage.ts'
import { computePlan, type LoadedPlan } from './plan.ts'
import { withoutSecrets, openSentSecrets } from './install/sent-secrets.ts'
import { lockIntegration, lockOpenRevision, refuseUndecided, reviewRevision } from './open-revision.ts'
import { recordChoices } from './files/merge-own-files.ts'
import { recordPulledState } from './pull.ts'
import {
  addRevision,
  toRevisionResponse,
  findRevision,
  newRevision,
  recordRevision,
  writeRevision,
  type AppliedChange,
  type StoredRevision,
  type RevisionDoc,
} from './revision.ts'
import { readState, loadTree, type State } from './snapshots/integration-state.ts'
import type { RowsOf } from '../ports/store.ts'
import { formatKey } from '../keys.ts'
import type { ApplyRows, ExecuteRows } from './revision-rows.ts'

type Ops = typeof operations
type Answer = ReturnType<typeof toRevisionResponse>

/** What ended a revision, as opposed to what kept it from being applied yet. */
class RevisionFailure extends Error {
  constructor(cause: unknown) {
    super('the revision could not be applied', { cause })
  }
}

export async function applyRevision(ctx: Context, { params, body }: Input<Ops['applyRevision']>): Promise<Answer> {
  try {
    const { doc, changes } = await ctx.store.transaction((rows) => applyWithin(rows, ctx, params._id, params._revisionId, body?.confirm))
    return toRevisionResponse(doc, changes)
  } catch (error) {
    if (!(error instanceof RevisionFailure)) throw error
    // The transaction is gone, and with it everything that was written.
    const reason = error.cause instanceof DomainError ? error.cause.message : 'Something went wrong on the server. Its log says what.'
    await ctx.store.transaction((rows) => failRevision(rows, ctx, params._id, params._revisionId, reason))
    throw unwrapFailure(error)
  }
}

/** What really went wrong. */
export const unwrapFailure = (error: unknown): unknown => (error instanceof RevisionFailure ? error.cause : error)

async function failRevision(
  rows: RowsOf<'audit' | 'documents' | 'revisions'>,
  ctx: Context,
  integrationId: string,
  id: string,
  reason: string,
): Promise<void> {
  const opened = await findRevision(rows, ctx.caller.envId, integrationId, id, 'lock')
  if (opened.doc.status === 'inprogress')
    await recordRevision(
      rows,
      ctx,
      'apply',
      (await writeRevision(rows, ctx, withoutSecrets(opened, { status: 'failed', error: reason }))).doc,
    )
}

export interface Applied {
  readonly doc: RevisionDoc
  readonly changes: readonly AppliedChange[]
}

export async function applyWithin(
  rows: ApplyRows,
  ctx: Context,
  integrationId: string,
  id: string,
  confirmed: readonly string[] = [],
): Promise<Applied> {
  const { envId } = ctx.caller
  const integration = await lockIntegration(rows, ctx, integrationId)
  const locked = await lockOpenRevision(rows, ctx, integrationId, id)
  const plan = await computePlan(rows, envId, locked)
  // What is wrong, or has to be confirmed, may be another thing than when somebody last looked.
  const opened = await reviewRevision(rows, ctx, locked, plan)
  refuseUndecided(opened, plan, confirmed)
  await refuseStale(rows, ctx, opened)
  // Held in the order of their keys before they are compared: nobody changes one between the comparison and the write.
  await rows.documents.lockKeys(
    envId,
    [...plan.steps].toSorted((a, b) => (formatKey(a) < formatKey(b) ? -1 : 1)),
  )
  const before = await readState(rows, envId, integrationId)
  if (before.hash !== opened.doc.beforeRevisionHash) throw await staleRevision(rows, envId, opened, before)
  const snapshot = (when: string, hash: string): RevisionDoc =>
    newRevision(
      ctx,
      { _id: integrationId, name: readName(integration) },
      {
        type: 'snapshot',
        status: 'completed',
        description: `${when} ${opened.doc.type}: ${opened.doc.description}`,
        beforeRevisionHash: hash,
      },
    )
  await addRevision(rows, envId, { doc: snapshot('Before', before.hash), work: {} })
  const { after, changes } = await executeRevision(rows, { ...ctx, revisionId: id }, opened, plan)
  await addRevision(rows, envId, { doc: snapshot('After', after.hash), work: {} })
  const { doc } = await writeRevision(rows, ctx, withoutSecrets(opened, { status: 'completed', afterRevisionHash: after.hash }))
  await recordRevision(rows, ctx, 'apply', doc)
  return { doc, changes }
}

/** PostgreSQL asks for some transactions to be run again; anything else that goes wrong from here on ends the revision. */
export async function executeRevision(
  rows: ExecuteRows,
  ctx: Context,
  opened: StoredRevision,
  plan: LoadedPlan,
): Promise<{ readonly after: State; readonly changes: readonly AppliedChange[] }> {
  const { doc, work } = opened
  try {
    const since = await findRevertTime(rows, ctx, doc)
    const isOfFiles = work.files !== undefined
    const revive = work.target !== undefined || isOfFiles
    const known = await listPartsBefore(rows, ctx, opened)
    const origins = { secrets: openSentSecrets(ctx, opened), known, revive, ...(since !== undefined && { since }) }
    const changes: AppliedChange[] = []
    const readTexts = () => readStateTexts(rows, ctx.caller.envId, plan, work.theirs ?? doc.beforeRevisionHash)
    if (work.source === undefined || work.theirs === undefined)
      changes.push(...(await executePlan(rows, ctx, plan, { ...origins, isPull: isOfFiles, sources: new Map(), texts: await readTexts() })))
    else {
      const relation = await readRelation(rows, ctx, doc, work.isForeign)
      const counterparts = work.counterparts ?? []
      const ids = await mapCounterparts(rows, relation, counterparts)
      const sources = new Map([...ids].map(([from, to]) => [to, from]))
      const texts = work.isSent ? await readTexts() : await readRelativeTexts(rows, relation.other, plan, ids)
      const done = await executePlan(rows, ctx, plan, { ...origins, isPull: true, sources, texts })
      changes.push(...done)
      const made = done.filter(({ change }) => change === 'created').map(({ collection, _id: id }) => ({ collection, id }))
      if (!work.isForeign) await copyPulledEntries(rows, relation, findNewCaches(plan, made, sources))
      await recordPulledState(rows, relation, { source: work.source, theirs: work.theirs, counterparts })
    }
    if (work.files !== undefined) await recordChoices(rows, ctx, doc._integrationId, work.counterparts ?? [])
    return { changes, after: await readState(rows, ctx.caller.envId, doc._integrationId) }
  } catch (error) {
    // That the database went away says nothing of the revision, which stays open. So does a pull that is refused: it holds decisions, and what refuses it can be mended.
    if (
      error instanceof TransactionConflict ||
      error instanceof StoreUnavailable ||
      (error instanceof DomainError && work.target === undefined)
    )
      throw error
    throw new RevisionFailure(error)
  }
}

/** Whatever was a part of the integration in a state that the revision goes from or back to; asked for whom not everything is open to. */
async function listPartsBefore(
  rows: RowsOf<'snapshots'>,
  { caller }: Context,
  { doc, work }: StoredRevision,
): Promise<ReadonlySet<string>> {
  if (!caller.reach) return new Set()
  const ofPull = work.files === undefined ? [work.base, work.common] : []
  const states = [doc.beforeRevisionHash, ...ofPull, ...(doc._revertToRevisionId === undefined ? [] : [work.target])]
  const known = new Set<string>()
  for (const hash of new Set(states)) if (hash !== undefined) for (const { id } of await loadTree(rows, caller.envId, hash)) known.add(id)
  return known
}

/** When the integration was in the state that a revert goes back to. */
async function findRevertTime(
  rows: RowsOf<'documents' | 'revisions'>,
  ctx: Context,
  { _integrationId, _revertToRevisionId, revertToRevisionHash }: RevisionDoc,
) {
  if (_revertToRevisionId === undefined) return undefined
  const { doc } = await findRevision(rows, ctx.caller.envId, _integrationId, _revertToRevisionId)
  return revertToRevisionHash === doc.beforeRevisionHash ? doc.createdAt : doc.lastModified
}

/** The other side has pulled from this one since: what the two have in common is another state than the one this was merged on. */
async function refuseStale(
  rows: RowsOf<'clones' | 'documents' | 'files' | 'revisions'>,
  ctx: Context,
  { doc, work }: StoredRevision,
): Promise<void> {
  if (work.base === undefined || work.files !== undefined) return
  const common = await readCommonState(rows, await readRelation(rows, ctx, doc, work.isForeign))
  // The first files of an integration on another server have nothing in common with this one yet.
  if (common?.own === (work.common ?? work.base) || (!common && work.isForeign)) return
  throw new DomainError('integration_changed', 'The two integrations have exchanged changes since the revision was opened. Refresh it.')
}

/** Resources that one answer names. */
const maxNamed = 20

async function staleRevision(rows: RowsOf<'snapshots'>, envId: string, { doc }: StoredRevision, now: State): Promise<DomainError> {
  const found = await pairTrees(rows, envId, await loadTree(rows, envId, doc.beforeRevisionHash), now.tree)
  const problems = found.slice(0, maxNamed).map(({ collection, id, before, after }): Problem => {
    const what = before ? (after ? 'changed' : 'removed') : 'added'
    return {
      code: 'integration_changed',
      message: `The ${typeName(collection)} "${readName(after ?? before)}" was ${what} since the revision was opened.`,
      field: `${typeName(collection)}.${id}`,
    }
  })
  const message = 'The integration changed since the revision was opened. Refresh it, look at what it does now, and apply it then.'
  return new DomainError('integration_changed', message, undefined, problems)
}

export async function cancelRevision(ctx: Context, { params }: Input<Ops['cancelRevision']>): Promise<Answer> {
  return ctx.store.transaction(async (rows) => {
    const opened = await lockOpenRevision(rows, ctx, params._id, params._revisionId)
    const { doc } = await writeRevision(rows, ctx, { doc: { ...opened.doc, status: 'canceled' }, work: {} })
    await recordRevision(rows, ctx, 'cancel', doc)
    return toRevisionResponse(doc)
  })
}
