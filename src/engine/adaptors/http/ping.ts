/** Tries a connection: makes the request that it says shows whether it works. */
import type { Redact } from '../../../domain/redaction/masker.ts'
import { describeStatus, type ConnectionDoc, type Failure, type Run } from '../../adaptor.ts'
import { isRefused as isNoSession } from '../../../domain/ports/sessions/session.ts'
import type { HttpRequest, HttpResult } from '../../outgoing/message.ts'
import { toUnreachable } from '../../outgoing/sessions/session-proof.ts'
import { createConnectionClient, toFailure, type ConnectionClient, type HttpPorts } from './connection-client.ts'
import { requestBuilder } from './request.ts'
import { readResponseBody } from './response-body.ts'
import { findMessage, findRefusal, readMessageAt } from './response-check.ts'
import { isUnreadable, readPaths, type ReadPath } from './response-paths.ts'

type Http = NonNullable<ConnectionDoc['http']>
type PingOf = NonNullable<Http['ping']>

/** For the request itself. Milliseconds. */
const requestMs = 20_000

export const hasPing = ({ http }: ConnectionDoc): boolean => Boolean(http?.ping?.relativeURI?.trim())

export async function pingHttp(ports: HttpPorts, connection: ConnectionDoc, run: Run): Promise<Failure | undefined> {
  const client = await createConnectionClient(ports, { doc: {}, connection, run }, { skipRetries: true })
  const { credentials } = client
  const { http } = connection
  const ping = http?.ping
  // Without one there is nothing to ask: whether the connection can be used at all was found out above, and whether it can sign in is here.
  if (!http || !ping?.relativeURI?.trim()) return signedIn(client, connection, run)
  const build = requestBuilder(
    {
      method: ping.method ?? 'GET',
      relativeURI: ping.relativeURI,
      headers: [],
      body: ping.body || undefined,
      mediaType: ping.body ? http.mediaType : 'json',
      shared: { ...credentials.context, settings: { connection: connection.settings ?? {} } },
    },
    client,
  )
  const result = await client.send({ ...((await build({})) as HttpRequest), timeout: requestMs })
  return judgePing(result, http, ping, client)
}

async function signedIn({ credentials }: ConnectionClient, connection: ConnectionDoc, { signal }: Run): Promise<Failure | undefined> {
  const kept = await credentials.session?.session(signal)
  if (!kept || !isNoSession(kept)) return undefined
  const failure = toFailure(toUnreachable(connection, kept))
  return { ...failure, message: credentials.redact(failure.message) }
}

async function judgePing(
  result: HttpResult,
  http: Http,
  ping: PingOf,
  { credentials, evaluate }: ConnectionClient,
): Promise<Failure | undefined> {
  if (result.kind === 'unreachable') return toFailure(result)
  const { redact } = credentials
  const statusCode = result.statusSent ?? result.statusCode
  const success = http.successMediaType ?? undefined
  const read = await readResponseBody(result, statusCode >= 400 ? http.errorMediaType : success, success ?? http.mediaType)
  const failure = (message: string): Failure => ({ source: 'application', code: String(statusCode), message })
  const said = await readPaths(evaluate, read, [ping.successPath, ping.failPath, ping.errorPath, http.auth?.failPath])
  if (isUnreadable(said)) return { ...said, message: redact(said.message) }
  const told = (): string | undefined =>
    readMessageAt(said.at, ping.errorPath, redact) ?? findMessage(read.body, read.text, undefined, redact)
  if (result.statusCode >= 400 || isRefused(statusCode, http, said.at, redact)) return failure(told() ?? describeStatus(statusCode))
  if (!ping.successPath && !ping.failPath) return undefined
  if (read.unreadable && !read.isXml)
    return failure('The application answered something that its ping cannot be judged by: JSON and XML are what can be read.')
  const refused = findRefusal(said.at, ping, redact)
  return refused === undefined ? undefined : failure(readMessageAt(said.at, ping.errorPath, redact) ?? refused)
}

/** Applications that say with another status than 401, or in words, that they do not accept the proof. */
function isRefused(statusCode: number, { auth }: Http, at: ReadPath, redact: Redact): boolean {
  const { failStatusCode, failPath, failValues } = auth ?? {}
  if (failStatusCode !== undefined && failStatusCode !== statusCode) return false
  if (failPath) return findRefusal(at, { failPath, failValues }, redact) !== undefined
  return failStatusCode !== undefined
}
