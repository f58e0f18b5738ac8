/** Requests of a step that were recorded, since their records failed: looked at, and removed. */
import type { Input, Result } from '../../contract/operation.ts'
import type { recordedRequests as operations } from '../../contract/operations/flows/recorded-requests.ts'
import { checkExists } from '../documents/documents.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { DomainError } from '../errors.ts'
import type { StepsOwner } from './flow-errors.ts'
import { cutPage } from '../paging.ts'
import { parseTime } from '../times.ts'
import type { Context, Vault } from '../context.ts'

type Ops = typeof operations

/** Of one answer. */
const perPage = 100

/** Opens nowhere but where it was kept. */
const place = (envId: string, flowId: string, stepId: string, key: string): string => `${envId}/requests/${flowId}/${stepId}/${key}`

export const sealRequest = (vault: Vault, envId: string, flowId: string, stepId: string, key: string, told: object): string =>
  vault.seal(JSON.stringify(told), place(envId, flowId, stepId, key))

export async function getStepRequest(ctx: Context, { params }: Input<Ops['getStepRequest']>): Promise<Result<Ops['getStepRequest']>> {
  const { _id, _stepId, reqAndResKey } = params
  const { envId } = ctx.caller
  const sealed = await ctx.store.recordedRequests.find(envId, _id, _stepId, reqAndResKey)
  if (sealed === undefined) throw new DomainError('not_found', 'Request not found. The newest of each step are kept.', 'reqAndResKey')
  return JSON.parse(ctx.vault.open(sealed, place(envId, _id, _stepId, reqAndResKey))) as Result<Ops['getStepRequest']>
}

export const listRequestsOf =
  (owner: StepsOwner) =>
  async (ctx: Context, { params, query }: Input<Ops['listStepRequests']>): Promise<Result<Ops['listStepRequests']>> => {
    const { _id, _stepId } = params
    await checkExists(ctx, owner, _id)
    const found = await ctx.store.recordedRequests.list(ctx.caller.envId, _id, _stepId, {
      limit: perPage + 1,
      ...(query.time_gt !== undefined && { atGt: parseTime(query.time_gt, 'time_gt') }),
      ...(query.time_lte !== undefined && { atLte: parseTime(query.time_lte, 'time_lte') }),
      ...(query.after !== undefined && { after: query.after }),
    })
    const { records, isLast } = cutPage(found, perPage)
    const next = new URLSearchParams({ ...query, after: records.at(-1)?.key ?? '' })
    return {
      requests: records.map(({ key, at, method, stage, statusCode }) => ({
        key,
        time: Date.parse(at),
        utcDateTime: at,
        method,
        stage,
        ...(statusCode !== undefined && { statusCode: String(statusCode) }),
      })),
      ...(!isLast && { nextPageURL: `/v1/${owner}/${_id}/${_stepId}/requests?${next.toString()}` }),
    }
  }

export const listStepRequests = listRequestsOf('flows')

export async function deleteStepRequests(ctx: Context, { params, body }: Input<Ops['deleteStepRequests']>): Promise<undefined> {
  const { _id, _stepId } = params
  await checkExists(ctx, 'flows', _id)
  await ctx.store.transaction(async (rows) => {
    const count = await rows.recordedRequests.remove(ctx.caller.envId, _id, _stepId, body.keys)
    await recordAct(rows, ctx, { event: 'delete', collection: 'flows', _id, details: { _stepId, requests: count } })
  })
  return undefined
}
