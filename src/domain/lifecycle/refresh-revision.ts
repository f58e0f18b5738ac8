/** Refreshes an open revision from the present state of both sides. */
import type { IntegrationDocument } from '../../contract/document.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import type { Context } from '../context.ts'
import { rebaseFiles } from './files/rebase-files.ts'
import type { InstallStep } from './install/install-steps.ts'
import { readRelation } from './snapshots/lineage.ts'
import { formatConflictPlace } from './merge/merge-states.ts'
import { computePlan } from './plan.ts'
import { lockIntegration, lockOpenRevision, writeOpenRevision } from './open-revision.ts'
import { rebaseFrom, toRevisionFields, toRevisionWork } from './pull.ts'
import { rebaseRevert } from './revert.ts'
import { findLeftOut } from './reverted-changes.ts'
import { toRevisionResponse, recordRevision, type StoredRevision } from './revision.ts'
import type { DraftRows, ReviewRows } from './revision-rows.ts'

type Ops = typeof operations
type Answer = ReturnType<typeof toRevisionResponse>

export async function refreshRevision(ctx: Context, { params }: Input<Ops['refreshRevision']>): Promise<Answer> {
  return ctx.store.transaction(async (rows) => {
    const integration = await lockIntegration(rows, ctx, params._id)
    const opened = await lockOpenRevision(rows, ctx, params._id, params._revisionId)
    const { doc } = await writeRebased(rows, ctx, opened, await rebaseOpenRevision(rows, ctx, integration, opened, opened.doc.installSteps))
    await recordRevision(rows, ctx, 'refresh', doc)
    return toRevisionResponse(doc)
  })
}

/** On the present state of this side; of the other side too, unless what it brings was sent as files. */
export async function rebaseOpenRevision(
  rows: DraftRows,
  ctx: Context,
  integration: IntegrationDocument,
  opened: StoredRevision,
  installSteps: readonly InstallStep[],
): Promise<StoredRevision> {
  const { doc, work } = opened
  const { counterparts = [], isSent, include = [] } = work
  if (work.target !== undefined) {
    const { theirs, fields } = await rebaseRevert(rows, ctx, integration, work.target, installSteps)
    return { doc: { ...doc, ...fields }, work: { ...work, theirs } }
  }
  if (work.files !== undefined) {
    const asked = { files: work.files, ...(work.base !== undefined && { base: work.base }) }
    const { theirs, counterparts: chosenNow, fields } = await rebaseFiles(rows, ctx, integration, asked, installSteps)
    return { doc: { ...doc, ...fields }, work: { ...work, theirs, counterparts: chosenNow } }
  }
  const relation = await readRelation(rows, ctx, doc, work.isForeign)
  const source = isSent && work.source !== undefined ? { source: work.source } : {}
  const rebased = await rebaseFrom(rows, ctx, relation, integration, { counterparts, installSteps, include, ...source })
  const { leftOut: _leftOut, mentions: _mentions, ...rest } = doc
  const next = { doc: { ...(rest as StoredRevision['doc']), ...toRevisionFields(rebased) }, work: { ...work, ...toRevisionWork(rebased) } }
  const leftOut = await findLeftOut(rows, ctx, next, rebased.reverted)
  return leftOut.length > 0 ? { ...next, doc: { ...next.doc, leftOut } } : next
}

/** With the decisions on conflicts that are still the same: nobody has decided about values that have come since. */
export async function writeRebased(rows: ReviewRows, ctx: Context, opened: StoredRevision, next: StoredRevision): Promise<StoredRevision> {
  const { resolutions = [] } = opened.work
  if (resolutions.length === 0) return writeOpenRevision(rows, ctx, next)
  const conflictsOf = async (of: StoredRevision) =>
    new Map((await computePlan(rows, ctx.caller.envId, of, [])).conflicts.map((conflict) => [formatConflictPlace(conflict), conflict]))
  const [before, now] = [await conflictsOf(opened), await conflictsOf(next)]
  const kept = resolutions.filter((each) => isDeepStrictEqual(before.get(formatConflictPlace(each)), now.get(formatConflictPlace(each))))
  return writeOpenRevision(rows, ctx, { ...next, work: { ...next.work, resolutions: kept } })
}
