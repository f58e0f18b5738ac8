/** Tells of the requests of records that failed: once each, however many records and errors came of one. */
import { sealRequest } from '../../domain/flows/recorded-requests.ts'
import type { World } from '../../domain/context.ts'
import type { NewRequestRow } from '../../domain/ports/recording/recorded-requests.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { Exchange } from '../exchange.ts'
import type { FailedRequest, PageError } from '../plan/plan.ts'
import { tellExchange } from '../recording/tell-exchange.ts'

type TellRequest = (stepId: string, stage: string, exchange: Exchange | undefined) => FailedRequest | undefined

/** What was told of an exchange is told again: errors of one page share it. Of a request that was not sent, to leave its application alone, nothing is told. */
export function createRequestTeller(newId: () => string, redact: Redact): TellRequest {
  const known = new WeakMap<Exchange, FailedRequest>()
  return (stepId, stage, exchange) => {
    if (!exchange || (exchange.result?.kind === 'unreachable' && exchange.result.code === 'left_alone')) return undefined
    const request = known.get(exchange) ?? describeRequest(stepId, stage, exchange, newId(), redact)
    known.set(exchange, request)
    return request
  }
}

/** Keys count down in time, so that the newest comes first. */
const newest = 9_999_999_999_999

function describeRequest(stepId: string, stage: string, exchange: Exchange, id: string, redact: Redact): FailedRequest {
  const { request, result, at } = exchange
  const method = request.method.replaceAll(/[^A-Za-z]/g, '').slice(0, 20)
  const statusCode = result?.kind === 'answer' ? (result.statusSent ?? result.statusCode) : undefined
  return {
    stepId,
    key: `${newest - at}-${id}-${statusCode ?? 0}-${method}`,
    at: new Date(at).toISOString(),
    stage,
    method,
    ...(statusCode !== undefined && { statusCode }),
    told: tellExchange(exchange, redact),
  }
}

export function sealRequests({ vault }: World, envId: string, flowId: string, errors: readonly PageError[]): NewRequestRow[] {
  const requests = new Map(errors.flatMap(({ request }) => (request ? [[request.key, request] as const] : [])))
  return [...requests.values()].map(({ told, ...row }) => ({
    ...row,
    sealed: sealRequest(vault, envId, flowId, row.stepId, row.key, told),
  }))
}
