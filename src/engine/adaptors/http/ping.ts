/** Tries a connection: makes the request that it says shows whether it works. */
import type { Redact } from '../../../domain/redaction/masker.ts'
import { answered, type ConnectionDoc, type Failure, type Run } from '../../adaptor.ts'
import type { HttpAnswer, HttpRequest, HttpResult } from '../../outgoing/message.ts'
import { exchangeFor, failureOf, type Exchange, type HttpPorts } from './connection-client.ts'
import { requestBuilder } from './request.ts'
import { readAnswer } from './response-body.ts'
import { messageOf, refusedBy, wordsAt } from './response-check.ts'
import { isUnsaid, saidBy, type At } from './said.ts'

type Http = NonNullable<ConnectionDoc['http']>
type PingOf = NonNullable<Http['ping']>

/** For the request itself. Milliseconds. */
const requestMs = 20_000

export const hasPing = ({ http }: ConnectionDoc): boolean => Boolean(http?.ping?.relativeURI?.trim())

export async function pingOver(ports: HttpPorts, connection: ConnectionDoc, run: Run): Promise<Failure | undefined> {
  const exchange = await exchangeFor(ports, { doc: {}, connection, run }, true)
  const { credentials } = exchange
  const { http } = connection
  const ping = http?.ping
  // Without one there is nothing to ask: only whether the connection can be used at all was found out above.
  if (!http || !ping?.relativeURI?.trim()) return undefined
  const build = requestBuilder(
    {
      method: ping.method ?? 'GET',
      relativeURI: ping.relativeURI,
      headers: [],
      body: ping.body || undefined,
      mediaType: ping.body ? http.mediaType : 'json',
      shared: { ...credentials.context, settings: { connection: connection.settings ?? {} } },
    },
    exchange,
  )
  const result = await exchange.send({ ...((await build({})) as HttpRequest), timeout: requestMs })
  return verdict(result, http, ping, exchange)
}

async function verdict(result: HttpResult, http: Http, ping: PingOf, { credentials, evaluate }: Exchange): Promise<Failure | undefined> {
  if (result.kind === 'unreachable') return failureOf(result)
  const { redact } = credentials
  const { statusCode } = result
  const success = http.successMediaType ?? undefined
  const read = await readAnswer(result, statusCode >= 400 ? http.errorMediaType : success, success ?? http.mediaType)
  const failure = (message: string): Failure => ({ source: 'application', code: String(statusCode), message })
  const said = await saidBy(evaluate, read, [ping.successPath, ping.failPath, ping.errorPath, http.auth?.failPath])
  if (isUnsaid(said)) return { ...said, message: redact(said.message) }
  const told = (): string | undefined => wordsAt(said.at, ping.errorPath, redact) ?? messageOf(read.body, read.text, undefined, redact)
  if (statusCode >= 400 || isRefused(result, http, said.at, redact)) return failure(told() ?? answered(statusCode))
  if (!ping.successPath && !ping.failPath) return undefined
  if (read.unreadable && !read.isXml)
    return failure('The application answered something that its ping cannot be judged by: JSON and XML are what can be read.')
  const refused = refusedBy(said.at, ping, redact)
  return refused === undefined ? undefined : failure(wordsAt(said.at, ping.errorPath, redact) ?? refused)
}

/** Applications that say with another status than 401, or in words, that they do not accept the proof. */
function isRefused({ statusCode }: HttpAnswer, { auth }: Http, at: At, redact: Redact): boolean {
  const { failStatusCode, failPath, failValues } = auth ?? {}
  if (failStatusCode !== undefined && failStatusCode !== statusCode) return false
  if (failPath) return refusedBy(at, { failPath, failValues }, redact) !== undefined
  return failStatusCode !== undefined
}
