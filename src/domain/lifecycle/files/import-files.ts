/** Brings the changes that files hold into an integration, as a revision: opened, and applied at once where nothing has to be decided. */
import type { Input } from '../../../contract/operation.ts'
import type { integrationFiles as operations } from '../../../contract/operations/lifecycle/integration-files.ts'
import { mustApply } from '../../access/scopes.ts'
import { mustExist } from '../../documents/documents.ts'
import { DomainError } from '../../errors.ts'
import { matches } from '../../etag.ts'
import type { Context } from '../../context.ts'
import { applyWithin, reasonOf } from '../apply.ts'
import { openArchive } from './archive.ts'
import { firstOf, headerOf, ignoredFiles, noteOn } from './file-notes.ts'
import { partsOf } from './file-parts.ts'
import { stateIn, type Sent } from './read-files.ts'
import { openSteps } from '../install/install-steps.ts'
import { foreign, isFromElsewhere, mustPullFrom } from '../snapshots/lineage.ts'
import { addOpen, isDecided, lockIntegration, type Draft } from '../open-revision.ts'
import { keepState, openOwn, type Opening } from './own-files.ts'
import { openPull } from '../pull.ts'
import { plannedFrom, rehearsed, type Planned } from '../rehearse.ts'
import { answerOf, type Note } from '../revision.ts'
import { stateOf } from '../snapshots/integration-state.ts'
import { unpacking } from './unpacking.ts'
import type { Rows } from '../../ports/store.ts'

type Answer = ReturnType<typeof answerOf>

export async function importIntegrationFiles(
  ctx: Context,
  { params, query, body }: Input<(typeof operations)['importIntegrationFiles']>,
): Promise<Answer | Planned | undefined> {
  if (!query.dryRun) mustApply(ctx, params._id)
  await mustExist(ctx, 'integrations', params._id)
  const archive = await openArchive(body as Buffer)
  return unpacking(ctx.caller.accountId, archive.bytes, async () => {
    const files = { sent: stateIn(await archive.unpack()), ignored: archive.ignored }
    return query.dryRun ? rehearse(ctx, params._id, files) : bring(ctx, params._id, files, query.description || 'Files')
  })
}

export interface SentFiles {
  readonly sent: Sent
  readonly ignored: readonly string[]
}

export const rehearse = (ctx: Context, _id: string, files: SentFiles): Promise<Planned> =>
  rehearsed(ctx, async (rows) => {
    const { draft, notes } = await openFiles(rows, ctx, _id, files, 'Files')
    return plannedFrom(rows, ctx, _id, draft, notes)
  })

async function bring(ctx: Context, _id: string, files: SentFiles, description: string): Promise<Answer | undefined> {
  try {
    const { told, applied } = await ctx.store.transaction(async (rows) => {
      const { draft, notes } = await openFiles(rows, ctx, _id, files, description)
      if (!('opened' in draft)) return { told: [...draft.kept, ...notes], applied: undefined }
      const answer = await applyDraft(rows, ctx, _id, draft, files.sent)
      return { told: [...(answer.kept ?? []), ...notes], applied: answer }
    })
    if (told.length > 0) ctx.warn?.(headerOf(told))
    return applied
  } catch (error) {
    throw reasonOf(error)
  }
}

async function applyDraft(rows: Rows, ctx: Context, _id: string, draft: Draft, { paths }: Sent): Promise<Answer> {
  refuseProblems(draft, paths)
  const opened = await addOpen(rows, ctx, draft)
  if (!isDecided(opened, draft.plan)) return answerOf(opened.doc)
  const { doc, changes } = await applyWithin(rows, ctx, _id, opened.doc._id)
  return answerOf(doc, changes)
}

/** What no decision could mend is mended in the files. */
function refuseProblems({ opened, plan, problems }: Draft, paths: ReadonlyMap<string, string>): void {
  if (problems.length === 0 || plan.conflicts.length > 0 || openSteps(opened.doc.installSteps, plan).length > 0) return
  const back = new Map((opened.work.counterparts ?? []).map(({ from, to }) => [to, from]))
  const [first, ...more] = problems.map(({ code, id, field, message }) => {
    const path = paths.get(id) ?? paths.get(back.get(id) ?? '')
    return { code, message: path === undefined ? message : `${path}: ${message}`, ...(field !== undefined && { field }) }
  })
  if (first) throw new DomainError(first.code, first.message, first.field, more)
}

export async function openFiles(
  rows: Rows,
  ctx: Context,
  _id: string,
  { sent, ignored }: SentFiles,
  description: string,
): Promise<Opening> {
  const integration = await lockIntegration(rows, ctx, _id)
  if (ctx.ifMatch !== undefined) await mustBeIn(rows, ctx, _id, ctx.ifMatch)
  const found = ignoredFiles(ignored).map((remark) => noteOn(remark, sent.paths))
  if (sent.integrationId === _id) {
    const { draft, notes } = await openOwn(rows, ctx, integration, sent, description)
    return withNotes(draft, [...notes, ...found])
  }
  return openOther(rows, ctx, integration, sent, description, found)
}

function withNotes(draft: Opening['draft'], all: readonly Note[]): Opening {
  const notes = firstOf(all)
  if (!('opened' in draft) || notes.length === 0) return { draft, notes }
  const { doc, work } = draft.opened
  return { notes, draft: { ...draft, opened: { doc: { ...doc, notes }, work } } }
}

async function mustBeIn(rows: Rows, ctx: Context, _id: string, ifMatch: string): Promise<void> {
  const { hash } = await stateOf(rows, ctx.caller.envId, _id)
  if (!matches(ifMatch, hash))
    throw new DomainError(
      'precondition_failed',
      `The integration is in the state ${hash} by now, which is not the one that If-Match names.`,
    )
}

/** Of a direct relative, or of an integration on another server: what its files changed since the last that came from there is merged. */
async function openOther(
  rows: Rows,
  ctx: Context,
  integration: Parameters<typeof openPull>[3],
  sent: Sent,
  description: string,
  found: readonly Note[],
): Promise<Opening> {
  const isForeign = await isFromElsewhere(rows, ctx, integration._id, sent.integrationId)
  const relation = isForeign
    ? foreign(ctx, integration._id, sent.integrationId)
    : await mustPullFrom(rows, ctx, integration._id, sent.integrationId, '_integrationId')
  const { state, unused } = partsOf([], sent.state, sent.integrationId)
  const left = unused.map((of) =>
    noteOn(
      { code: 'unused_file', of, message: 'nothing of the integration uses it, so it is no part of it and was left out.' },
      sent.paths,
    ),
  )
  const notes = firstOf([...left, ...found])
  // Nothing of it is swept up before the revision names it.
  await rows.states.hold(relation.other.envId)
  const source = await keepState(rows, relation.other.envId, state)
  const told = { description, filesHash: source, ...(notes.length > 0 && { notes }) }
  const opened = await openPull(rows, ctx, relation, integration, told, { counterparts: [], installSteps: [], source })
  return { draft: opened, notes }
}
