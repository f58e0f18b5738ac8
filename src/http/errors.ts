/** Answers an error: its status, its body, and its line in the log. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../contract/errors.ts'
import { toErrorEnvelope } from '../domain/error-envelope.ts'
import { unavailableRetrySeconds, StoreUnavailable, DomainError, RateLimited, serviceUnavailable } from '../domain/errors.ts'

/** Fastify's own refusals, in the contract's words. */
const refusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['request_too_large', 'The body is larger than this server takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Bodies are JSON: send Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as Content-Length says.'],
  FST_CP_ERR_INVALID_CONTENT: ['bad_request', 'The body is not what Content-Encoding says.'],
  FST_CP_ERR_INVALID_CONTENT_ENCODING: ['unsupported_media_type', 'This server does not know the Content-Encoding of the body.'],
  FST_ERR_BAD_URL: ['bad_request', 'The request target is not a valid URL.'],
  FST_STATIC_FORBIDDEN_PATH: ['unknown_route', 'There is nothing at this path.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the path is longer than any id.'],
}

export function answerError(
  error: Error & { code?: string; statusCode?: number },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof DomainError) return answer(reply, error)
  if (error instanceof StoreUnavailable) return answerUnavailable(error, request, reply)
  const refusal = refusals[error.code ?? '']
  if (refusal) return answer(reply, new DomainError(...refusal))
  // A refusal of Fastify or of a plugin without words here, such as a range that a file does not have: the caller's mistake all the same.
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return answer(reply, new DomainError('bad_request', 'The request cannot be answered as it is.'))
  // The route, not the URL: a query may hold what no log should.
  request.log.error({ err: error, method: request.method, route: request.routeOptions?.url }, 'request failed')
  return answer(reply, new DomainError('internal_error', 'Something went wrong on this server. Its log says what.'))
}

/** Seconds after which a refused caller may come again: work at hand is done, and answers under way are read, within one or two; what is set right elsewhere takes longer. */
const retryAfter: Partial<Record<ErrorCode, number>> = {
  service_unavailable: unavailableRetrySeconds,
  too_many_at_once: 1,
  server_busy: 2,
  provider_unavailable: 10,
}

/** `allowed` are the methods that the path is served with. */
export function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): FastifyReply {
  const asked = `${request.method} ${request.url.split('?')[0]}`
  // A route may take any path below it, and have nothing there.
  if (allowed.length === 0 || allowed.includes(request.method))
    return answer(reply, new DomainError('unknown_route', `There is no ${asked}.`))
  const methods = allowed.join(', ')
  return answer(reply.header('allow', methods), new DomainError('method_not_allowed', `There is no ${asked}, only ${methods}.`))
}

/** What Node could not read as a request. There is no reply to answer with, only the socket. */
export function answerBroken(error: Error & { code?: string }, socket: Socket): void {
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new DomainError('header_too_large', 'The head of the request is larger than this server takes.')
      : new DomainError('bad_request', 'The request is not valid HTTP, or took too long to arrive.')
  const { status, body } = written(problem)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n`
  if (socket.writable) socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  socket.destroy()
}

/** While the database is away every request says so, hundreds a second; the log needs it now and then. In milliseconds. */
const sayAwayEvery = 5000
let saidAway = -sayAwayEvery

function answerUnavailable({ cause }: StoreUnavailable, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (performance.now() - saidAway >= sayAwayEvery) {
    saidAway = performance.now()
    request.log.warn({ err: cause, route: request.routeOptions?.url }, 'the database does not answer: requests get 503')
  }
  return answer(reply, serviceUnavailable())
}

function answer(reply: FastifyReply, error: DomainError): FastifyReply {
  const { status, body } = written(error)
  const seconds = error instanceof RateLimited ? error.retryAfter : retryAfter[error.problems[0]?.code ?? 'internal_error']
  if (seconds !== undefined) reply.header('retry-after', seconds)
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}

function written(error: DomainError): { status: number; body: string } {
  const { status, body } = toErrorEnvelope(error)
  return { status, body: JSON.stringify(body) }
}
