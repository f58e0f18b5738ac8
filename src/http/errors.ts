/** From an error to its answer. The only place that knows statuses. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { codeOf, statusOf, type ErrorCode } from '../contract/errors.ts'
import { DomainError } from '../domain/errors.ts'

/** Fastify's own refusals, in the contract's words. */
const refusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['request_too_large', 'The body is larger than this server takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Bodies are JSON: send Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as Content-Length says.'],
  FST_ERR_BAD_URL: ['bad_request', 'The request target is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the path is longer than any id.'],
}

export function answerError(error: Error & { code?: string }, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof DomainError) return answer(reply, error)
  const refusal = refusals[error.code ?? '']
  if (refusal) return answer(reply, new DomainError(...refusal))
  // The route, not the URL: a query may hold what no log should.
  request.log.error({ err: error, method: request.method, route: request.routeOptions?.url }, 'request failed')
  return answer(reply, new DomainError('internal_error', 'Something went wrong on this server. Its log says what.'))
}

export const answerUnknownRoute = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  answer(reply, new DomainError('unknown_route', `There is no ${request.method} ${request.url.split('?')[0]}.`))

function answer(reply: FastifyReply, { problems }: DomainError): FastifyReply {
  const status = statusOf(problems[0]?.code ?? 'internal_error')
  return reply
    .code(status)
    .send({ errors: problems.map(({ code, message, field }) => ({ code: codeOf(code), message, ...(field !== undefined && { field }) })) })
}
