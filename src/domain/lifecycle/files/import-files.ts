/** Brings the changes that files hold into an integration, as a revision: opened, and applied at once where nothing has to be decided. */
import type { Input } from '../../../contract/operation.ts'
import type { integrationFiles as operations } from '../../../contract/operations/lifecycle/integration-files.ts'
import { checkMayApply } from '../../access/scopes.ts'
import { checkExists } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import { matchesEtag } from '../../etag.ts'
import type { Context } from '../../context.ts'
import { applyWithin, unwrapFailure } from '../apply.ts'
import { openArchive } from './archive.ts'
import { limitNotes, formatNotesHeader, ignoredFiles, toNote } from './file-notes.ts'
import { findParts } from './file-parts.ts'
import { parseFiles, type ParsedFiles } from './read-files.ts'
import { filterOpenSteps } from '../install/install-steps.ts'
import { foreignRelation, isFromElsewhere, requirePullRelation } from '../snapshots/lineage.ts'
import { addOpenRevision, isDecided, lockIntegration, type Draft } from '../open-revision.ts'
import { persistState, openOwnFiles, type Opening } from './merge-own-files.ts'
import { openPull } from '../pull.ts'
import { toPlannedRevision, rehearseChange, type PlannedRevision } from '../dry-run.ts'
import { toRevisionResponse, type Note } from '../revision.ts'
import { readState } from '../snapshots/integration-state.ts'
import { withUnpackBudget } from './unpack-budget.ts'
import type { RowsOf } from '../../ports/store.ts'
import type { ApplyRows, DraftRows } from '../revision-rows.ts'

type Answer = ReturnType<typeof toRevisionResponse>

export async function importIntegrationFiles(
  ctx: Context,
  { params, query, body }: Input<(typeof operations)['importIntegrationFiles']>,
): Promise<Answer | PlannedRevision | undefined> {
  if (!query.dryRun) checkMayApply(ctx, params._id)
  await checkExists(ctx, 'integrations', params._id)
  const archive = await openArchive(body as Buffer)
  return withUnpackBudget(ctx.caller.accountId, archive.bytes, async () => {
    const files = { sent: parseFiles(await archive.unpack()), ignored: archive.ignored }
    return query.dryRun ? planFiles(ctx, params._id, files) : importFiles(ctx, params._id, files, query.description || 'Files')
  })
}

export interface SentFiles {
  readonly sent: ParsedFiles
  readonly ignored: readonly string[]
}

export const planFiles = (ctx: Context, _id: string, files: SentFiles): Promise<PlannedRevision> =>
  rehearseChange(ctx, async (rows) => {
    const { draft, notes } = await openFiles(rows, ctx, _id, files, 'Files')
    return toPlannedRevision(rows, ctx, _id, draft, notes)
  })

async function importFiles(ctx: Context, _id: string, files: SentFiles, description: string): Promise<Answer | undefined> {
  try {
    const { told, applied } = await ctx.store.transaction(async (rows) => {
      const { draft, notes } = await openFiles(rows, ctx, _id, files, description)
      if (!('opened' in draft)) return { told: [...draft.kept, ...notes], applied: undefined }
      const answer = await applyDraft(rows, ctx, _id, draft, files.sent)
      return { told: [...(answer.kept ?? []), ...notes], applied: answer }
    })
    if (told.length > 0) ctx.warn?.(formatNotesHeader(told))
    return applied
  } catch (error) {
    throw unwrapFailure(error)
  }
}

async function applyDraft(rows: ApplyRows, ctx: Context, _id: string, draft: Draft, { paths }: ParsedFiles): Promise<Answer> {
  refuseProblems(draft, paths)
  const opened = await addOpenRevision(rows, ctx, draft)
  if (!isDecided(opened, draft.plan)) return toRevisionResponse(opened.doc)
  const { doc, changes } = await applyWithin(rows, ctx, _id, opened.doc._id)
  return toRevisionResponse(doc, changes)
}

/** What no decision could mend is mended in the files. */
function refuseProblems({ opened, plan, problems }: Draft, paths: ReadonlyMap<string, string>): void {
  if (problems.length === 0 || plan.conflicts.length > 0 || filterOpenSteps(opened.doc.installSteps, plan).length > 0) return
  const back = new Map((opened.work.counterparts ?? []).map(({ from, to }) => [to, from]))
  const [first, ...more] = problems.map(({ code, id, field, message }) => {
    const path = paths.get(id) ?? paths.get(back.get(id) ?? '')
    return { code, message: path === undefined ? message : `${path}: ${message}`, ...(field !== undefined && { field }) }
  })
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

async function openFiles(rows: DraftRows, ctx: Context, _id: string, { sent, ignored }: SentFiles, description: string): Promise<Opening> {
  const integration = await lockIntegration(rows, ctx, _id)
  if (ctx.ifMatch !== undefined) await checkState(rows, ctx, _id, ctx.ifMatch)
  const found = ignoredFiles(ignored).map((remark) => toNote(remark, sent.paths))
  if (sent.integrationId === _id) {
    const { draft, notes } = await openOwnFiles(rows, ctx, integration, sent, description)
    return withNotes(draft, [...notes, ...found])
  }
  return openForeignFiles(rows, ctx, integration, sent, description, found)
}

function withNotes(draft: Opening['draft'], all: readonly Note[]): Opening {
  const notes = limitNotes(all)
  if (!('opened' in draft) || notes.length === 0) return { draft, notes }
  const { doc, work } = draft.opened
  return { notes, draft: { ...draft, opened: { doc: { ...doc, notes }, work } } }
}

async function checkState(rows: RowsOf<'snapshots'>, ctx: Context, _id: string, ifMatch: string): Promise<void> {
  const { hash } = await readState(rows, ctx.caller.envId, _id)
  if (!matchesEtag(ifMatch, hash))
    throw new DomainError(
      'precondition_failed',
      `The integration is in the state ${hash} by now, which is not the one that If-Match names.`,
    )
}

/** Of a direct relative, or of an integration on another server: what its files changed since the last that came from there is merged. */
async function openForeignFiles(
  rows: DraftRows,
  ctx: Context,
  integration: Parameters<typeof openPull>[3],
  sent: ParsedFiles,
  description: string,
  found: readonly Note[],
): Promise<Opening> {
  const isForeign = await isFromElsewhere(rows, ctx, integration._id, sent.integrationId)
  const relation = isForeign
    ? foreignRelation(ctx, integration._id, sent.integrationId)
    : await requirePullRelation(rows, ctx, integration._id, sent.integrationId, '_integrationId')
  const { state, unused } = findParts([], sent.state, sent.integrationId)
  const left = unused.map((of) =>
    toNote(
      { code: 'unused_file', of, message: 'nothing of the integration uses it, so it is no part of it and was left out.' },
      sent.paths,
    ),
  )
  const notes = limitNotes([...left, ...found])
  // Nothing of it is swept up before the revision names it.
  await rows.snapshots.lockForPruning(relation.other.envId)
  const source = await persistState(rows, relation.other.envId, state)
  const told = { description, filesHash: source, ...(notes.length > 0 && { notes }) }
  const opened = await openPull(rows, ctx, relation, integration, told, { counterparts: [], installSteps: [], source })
  return { draft: opened, notes }
}
