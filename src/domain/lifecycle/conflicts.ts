/** What both sides of an open revision changed, each in its own way, and how somebody decides it. */
import type { OperationBody } from '../../contract/operations/index.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Static } from 'typebox'
import type { Input } from '../../contract/operation.ts'
import type { Conflict, lifecycle as operations } from '../../contract/operations/lifecycle/pulls-and-reverts.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import { toDefinition, type Definition } from '../definitions/definition.ts'
import { typeName } from './compare/diff-format.ts'
import { hashConflictId, formatConflictPlace, type Resolution, type ResourceConflict } from './merge/merge-states.ts'
import { lockOpenRevision, checkOpen, writeOpenRevision } from './open-revision.ts'
import { computePlan } from './plan.ts'
import { findPlanProblems } from './problems.ts'
import { findRevision, recordRevision, type StoredRevision } from './revision.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
type Shown = Static<typeof Conflict>
type Decision = NonNullable<OperationBody<'resolveRevisionConflicts'>['conflicts']>[number]

export async function listRevisionConflicts(ctx: Context, { params }: Input<Ops['listRevisionConflicts']>): Promise<Shown[]> {
  const opened = checkOpen(await findRevision(ctx.store, ctx.caller.envId, params._id, params._revisionId))
  const all = await listConflicts(ctx.store, ctx.caller.envId, opened)
  const decided = new Map((opened.work.resolutions ?? []).map((resolution) => [formatConflictPlace(resolution), resolution]))
  return all.map((conflict) => formatConflict(conflict, decided.get(formatConflictPlace(conflict))))
}

export async function resolveRevisionConflicts(ctx: Context, { params, body }: Input<Ops['resolveRevisionConflicts']>): Promise<Shown[]> {
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const opened = await lockOpenRevision(rows, ctx, params._id, params._revisionId)
    const all = await listConflicts(rows, envId, opened)
    const given = (body.conflicts ?? []).map((decision, i) => toResolution(decision, i, all))
    const { use } = body
    const rest = use === undefined ? [] : all.map(({ collection, id, path }): Resolution => ({ collection, id, path, use }))
    // A side that was chosen before is chosen anew; what somebody wrote instead of both stays.
    const earlier = (opened.work.resolutions ?? []).filter((each) => use === undefined || each.use === 'value')
    const resolutions = [...new Map([...rest, ...earlier, ...given].map((each) => [formatConflictPlace(each), each])).values()]
    const plan = await computePlan(rows, envId, opened, resolutions)
    const problems = given.some((each) => each.use === 'value') ? await findPlanProblems(rows, ctx, opened, plan) : []
    for (const [i, { collection, id, use: used }] of given.entries()) {
      if (used !== 'value') continue
      const of = problems.filter((problem) => problem.collection === collection && problem.id === id)
      const [first, ...more] = of.map(({ code, message }) => ({ code, message, field: `conflicts.${i}.value` }))
      if (first) throw new DomainError(first.code, first.message, first.field, more)
      const after = plan.steps.find((step) => step.collection === collection && step.id === id)?.after
      if (after) refuseHidden(collection, after)
    }
    await writeOpenRevision(rows, ctx, { doc: opened.doc, work: { ...opened.work, resolutions } }, plan)
    await recordRevision(rows, ctx, 'decide', opened.doc, { decided: given.length, use, undecided: plan.conflicts.length })
    return plan.conflicts.map((conflict) => formatConflict(conflict, undefined))
  })
}

/** A value that somebody made up is shown and kept with the revision, so it holds no secret. */
function refuseHidden(collection: Collection, definition: Definition): void {
  if (!isDeepStrictEqual(toDefinition(collection, definition), definition))
    throw new DomainError('invalid_field', 'The value holds fields that are unknown, secret, or set by the server.', 'conflicts')
}

const listConflicts = async (
  rows: RowsOf<'dependencies' | 'documents' | 'snapshots'>,
  envId: string,
  opened: StoredRevision,
): Promise<readonly ResourceConflict[]> => (await computePlan(rows, envId, opened, [])).conflicts

function toResolution(
  { conflictId, type = '', _id: id = '', path = '', use, value }: Decision,
  i: number,
  all: readonly ResourceConflict[],
): Resolution {
  const field = `conflicts.${i}`
  const named = conflictId === undefined ? `at ${path || 'the whole'} of ${type} ${id}` : `with the conflictId ${conflictId}`
  const collection = toCollection(type)
  const found = all.find((conflict) =>
    conflictId === undefined
      ? collection !== undefined && formatConflictPlace(conflict) === formatConflictPlace({ collection, id, path })
      : hashConflictId(conflict) === conflictId,
  )
  if ((use === undefined) === (value === undefined))
    throw new DomainError('invalid_field', `Say either use or value for the conflict ${named}.`, field)
  if (!found) throw new DomainError('invalid_ref', `There is no conflict ${named}.`, field)
  const place = { collection: found.collection, id: found.id, path: found.path }
  if (use !== undefined) return { ...place, use }
  if (hasMarkers(value))
    throw new DomainError('invalid_field', 'The text still has the marks of its conflicts in it: <<<<<<< and >>>>>>>.', `${field}.value`)
  return { ...place, use: 'value', value }
}

/** Text in which somebody has yet to choose between two sides. */
const hasMarkers = (value: unknown): boolean =>
  typeof value === 'string'
    ? /^<{7} /m.test(value) && /^>{7} /m.test(value)
    : typeof value === 'object' && value !== null && Object.values(value).some(hasMarkers)

const toCollection = (type: string): Collection | undefined =>
  (Object.keys(resources) as Collection[]).find((collection) => collection === type || typeName(collection) === type.toLowerCase())

export function formatConflict(
  { collection, id, name, path, base, ours, theirs, merged }: ResourceConflict,
  resolution: Resolution | undefined,
): Shown {
  const sides = { base, ours, theirs }
  const present = Object.fromEntries(Object.entries(sides).filter(([, value]) => value !== undefined))
  return {
    conflictId: hashConflictId({ collection, id, path }),
    type: typeName(collection),
    _id: id,
    path,
    name,
    ...present,
    ...(merged !== undefined && { merged }),
    ...(resolution && { use: resolution.use, ...(resolution.use === 'value' && { value: resolution.value }) }),
  }
}
