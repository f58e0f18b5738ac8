/** Integrations: their groups have ids of their own, and a deleted one takes its flows and what only they used with it. */
import type { Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import type { Context, Doc, Rows } from '../ports.ts'
import { stopFlows } from './flow.ts'
import type { Rule } from './rule.ts'

export const integrationRule: Rule = {
  prepare(ctx, body, before) {
    const groups = { ...grouped(ctx, 'flowGroupings', body, before), ...grouped(ctx, 'apiGroupings', body, before) }
    return { ...body, ...groups }
  },
  async removed(rows, ctx, id) {
    const { accountId } = ctx.caller
    const flows = await rows.documents.referring(accountId, 'flows', [id], 'integrations')
    await rows.documents.remove(accountId, 'flows', flows, id)
    await stopFlows(rows, ctx, flows)
    for (const steps of ['exports', 'imports'] as const) await removeUnused(rows, accountId, steps, flows, id)
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

/** The exports or imports of these flows, and those that name the integration, that nothing outside uses any more. */
async function removeUnused(
  rows: Rows,
  accountId: string,
  steps: Collection & ('exports' | 'imports'),
  flows: readonly string[],
  integration: string,
): Promise<void> {
  const used = (await rows.documents.referencesFrom(accountId, 'flows', flows))
    .filter(({ collection }) => collection === steps)
    .map(({ id }) => id)
  const own = await rows.documents.referring(accountId, steps, [integration], 'integrations')
  const candidates = [...new Set([...used, ...own])]
  const kept = new Set(await rows.documents.stillUsed(accountId, steps, candidates))
  await rows.documents.remove(
    accountId,
    steps,
    candidates.filter((id) => !kept.has(id)),
    integration,
  )
}
