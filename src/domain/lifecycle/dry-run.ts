/** Computes what a pull, a revert or files would do by applying them in a transaction that is rolled back. */
import type { Static } from 'typebox'
import type { RevisionPlan } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { executeRevision, unwrapFailure } from './apply.ts'
import { diffFields } from './compare/field-diff.ts'
import { formatConflict } from './conflicts.ts'
import type { Pairing } from './compare/diff-format.ts'
import { readName, typeName } from './compare/diff-format.ts'
import { isDecided, type Draft, type NoChange } from './open-revision.ts'
import { toPairings, type LoadedPlan } from './plan.ts'
import type { AppliedChange, Note, RevisionDoc } from './revision.ts'
import { readState } from './snapshots/integration-state.ts'
import type { ApplyRows, ExecuteRows } from './revision-rows.ts'

export type PlannedRevision = Static<typeof RevisionPlan>

class RollbackSignal extends Error {
  readonly answer: unknown
  constructor(answer: unknown) {
    super('tried out, and taken back')
    this.answer = answer
  }
}

/** Does the work, and nothing of it stays. */
export async function rehearseChange<T>(ctx: Context, work: (rows: ApplyRows) => Promise<T>): Promise<T> {
  try {
    return await ctx.store.transaction<T>(async (rows) => {
      throw new RollbackSignal(await work(rows))
    })
  } catch (error) {
    if (error instanceof RollbackSignal) return error.answer as T
    throw error
  }
}

/** Carries the draft out as well where nothing is left to decide: what only then turns out to be wrong is told now. */
export async function toPlannedRevision(
  rows: ExecuteRows,
  ctx: Context,
  integrationId: string,
  draft: Draft | NoChange,
  notes: readonly Note[],
): Promise<PlannedRevision> {
  if (!('opened' in draft)) {
    const { hash } = await readState(rows, ctx.caller.envId, integrationId)
    return {
      canApply: false,
      beforeRevisionHash: hash,
      afterRevisionHash: hash,
      changes: [],
      conflicts: [],
      installSteps: [],
      problems: [],
      warnings: [],
      kept: [...draft.kept],
      leftOut: [],
      mentions: [],
      notes: [...notes],
    }
  }
  const { opened, plan } = draft
  const { doc } = opened
  const { warnings, ...confirmed } = doc
  const isTried = isDecided({ ...opened, doc: confirmed }, plan)
  const tried = isTried ? await tryOut(rows, ctx, draft) : undefined
  const problems = [...(doc.problems ?? []), ...(tried?.problems ?? [])]
  const { transactionHash } = doc
  return {
    canApply: isTried && problems.length === 0,
    beforeRevisionHash: doc.beforeRevisionHash,
    ...(transactionHash !== undefined && { transactionHash }),
    ...(tried?.after !== undefined && { afterRevisionHash: tried.after }),
    changes: addFieldDiffs(tried?.changes ?? listPlannedChanges(plan), toPairings(plan)),
    conflicts: plan.conflicts.map((conflict) => formatConflict(conflict, undefined)),
    installSteps: doc.installSteps.map((step) => ({ ...step })),
    problems,
    warnings: [...(warnings ?? [])],
    kept: [...(doc.kept ?? [])],
    leftOut: [...(doc.leftOut ?? [])],
    mentions: [...(doc.mentions ?? [])],
    notes: [...notes],
  }
}

interface Rehearsal {
  readonly after?: string
  readonly changes?: readonly AppliedChange[]
  readonly problems: NonNullable<RevisionDoc['problems']>
}

async function tryOut(rows: ExecuteRows, ctx: Context, { opened, plan }: Draft): Promise<Rehearsal> {
  try {
    const { after, changes } = await executeRevision(rows, { ...ctx, revisionId: opened.doc._id }, opened, plan)
    return { after: after.hash, changes, problems: [] }
  } catch (error) {
    const reason = unwrapFailure(error)
    if (!(reason instanceof DomainError)) throw reason
    const of = { type: 'integration', _id: opened.doc._integrationId }
    return { problems: reason.problems.map(({ field = '', message }) => ({ ...of, path: field, message })) }
  }
}

/** As far as the plan tells, where it was not tried. */
const listPlannedChanges = (plan: LoadedPlan): AppliedChange[] =>
  toPairings(plan).map(({ collection, id: _id, before, after }) => ({
    change: before ? (after ? 'updated' : 'deleted') : 'created',
    collection,
    type: typeName(collection),
    _id,
    name: readName(after ?? before),
  }))

function addFieldDiffs(changes: readonly AppliedChange[], pairings: readonly Pairing[]): PlannedRevision['changes'] {
  const known = new Map(pairings.map((each) => [each.id, each]))
  return changes.map((change) => {
    const { before, after } = known.get(change._id) ?? {}
    return before && after ? { ...change, fields: diffFields(before, after).map((field) => ({ ...field })) } : { ...change }
  })
}
