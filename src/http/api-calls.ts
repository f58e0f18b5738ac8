/** Where APIs of an account's own are called: at `/apis/{version}{relativeURI}` and `/{version}{relativeURI}`, those that are scripts at `/v1/apis/{_id}/request`. No path of the server's is looked for there. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiCaller, IncomingCall } from '../domain/apis/call-api.ts'
import type { ServeConsole } from './console/serve-console.ts'
import { answerUnknownRoute } from './errors.ts'
import type { MethodsOf } from './methods.ts'
import type { ApiAnswer } from '../domain/ports/apis/api-calls.ts'

/** What shows who calls, and where they work: that is between them and this server. */
const own: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'integrator-ashareid', 'sluice-environment'])

/** What has no route of ours, with any method: so no API takes the place of one. */
export function apiCalls(app: FastifyInstance, apis: ApiCaller, methodsOf: MethodsOf, serveConsole: ServeConsole): void {
  app.addHook('onClose', () => apis.close())
  app.setNotFoundHandler(async (request, reply) => {
    // Nothing of ours lies below /apis.
    const methods = /^\/apis\//i.test(request.url) ? [] : methodsOf(request.url)
    const answer = request.caller && methods.length === 0 ? await apis.call(request.caller, toCall(request)) : undefined
    if (answer) return sendAnswer(reply, answer)
    return (methods.length === 0 ? serveConsole(request, reply) : undefined) ?? answerUnknownRoute(request, reply, methods)
  })
}

const sendAnswer = (reply: FastifyReply, { statusCode, headers, body }: ApiAnswer): FastifyReply =>
  reply
    .code(statusCode)
    .headers(headers)
    .send(body === '' ? undefined : body)

function toCall({ method, url, headers, query, body }: FastifyRequest): IncomingCall {
  const told = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || own.has(name) ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  )
  return {
    method,
    path: url.split('?')[0] ?? '',
    headers: Object.fromEntries(told),
    query: { ...(query as Readonly<Record<string, string | readonly string[]>>) },
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  }
}
