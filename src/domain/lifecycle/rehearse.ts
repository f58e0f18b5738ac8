/** What a pull, a revert or files would do, tried out in a transaction that is taken back: nothing of it is stored. */
import type { Static } from 'typebox'
import type { RevisionPlan } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { carriedOut, reasonOf } from './apply.ts'
import { changesOf } from './compare/field-diff.ts'
import { shownConflict } from './conflicts.ts'
import type { Pairing } from './compare/diff-format.ts'
import { nameIn, typeOf } from './compare/diff-format.ts'
import { isDecided, type Draft, type Idle } from './open-revision.ts'
import { pairingsOf, type LoadedPlan } from './plan.ts'
import type { Done, Note, RevisionDoc } from './revision.ts'
import { stateOf } from './snapshots/integration-state.ts'
import type { Rows } from '../ports/store.ts'

export type Planned = Static<typeof RevisionPlan>

class TakenBack extends Error {
  readonly answer: unknown
  constructor(answer: unknown) {
    super('tried out, and taken back')
    this.answer = answer
  }
}

/** Does the work, and nothing of it stays. */
export async function rehearsed<T>(ctx: Context, work: (rows: Rows) => Promise<T>): Promise<T> {
  try {
    return await ctx.store.transaction<T>(async (rows) => {
      throw new TakenBack(await work(rows))
    })
  } catch (error) {
    if (error instanceof TakenBack) return error.answer as T
    throw error
  }
}

/** Carries the draft out as well where nothing is left to decide: what only then turns out to be wrong is told now. */
export async function plannedFrom(
  rows: Rows,
  ctx: Context,
  integrationId: string,
  draft: Draft | Idle,
  notes: readonly Note[],
): Promise<Planned> {
  if (!('opened' in draft)) {
    const { hash } = await stateOf(rows, ctx.caller.envId, integrationId)
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
    changes: withFields(tried?.changes ?? changesIn(plan), pairingsOf(plan)),
    conflicts: plan.conflicts.map((conflict) => shownConflict(conflict, undefined)),
    installSteps: doc.installSteps.map((step) => ({ ...step })),
    problems,
    warnings: [...(warnings ?? [])],
    kept: [...(doc.kept ?? [])],
    leftOut: [...(doc.leftOut ?? [])],
    mentions: [...(doc.mentions ?? [])],
    notes: [...notes],
  }
}

interface Tried {
  readonly after?: string
  readonly changes?: readonly Done[]
  readonly problems: NonNullable<RevisionDoc['problems']>
}

async function tryOut(rows: Rows, ctx: Context, { opened, plan }: Draft): Promise<Tried> {
  try {
    const { after, changes } = await carriedOut(rows, { ...ctx, revisionId: opened.doc._id }, opened, plan)
    return { after: after.hash, changes, problems: [] }
  } catch (error) {
    const reason = reasonOf(error)
    if (!(reason instanceof DomainError)) throw reason
    const of = { type: 'integration', _id: opened.doc._integrationId }
    return { problems: reason.problems.map(({ field = '', message }) => ({ ...of, path: field, message })) }
  }
}

/** As far as the plan tells, where it was not tried. */
const changesIn = (plan: LoadedPlan): Done[] =>
  pairingsOf(plan).map(({ collection, id: _id, before, after }) => ({
    change: before ? (after ? 'updated' : 'deleted') : 'created',
    collection,
    type: typeOf(collection),
    _id,
    name: nameIn(after ?? before),
  }))

function withFields(changes: readonly Done[], pairings: readonly Pairing[]): Planned['changes'] {
  const known = new Map(pairings.map((each) => [each.id, each]))
  return changes.map((change) => {
    const { before, after } = known.get(change._id) ?? {}
    return before && after ? { ...change, fields: changesOf(before, after).map((field) => ({ ...field })) } : { ...change }
  })
}
