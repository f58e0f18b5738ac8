/** Flows: one way of laying out steps, a group that the integration has, and no run of a flow that is gone. */
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import type { Context, Rows } from '../ports.ts'
import type { Rule } from './rule.ts'

export const flowRule: Rule = {
  prepare(_ctx, body) {
    if (isFilled(body['pageProcessors']) && isFilled(body['routers']))
      throw new DomainError('invalid_field', 'A flow has either pageProcessors or routers, not both.', 'routers')
    return body
  },
  async check(rows, ctx, doc) {
    const group = doc['_flowGroupingId']
    if (group === undefined) return
    const integration =
      typeof doc['_integrationId'] === 'string'
        ? await rows.documents.find(ctx.caller.accountId, 'integrations', doc['_integrationId'])
        : undefined
    const groups = integration?.doc['flowGroupings']
    const known = Array.isArray(groups) && groups.some((each) => isObject(each) && each['_id'] === group)
    if (!known) throw new DomainError('invalid_ref', `The flow's integration has no flow grouping ${String(group)}.`, '_flowGroupingId')
  },
  async removed(rows, ctx, id) {
    await stopFlows(rows, ctx, [id])
  },
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

/** Runs of these flows end as canceled, waiting and running ones alike. */
export async function stopFlows(rows: Rows, ctx: Context, flows: readonly string[]): Promise<void> {
  if (flows.length > 0) await rows.jobs.cancelFlows(ctx.caller.accountId, flows, ctx.now().toISOString())
}
