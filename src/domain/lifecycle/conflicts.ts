/** What both sides of an open revision changed, each in its own way, and how somebody decides it. */
import { isDeepStrictEqual } from 'node:util'
import type { Static } from 'typebox'
import type { Input } from '../../contract/operation.ts'
import type { Conflict, lifecycle as operations } from '../../contract/operations/lifecycle.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { DomainError } from '../errors.ts'
import type { Context, Rows } from '../ports.ts'
import { validator } from '../validation.ts'
import { lockOpen, mustBeOpen } from './apply.ts'
import { definitionOf, type Definition } from './definition.ts'
import { typeOf } from './difference.ts'
import { placeOf, type Resolution, type ResourceConflict } from './merge-states.ts'
import { planOf } from './plan.ts'
import { findRevision, noteRevision, writeRevision, type Opened } from './revision.ts'

type Ops = typeof operations
type Shown = Static<typeof Conflict>
type Decision = NonNullable<Input<Ops['resolveRevisionConflicts']>['body']['conflicts']>[number]

export async function list(ctx: Context, { params }: Input<Ops['listRevisionConflicts']>): Promise<Shown[]> {
  const opened = mustBeOpen(await findRevision(ctx.store, ctx.caller.envId, params._id, params._revisionId))
  const all = await allOf(ctx.store, ctx.caller.envId, opened)
  const decided = new Map((opened.work.resolutions ?? []).map((resolution) => [placeOf(resolution), resolution]))
  return all.map((conflict) => shown(conflict, decided.get(placeOf(conflict))))
}

export async function resolve(ctx: Context, { params, body }: Input<Ops['resolveRevisionConflicts']>): Promise<Shown[]> {
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const opened = await lockOpen(rows, ctx, params._id, params._revisionId)
    const all = await allOf(rows, envId, opened)
    const places = new Set(all.map(placeOf))
    const given = (body.conflicts ?? []).map((decision, i) => resolutionOf(decision, i, places))
    const { use } = body
    const rest = use === undefined ? [] : all.map(({ collection, id, path }): Resolution => ({ collection, id, path, use }))
    const earlier = opened.work.resolutions ?? []
    const resolutions = [...new Map([...rest, ...earlier, ...given].map((each) => [placeOf(each), each])).values()]
    const plan = await planOf(rows, envId, opened, resolutions)
    for (const { collection, id } of given.filter((each) => each.use === 'value')) {
      const after = plan.steps.find((step) => step.collection === collection && step.id === id)?.after
      if (after) validateResource(collection, after)
    }
    await writeRevision(rows, ctx, { doc: opened.doc, work: { ...opened.work, resolutions } })
    await noteRevision(rows, ctx, 'decide', opened.doc, { decided: given.length, use, undecided: plan.conflicts.length })
    return plan.conflicts.map((conflict) => shown(conflict, undefined))
  })
}

/** A value that somebody made up has to fit like any that is sent. It is shown and kept with the revision, so it holds no secret. */
function validateResource(collection: Collection, definition: Definition): void {
  validator(resources[collection].body, 'body')(definition)
  if (!isDeepStrictEqual(definitionOf(collection, definition), definition))
    throw new DomainError('invalid_field', 'The value holds fields that are unknown, secret, or set by the server.', 'conflicts')
}

const allOf = async (rows: Rows, envId: string, opened: Opened): Promise<readonly ResourceConflict[]> =>
  (await planOf(rows, envId, opened, [])).conflicts

function resolutionOf({ type, _id: id, path, use, value }: Decision, i: number, places: ReadonlySet<string>): Resolution {
  const field = `conflicts.${i}`
  const collection = collectionOf(type)
  if ((use === undefined) === (value === undefined))
    throw new DomainError('invalid_field', `Say either use or value for ${path || 'the resource'}.`, field)
  const place = collection && { collection, id, path }
  if (!place || !places.has(placeOf(place)))
    throw new DomainError('invalid_ref', `There is no conflict at ${path || 'the whole'} of ${type} ${id}.`, field)
  return use === undefined ? { ...place, use: 'value', value } : { ...place, use }
}

const collectionOf = (type: string): Collection | undefined =>
  (Object.keys(resources) as Collection[]).find((collection) => collection === type || typeOf(collection) === type.toLowerCase())

function shown({ collection, id, name, path, base, ours, theirs, merged }: ResourceConflict, resolution: Resolution | undefined): Shown {
  const sides = { base, ours, theirs }
  const present = Object.fromEntries(Object.entries(sides).filter(([, value]) => value !== undefined))
  return {
    type: typeOf(collection),
    _id: id,
    path,
    name,
    ...present,
    ...(merged !== undefined && { merged }),
    ...(resolution && { use: resolution.use, ...(resolution.use === 'value' && { value: resolution.value }) }),
  }
}
