/** An open revision, read anew on the present state of both sides. */
import { isDeepStrictEqual } from 'node:util'
import type { Input } from '../../contract/operation.ts'
import type { lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import type { Context } from '../context.ts'
import { drawFiles } from './files/draw-files.ts'
import type { InstallStep } from './install/install-steps.ts'
import { relationOf } from './snapshots/lineage.ts'
import { placeOf } from './merge/merge-states.ts'
import { planOf } from './plan.ts'
import { lockIntegration, lockOpen, writeOpen } from './open-revision.ts'
import { drawFrom, fieldsOf, workOf } from './pull.ts'
import { drawBack } from './revert.ts'
import { leftOutOf } from './reverted-changes.ts'
import { answerOf, noteRevision, type Opened } from './revision.ts'
import type { Doc } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'

type Ops = typeof operations
type Answer = ReturnType<typeof answerOf>

export async function refreshRevision(ctx: Context, { params }: Input<Ops['refreshRevision']>): Promise<Answer> {
  return ctx.store.transaction(async (rows) => {
    const integration = await lockIntegration(rows, ctx, params._id)
    const opened = await lockOpen(rows, ctx, params._id, params._revisionId)
    const { doc } = await written(rows, ctx, opened, await redrawn(rows, ctx, integration, opened, opened.doc.installSteps))
    await noteRevision(rows, ctx, 'refresh', doc)
    return answerOf(doc)
  })
}

/** On the present state of this side; of the other side too, unless what it brings was sent as files. */
export async function redrawn(
  rows: Rows,
  ctx: Context,
  integration: Doc,
  opened: Opened,
  installSteps: readonly InstallStep[],
): Promise<Opened> {
  const { doc, work } = opened
  const { counterparts = [], isSent, include = [] } = work
  if (work.target !== undefined) {
    const { theirs, fields } = await drawBack(rows, ctx, integration, work.target, installSteps)
    return { doc: { ...doc, ...fields }, work: { ...work, theirs } }
  }
  if (work.files !== undefined) {
    const asked = { files: work.files, ...(work.base !== undefined && { base: work.base }) }
    const { theirs, counterparts: chosenNow, fields } = await drawFiles(rows, ctx, integration, asked, installSteps)
    return { doc: { ...doc, ...fields }, work: { ...work, theirs, counterparts: chosenNow } }
  }
  const relation = await relationOf(rows, ctx, doc, work.isForeign)
  const source = isSent && work.source !== undefined ? { source: work.source } : {}
  const drawn = await drawFrom(rows, ctx, relation, integration, { counterparts, installSteps, include, ...source })
  const { leftOut: _leftOut, mentions: _mentions, ...rest } = doc
  const next = { doc: { ...(rest as Opened['doc']), ...fieldsOf(drawn) }, work: { ...work, ...workOf(drawn) } }
  const leftOut = await leftOutOf(rows, ctx, next, drawn.reverted)
  return leftOut.length > 0 ? { ...next, doc: { ...next.doc, leftOut } } : next
}

/** With the decisions on conflicts that are still the same: nobody has decided about values that have come since. */
export async function written(rows: Rows, ctx: Context, opened: Opened, next: Opened): Promise<Opened> {
  const { resolutions = [] } = opened.work
  if (resolutions.length === 0) return writeOpen(rows, ctx, next)
  const conflictsOf = async (of: Opened) =>
    new Map((await planOf(rows, ctx.caller.envId, of, [])).conflicts.map((conflict) => [placeOf(conflict), conflict]))
  const [before, now] = [await conflictsOf(opened), await conflictsOf(next)]
  const kept = resolutions.filter((each) => isDeepStrictEqual(before.get(placeOf(each)), now.get(placeOf(each))))
  return writeOpen(rows, ctx, { ...next, work: { ...next.work, resolutions: kept } })
}
