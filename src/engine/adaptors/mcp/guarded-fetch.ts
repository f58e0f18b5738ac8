/**
 * The `fetch` that the SDK goes out by: every request is one of the connection's client, with its guard, slots, retries and proof. An answer is read to its
 * end within the bounds of all answers before the SDK gets it. No stream is held open: what a server would say by itself is not asked for.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { StepFailure, describeStatus } from '../../adaptor.ts'
import type { Exchange } from '../../exchange.ts'
import type { HttpAnswer, HttpRequest } from '../../outgoing/message.ts'
import type { Context } from '../../outgoing/request-texts.ts'
import { toFailure, type ConnectionClient } from '../http/connection-client.ts'
import { requestBuilder, type RequestBuilder } from '../http/request.ts'
import { readResponseBody } from '../http/response-body.ts'
import { describeRefusal, findMessage } from '../http/response-check.ts'
import { canResume, findAnswer } from './answers.ts'

/** What is told of one call of a tool while the SDK is at it. */
export interface Call {
  /** The last request that was made for it. */
  exchange?: Exchange
  /** Its answer, with the digits of long numbers. */
  result?: unknown
  bytes?: number
  readonly yields?: HttpRequest['yields']
}

export const calls = new AsyncLocalStorage<Call>()

/** The server does not know the session any more: another one is opened. */
export class SessionGone extends Error {}

const methods = ['GET', 'POST', 'DELETE'] as const

/** `leaving` is the client that a session is ended with: what it was opened for may be over by then. */
export function guardedFetch(
  client: ConnectionClient,
  leaving: () => Promise<ConnectionClient>,
  timeout: number,
  shared: Context,
): typeof fetch {
  const builders = Object.fromEntries(
    methods.map((method) => [
      method,
      requestBuilder({ method, relativeURI: '', headers: [], body: undefined, mediaType: 'json', shared }, client),
    ]),
  ) as Record<string, RequestBuilder>
  return async (_url, init = {}) => {
    const { method = 'GET', body } = init
    const headers = new Headers(init.headers)
    // The stream on which a server speaks by itself; one that is to be gone on with is read.
    if (method === 'GET' && !headers.has('last-event-id')) return new Response(null, { status: 405 })
    const built = (await builders[method]?.(typeof body === 'string' ? { payload: body } : {})) as HttpRequest
    const call = calls.getStore()
    const exchange = await (method === 'DELETE' ? await leaving() : client).exchange({
      ...built,
      headers: { ...built.headers, ...Object.fromEntries(headers) },
      timeout,
      ...(call?.yields && { yields: call.yields }),
    })
    if (call) call.exchange = exchange
    const { result } = exchange
    if (result.kind === 'unreachable') throw new StepFailure(toFailure(result), exchange)
    return readAnswer(client, result, { body, method, headers, call }, exchange)
  }
}

interface Asked {
  readonly body: unknown
  readonly method: string
  readonly headers: Headers
  readonly call: Call | undefined
}

async function readAnswer(client: ConnectionClient, answer: HttpAnswer, asked: Asked, exchange: Exchange): Promise<Response> {
  const { statusCode } = answer
  const { method, headers, call } = asked
  const isSuccess = statusCode >= 200 && statusCode <= 299
  if (!isSuccess && method === 'POST') {
    if (statusCode === 404 && headers.has('mcp-session-id')) throw new SessionGone()
    throw new StepFailure(await readRefusal(client, answer), exchange)
  }
  const contentType = String(answer.headers['content-type'] ?? '')
  const sessionId = answer.headers['mcp-session-id']
  const text = isSuccess && statusCode !== 202 && statusCode !== 204 ? answer.body.toString() : ''
  const id = readRequestId(asked.body)
  if (id !== undefined && isSuccess) {
    const isStream = /^text\/event-stream\b/i.test(contentType)
    const found = findOrFail(text, isStream, id, exchange)
    if (call && found && 'result' in found) Object.assign(call, { result: found.result, bytes: answer.body.length })
  }
  return new Response(text === '' ? null : text, {
    status: statusCode,
    headers: { 'content-type': contentType, ...(typeof sessionId === 'string' && { 'mcp-session-id': sessionId }) },
  })
}

function findOrFail(text: string, isStream: boolean, id: unknown, exchange: Exchange): ReturnType<typeof findAnswer> {
  try {
    const found = findAnswer(text, isStream, id)
    if (found || (isStream && canResume(text))) return found
  } catch {
    // Told below: whatever it is, it is no answer.
  }
  const message = 'The server answered with something that is no answer of an MCP server. Look whether mcp.serverURL is its MCP endpoint.'
  throw new StepFailure({ source: 'application', code: 'response_invalid', message }, exchange)
}

/** Only requests have one; what is told besides is not answered. */
function readRequestId(body: unknown): unknown {
  if (typeof body !== 'string') return undefined
  const { id, method } = JSON.parse(body) as { readonly id?: unknown; readonly method?: unknown }
  return method === undefined ? undefined : id
}

async function readRefusal({ credentials }: ConnectionClient, answer: HttpAnswer): Promise<StepFailure['failure']> {
  const read = await readResponseBody(answer, undefined)
  const told = findMessage(read.body, read.text, undefined, credentials.redact) ?? describeStatus(answer.statusCode)
  return { source: 'application', code: String(answer.statusCode), message: describeRefusal(answer, told) }
}
