/** Integrations: their groups have ids of their own, and a deleted one takes its flows and what only they used with it. */
import { isObject } from '../../contract/walk.ts'
import type { Context, Doc } from '../ports.ts'
import { removeContents } from './integration-removal.ts'
import type { Rule } from './rule.ts'

export const integrationRule: Rule = {
  prepare(ctx, body, before) {
    const groups = { ...grouped(ctx, 'flowGroupings', body, before), ...grouped(ctx, 'apiGroupings', body, before) }
    return { ...body, ...groups }
  },
  async removed(rows, ctx, id) {
    await removeContents(rows, ctx, id)
  },
}

/** Flows and APIs name their group by id, so a group without one gets one; a group that is sent again under its name keeps its id. */
function grouped(
  ctx: Context,
  field: 'flowGroupings' | 'apiGroupings',
  body: Readonly<Record<string, unknown>>,
  before: Doc | undefined,
): object {
  const groups = body[field]
  if (!Array.isArray(groups)) return {}
  const known = new Map(
    (Array.isArray(before?.[field]) ? before[field] : []).filter(isObject).map((group) => [group['name'], group['_id']]),
  )
  return {
    [field]: groups.map((group) =>
      isObject(group) && group['_id'] === undefined ? { _id: known.get(group['name']) ?? ctx.newId(), ...group } : group,
    ),
  }
}
