/** Drafts, stores, locks and reviews open pulls and reverts. */
import type { IntegrationDocument } from '../../contract/document.ts'
import { filterVisible } from '../access/access.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { canonical, hashText, type Hash } from '../definitions/definition.ts'
import { typeName } from './compare/diff-format.ts'
import { filterOpenSteps } from './install/install-steps.ts'
import { computePlan, type LoadedPlan } from './plan.ts'
import { findPlanProblems, type ResourceProblem } from './problems.ts'
import { addRevision, findRevision, recordRevision, writeRevision, type StoredRevision, type RevisionDoc } from './revision.ts'
import { formatKept } from './removals.ts'
import { findWarnings } from './warnings.ts'
import type { RowsOf } from '../ports/store.ts'
import type { ReviewRows } from './revision-rows.ts'

/** Two that open a revision of the same integration follow each other. */
export async function lockIntegration(rows: RowsOf<'documents'>, ctx: Context, id: string): Promise<IntegrationDocument> {
  const found = await rows.documents.lock(ctx.caller.envId, 'integrations', id)
  if (!found) throw notFound('integrations')
  return found.doc
}

export const transactionHash = (before: Hash, theirs: Hash): Hash => hashText(canonical([before, theirs]))
export const nothingToChange = (message: string): DomainError => new DomainError('nothing_to_change', message)

/** Problems that a revision names: who has mended these sees the next ones. */
const maxProblems = 100
/** Resources that are not removed and that a revision names. */
const maxKept = 100

/** A revision that is not stored yet, and what it is going to do. */
export interface Draft {
  readonly opened: StoredRevision
  readonly plan: LoadedPlan
  readonly problems: readonly ResourceProblem[]
}

/** It would change nothing: at the most it would remove what is in use. */
export interface NoChange {
  readonly kept: NonNullable<RevisionDoc['kept']>
}

export async function draftRevision(rows: ReviewRows, ctx: Context, opened: StoredRevision): Promise<Draft | NoChange> {
  const plan = await computePlan(rows, ctx.caller.envId, opened)
  if (plan.steps.length === 0 && plan.conflicts.length === 0) return { kept: await listKept(ctx, plan) }
  const problems = await findPlanProblems(rows, ctx, opened, plan)
  return { opened: await reviewRevision(rows, ctx, opened, plan, problems), plan, problems }
}

export async function addOpenRevision(rows: RowsOf<'audit' | 'revisions'>, ctx: Context, { opened }: Draft): Promise<StoredRevision> {
  if (await addRevision(rows, ctx.caller.envId, opened)) {
    await recordRevision(rows, ctx, 'create', opened.doc)
    return opened
  }
  throw new DomainError('revision_in_progress', 'Another pull or revert of this integration is open. Apply it or cancel it first.')
}

export async function writeOpenRevision(
  rows: ReviewRows,
  ctx: Context,
  opened: StoredRevision,
  plan?: LoadedPlan,
): Promise<StoredRevision> {
  return writeRevision(rows, ctx, await reviewRevision(rows, ctx, opened, plan ?? (await computePlan(rows, ctx.caller.envId, opened))))
}

async function listKept(ctx: Context, plan: LoadedPlan): Promise<NoChange['kept']> {
  const kept = plan.kept.slice(0, maxKept)
  if (kept.length === 0) return []
  const users = kept.map(({ user }) => user)
  const seen = new Set((await filterVisible(ctx, users)).map(({ id }) => id))
  return kept.map((each) => formatKept(each, seen.has(each.user.id)))
}

export async function reviewRevision(
  rows: ReviewRows,
  ctx: Context,
  { doc, work }: StoredRevision,
  plan: LoadedPlan,
  known?: readonly ResourceProblem[],
): Promise<StoredRevision> {
  const { problems: _problems, warnings: _warnings, kept: _kept, ...rest } = doc
  const found = (known ?? (await findPlanProblems(rows, ctx, { doc, work }, plan))).slice(0, maxProblems)
  const problems = found.map(({ collection, id, field, message }) => ({ type: typeName(collection), _id: id, path: field ?? '', message }))
  const warnings = await findWarnings(rows, ctx, { doc, work }, plan)
  const kept = await listKept(ctx, plan)
  return {
    doc: {
      ...(rest as RevisionDoc),
      ...(problems.length > 0 && { problems }),
      ...(warnings.length > 0 && { warnings }),
      ...(kept.length > 0 && { kept }),
    },
    work,
  }
}

export async function lockOpenRevision(
  rows: RowsOf<'documents' | 'revisions'>,
  ctx: Context,
  integrationId: string,
  id: string,
): Promise<StoredRevision> {
  const opened = await findRevision(rows, ctx.caller.envId, integrationId, id, 'lock')
  return checkOpen(opened)
}

export function checkOpen(opened: StoredRevision): StoredRevision {
  const { type, status } = opened.doc
  if (status === 'inprogress') return opened
  const what = type === 'snapshot' ? 'A snapshot is complete' : `The revision is ${status}`
  throw new DomainError('invalid_revision_state', `${what}: there is nothing to do about it.`)
}

/** Whether applying it needs nobody's decision. */
export const isDecided = ({ doc }: StoredRevision, plan: LoadedPlan): boolean =>
  plan.conflicts.length === 0 && filterOpenSteps(doc.installSteps, plan).length === 0 && !doc.problems && !doc.warnings

/** Refuses what is not decided, what is wrong, and what nobody has confirmed. It stays open. */
export function refuseUndecided({ doc }: StoredRevision, plan: LoadedPlan, confirmed: readonly string[]): void {
  if (plan.conflicts.length > 0)
    throw new DomainError('unresolved_conflicts', `${plan.conflicts.length} conflicts are open. Decide them first.`, 'conflicts')
  const left = filterOpenSteps(doc.installSteps, plan)
  if (left.length > 0)
    throw new DomainError('open_install_steps', `Install steps are open: ${left.map(({ name }) => name).join(', ')}.`, 'installSteps')
  if (doc.problems)
    throw new DomainError(
      'invalid_result',
      'What the revision makes of the integration cannot be saved. Decide its conflicts otherwise, or change either side and refresh it.',
      'problems',
      doc.problems.map(({ type, _id, path, message }) => ({
        code: 'invalid_result',
        message,
        field: [type, _id, path].filter(Boolean).join('.'),
      })),
    )
  const open = (doc.warnings ?? []).filter(({ id }) => !confirmed.includes(id))
  if (open.length > 0)
    throw new DomainError(
      'unconfirmed_warnings',
      'The revision does more than change its integration. Look at its warnings, and send the ids of those that you agree with as confirm.',
      'confirm',
      open.map(({ type, _id, message }) => ({ code: 'unconfirmed_warnings', message, field: `${type}.${_id}` })),
    )
}
