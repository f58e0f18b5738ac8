/** One operation of the contract on one route: read, cut to the schema, validate, call, answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { spelled } from '../contract/accept.ts'
import { acceptWithin } from '../domain/accepted.ts'
import type { ErrorCode } from '../contract/errors.ts'
import type { Operation } from '../contract/operation.ts'
import { mustReach } from '../domain/access.ts'
import { Bytes, isEmptyAnswer, JsonPage, JsonText } from '../domain/answer.ts'
import { DomainError } from '../domain/errors.ts'
import { etagOf, matches } from '../domain/etag.ts'
import type { Context } from '../domain/ports.ts'
import { idsIn, mustBeIds, refuseNul } from '../domain/parameters.ts'
import { validator } from '../domain/validation.ts'
import { maxArchiveBytes } from './body.ts'

export interface Call {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

type Handle = (ctx: Context, call: Call) => Promise<unknown>

export function bind(app: FastifyInstance, operation: Operation, contextOf: (request: FastifyRequest) => Context, handle: Handle): void {
  const checkQuery = operation.query && validator(operation.query, 'query')
  const readBody = operation.body ? (operation.bodyType ? readBytes : bodyReader(operation)) : undefined
  const ids = idsIn(operation)
  app.route({
    method: operation.method,
    url: operation.path,
    ...(operation.bodyType && { bodyLimit: maxArchiveBytes }),
    config: { takesBody: operation.body !== undefined, ids },
    handler: async (request, reply) => {
      const params = spelled(operation.params, request.params as Record<string, string>)
      mustBeIds(ids, params)
      const query = spelled(operation.query, request.query as Record<string, unknown>)
      refuseNul(params, query)
      const ctx = contextOf(request)
      await mustReach(ctx, operation, params)
      checkQuery?.(query)
      const body = readBody?.(request, reply, ctx.strict)
      const result = await handle(ctx, { params, query, body })
      return answer(operation, request, reply, result)
    },
  })
}

function readBytes({ body }: FastifyRequest): Buffer {
  if (body === undefined) throw new DomainError('malformed_json', 'The request needs a body.')
  if (Buffer.isBuffer(body)) return body
  throw new DomainError('unsupported_media_type', 'The body is a ZIP archive: send Content-Type: application/zip.')
}

function bodyReader(operation: Operation): (request: FastifyRequest, reply: FastifyReply, strict: boolean) => unknown {
  const schema = operation.body as NonNullable<Operation['body']>
  const check = validator(schema, 'body')
  return (request, reply, strict) => {
    if (request.body === undefined && operation.optionalBody) return undefined
    if (request.body === undefined) throw new DomainError('malformed_json', 'The request needs a JSON body.')
    if (Buffer.isBuffer(request.body))
      throw new DomainError('unsupported_media_type', 'Bodies are JSON: send Content-Type: application/json.')
    const { value, ignored } = acceptWithin(operation.known ?? schema, request.body)
    if (ignored.length > 0) {
      if (strict) throw unknownFields(ignored)
      reply.header('sluice-ignored-fields', ignoredHeader(ignored))
    }
    if (operation.badBody) checkOrBad(check, value)
    else check(value)
    return value
  }
}

const bad: { readonly [code in ErrorCode]?: ErrorCode } = { invalid_field: 'bad_field', missing_required_field: 'bad_missing_field' }

/** What is wrong with the body is a bad request, not a document that cannot be stored. */
function checkOrBad(check: (value: unknown) => void, value: unknown): void {
  try {
    check(value)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const [first, ...more] = error.problems.map((problem) => ({ ...problem, code: bad[problem.code] ?? problem.code }))
    throw new DomainError(first?.code ?? 'bad_field', first?.message ?? '', first?.field, more)
  }
}

/** Clients take heads of 8 KB or more; a name can be as long as a body. What does not fit goes unnamed. In bytes. */
const maxIgnoredHeader = 4096

function ignoredHeader(ignored: readonly string[]): string {
  const text = ignored.map(encodeURIComponent).join(', ')
  return text.length <= maxIgnoredHeader ? text : `${text.slice(0, maxIgnoredHeader - 3)}...`
}

function unknownFields(fields: readonly string[]): DomainError {
  const [first, ...more] = fields.map((field) => ({ code: 'unknown_field' as const, message: `There is no field ${field}.`, field }))
  return new DomainError('unknown_field', first?.message ?? '', first?.field, more)
}

const json = 'application/json; charset=utf-8'

function answer(operation: Operation, request: FastifyRequest, reply: FastifyReply, result: unknown): FastifyReply {
  if (result instanceof JsonPage && result.next) reply.header('link', nextLink(request, result.next))
  if (isEmptyAnswer(operation, result)) return reply.code(204).send()
  reply.code(operation.status).type(operation.resultType ?? json)
  if (result instanceof Bytes) return reply.header('content-disposition', `attachment; filename="${result.fileName}"`).send(result.bytes)
  if (operation.resultType === 'text/plain') return reply.send(String(result))
  if (result instanceof JsonText) return answerText(request, reply, result)
  if (result instanceof JsonPage) return reply.send(`[${result.records.join(',')}]`)
  return reply.send(JSON.stringify(result))
}

/** With its tag. A caller who has this text already is spared it. */
function answerText(request: FastifyRequest, reply: FastifyReply, { text, state }: JsonText): FastifyReply {
  const etag = etagOf(state)
  reply.header('etag', `"${etag}"`)
  const known = request.method === 'GET' ? request.headers['if-none-match'] : undefined
  return known !== undefined && matches(known, etag) ? reply.code(304).send() : reply.send(text)
}

/** The request's own address with another `skip` and `limit`: absolute, as clients follow it without looking. */
function nextLink(request: FastifyRequest, next: { skip: number; limit: number }): string {
  const { localAddress, localPort } = request.socket
  // Where the Host header is missing (HTTP/1.0) or is none: the address that the client reached.
  const url = URL.parse(request.url, `${request.protocol}://${request.host}`) ?? new URL(request.url, `http://${localAddress}:${localPort}`)
  url.searchParams.set('skip', String(next.skip))
  url.searchParams.set('limit', String(next.limit))
  return `<${url.href}>; rel="next"`
}
