/** Flows and APIs lie in groups of their integration: one that names a group has to be in the integration that has it. */
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import type { Context, Doc, Rows } from '../ports.ts'

export async function checkGroup(rows: Rows, ctx: Context, doc: Doc, what: 'flow' | 'api'): Promise<void> {
  const field = `_${what}GroupingId`
  const group = doc[field] as string | undefined
  if (group === undefined) return
  const integration = doc['_integrationId']
  const found = typeof integration === 'string' ? await rows.documents.find(ctx.caller.envId, 'integrations', integration) : undefined
  const groups = found?.doc[`${what}Groupings`]
  const known = Array.isArray(groups) && groups.some((each) => isObject(each) && each['_id'] === group)
  const name = { flow: 'flow', api: 'API' }[what]
  if (!known) throw new DomainError('invalid_ref', `The ${name}'s integration has no ${name} grouping ${group}.`, field)
}
