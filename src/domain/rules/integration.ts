/** Integrations: their groups have ids of their own, and a deleted one takes its flows and what only they used with it. */
import type { IntegrationDocument } from '../../contract/document.ts'
import { isObject } from '../../contract/walk.ts'
import { refuseNotIgnorable } from './ignorable-fields.ts'
import type { Context } from '../context.ts'
import { leaveGoneGroups } from './grouping.ts'
import { removeContents } from './integration-removal.ts'
import type { Fields, Rule } from './rule.ts'

export const integrationRule: Rule<'integrations'> = {
  prepare(ctx, body, before) {
    refuseNotIgnorable(body.iLMIgnore, before?.iLMIgnore)
    const groups = { ...grouped(ctx, 'flowGroupings', body, before), ...grouped(ctx, 'apiGroupings', body, before) }
    // Where it comes from is no less true for a client that does not say it again.
    const origin = before?._templateId === undefined ? {} : { _templateId: before._templateId }
    return { ...origin, ...body, ...groups }
  },
  beforeReplace: leaveGoneGroups,
  async afterRemove(rows, ctx, id) {
    await removeContents(rows, ctx, id)
  },
}

/** Flows and APIs name their group by id, so a group without one gets one; a group that is sent again under its name keeps its id. */
function grouped(
  ctx: Context,
  field: 'flowGroupings' | 'apiGroupings',
  body: Fields<'integrations'>,
  before: IntegrationDocument | undefined,
): Fields<'integrations'> {
  const groups: unknown = body[field]
  if (!Array.isArray(groups)) return {}
  const known = new Map<unknown, string | undefined>(before?.[field]?.map(({ name, _id }) => [name, _id]))
  const identified = (group: { readonly _id?: unknown; readonly name?: unknown }): object =>
    group._id === undefined ? { _id: known.get(group.name) ?? ctx.newId(), ...group } : group
  return { [field]: groups.map((group: unknown) => (isObject(group) ? identified(group) : group)) }
}
