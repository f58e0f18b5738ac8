/** One operation of the contract on one route: read, cut to the schema, validate, call, answer. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Operation } from '../contract/operation.ts'
import { Bytes, EventStream, FileStream, isEmptyAnswer, JsonPage, JsonText, SessionCookie, SignInStart } from '../domain/result.ts'
import { computeEtag, matchesEtag } from '../domain/etag.ts'
import { idParameters } from '../domain/parameters.ts'
import type { Context } from '../domain/context.ts'
import { buildPreparation, type Call } from '../domain/dispatch/prepare-call.ts'
import { maxArchiveBytes } from './body.ts'
import { sendEvents } from './event-stream.ts'
import { checkSameOrigin, setSessionCookie, setSignInCookie } from './console/session-cookie.ts'

type Asked = Pick<FastifyRequest, 'body'> & Pick<Call, 'params' | 'query'>
type Handle = (ctx: Context, call: Call) => Promise<unknown>

export function bindOperation(
  app: FastifyInstance,
  name: string,
  operation: Operation,
  contextOf: (request: FastifyRequest) => Context,
  handle: Handle,
): void {
  const prepare = buildPreparation(operation)
  const streams = operation.resultType === 'text/event-stream'
  const waitsOutside = operation.errors.includes('too_many_at_once')
  app.route({
    method: operation.method,
    url: operation.path,
    ...(operation.bodyType && { bodyLimit: maxArchiveBytes }),
    config: {
      operation: name,
      takesBody: operation.body !== undefined,
      ...(operation.withoutToken && { provesItself: true }),
      waitsOutside,
      ...(streams && { streams, compress: false }),
      ids: idParameters(operation),
    },
    handler: async (request, reply) => {
      const { params, query, body } = request as Asked
      if (operation.withoutToken) checkSameOrigin(request)
      const warnings: string[] = []
      const warn = (warning: string): void => {
        warnings.push(warning)
        reply.header('sluice-warning', warningHeader(warnings))
      }
      const ctx: Context = { ...contextOf(request), warn, ...(waitsOutside && { signal: whenGone(reply) }) }
      const { call, ignored } = await prepare(ctx, { params, query, body })
      if (ignored.length > 0) reply.header('sluice-ignored-fields', ignoredHeader(ignored))
      try {
        return answer(operation, request, reply, await handle(ctx, call))
      } catch (error) {
        // It warns of what was done, and nothing was.
        reply.removeHeader('sluice-warning')
        throw error
      }
    },
  })
}

/** The caller has closed the connection before there was an answer. */
function whenGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableEnded) gone.abort()
  })
  return gone.signal
}

/** A sentence may quote what somebody wrote, and a header holds printable ASCII alone. */
const warningHeader = (warnings: readonly string[]): string => {
  const text = warnings.join(' ').replaceAll(/[^\x20-\x7e]+/g, '?')
  return text.length <= maxHeaderLength ? text : `${text.slice(0, maxHeaderLength - 3)}...`
}

/** Clients take heads of 8 KB or more; a name can be as long as a body. What does not fit goes unnamed. In bytes. */
const maxHeaderLength = 4096

function ignoredHeader(ignored: readonly string[]): string {
  const text = ignored.map(encodeURIComponent).join(', ')
  return text.length <= maxHeaderLength ? text : `${text.slice(0, maxHeaderLength - 3)}...`
}

const json = 'application/json; charset=utf-8'

function answer(operation: Operation, request: FastifyRequest, reply: FastifyReply, result: unknown): FastifyReply {
  if (result instanceof JsonPage && result.next) reply.header('link', nextLink(request, result.next))
  if (result instanceof SessionCookie) setSessionCookie(request, reply, result.secret)
  if (result instanceof SignInStart) setSignInCookie(request, reply, result.secret)
  if (isEmptyAnswer(operation, result)) return reply.code(204).send()
  reply.code(operation.status).type(operation.resultType ?? json)
  if (result instanceof EventStream) return sendEvents(reply, result)
  if (result instanceof FileStream)
    return reply
      .header('content-disposition', `attachment; filename="${result.fileName}"`)
      .send(Readable.from(result.chunks, { objectMode: false }))
  if (result instanceof Bytes) {
    if (isKnown(request, reply, result.etag)) return reply.code(304).send()
    return reply.header('content-disposition', `attachment; filename="${result.fileName}"`).send(result.bytes)
  }
  if (operation.resultType === 'text/plain') return reply.send(String(result))
  if (result instanceof JsonText) return answerText(request, reply, result)
  if (result instanceof JsonPage) return reply.send(`[${result.records.join(',')}]`)
  return reply.send(JSON.stringify(result instanceof SignInStart ? result.body : result))
}

/** With its tag. A caller who has this text already is spared it. */
function answerText(request: FastifyRequest, reply: FastifyReply, { text, state }: JsonText): FastifyReply {
  return isKnown(request, reply, computeEtag(state)) ? reply.code(304).send() : reply.send(text)
}

function isKnown(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  reply.header('etag', `"${etag}"`)
  const known = request.method === 'GET' ? request.headers['if-none-match'] : undefined
  return known !== undefined && matchesEtag(known, etag)
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
