/** A lookup of an import that asks the application: what it answers about one record. */
import { StepFailure, type FlowRecord } from '../../../adaptor.ts'
import type { HttpRequest } from '../../../outgoing/message.ts'
import { createRendering, type Context } from '../../../outgoing/request-texts.ts'
import { isEmpty } from '../../../values/plain-value.ts'
import { toFailure, type ConnectionClient } from '../connection-client.ts'
import type { Exchanged } from '../../named-lookups.ts'
import { requestBuilder } from '../request.ts'
import { explainUnreadable, isExplained, readResponseBody, type ResponseBody } from '../response-body.ts'
import { describeRefusal, findMessage } from '../response-check.ts'
import { isUnreadable, readPaths } from '../response-paths.ts'
import type { Lookup } from './static-lookups.ts'

/** What stands at `extract`, or the whole answer without it; undefined where there is nothing: 404, an empty answer, nothing at the path. Throws `StepFailure`. */
export type Ask = (record: FlowRecord, asked?: Answers, exchanged?: Exchanged) => Promise<unknown>

/** Answers of one page, so that no request is made twice for it. */
export type Answers = Map<string, Promise<ResponseBody | undefined>>

export function createAsk({ relativeURI = '', method, body, postBody, extract }: Lookup, client: ConnectionClient, shared: Context): Ask {
  const mediaType = client.connection.http?.mediaType ?? 'json'
  const build = requestBuilder(
    { method: method ?? 'GET', relativeURI, headers: [], body: (body ?? postBody) || undefined, mediaType, shared },
    client,
  )
  const path = extract
    ? createRendering(client.evaluate, { texts: [{ template: extract, escaping: 'raw', sees: 'context' }], shared })
    : undefined
  return async (record, asked, exchanged) => {
    const input = { records: [record] }
    const request = (await build(input)) as HttpRequest
    const key = JSON.stringify([request.method, request.url, request.body])
    const answering = asked?.get(key) ?? send(client, request, mediaType, exchanged)
    asked?.set(key, answering)
    const read = await answering
    return read && extractFound(client, read, path ? ((await path.render(input))[0] ?? '') : '')
  }
}

/** Undefined where the application has nothing. */
async function send(
  client: ConnectionClient,
  request: HttpRequest,
  mediaType: string,
  exchanged: Exchanged | undefined,
): Promise<ResponseBody | undefined> {
  const exchange = await client.exchange(request)
  const { result } = exchange
  exchanged?.(exchange)
  if (result.kind === 'unreachable') throw new StepFailure(toFailure(result), exchange)
  if (result.statusCode === 404) return undefined
  const read = await readResponseBody(result, undefined, mediaType)
  const { redact } = client.credentials
  if (result.statusCode < 200 || result.statusCode > 299) {
    const message = describeRefusal(result, findMessage(read.body, read.text, undefined, redact))
    throw new StepFailure({ source: 'lookup', code: String(result.statusCode), message }, exchange)
  }
  // What cannot be read says neither that there is something nor that there is nothing.
  if (isExplained(read.unreadable)) {
    const message = explainUnreadable(read.unreadable, result, read.text, redact)
    throw new StepFailure({ source: 'lookup', code: read.unreadable, message }, exchange)
  }
  return read
}

async function extractFound({ evaluate }: ConnectionClient, read: ResponseBody, at: string): Promise<unknown> {
  const said = await readPaths(evaluate, read, [at])
  if (isUnreadable(said)) throw new StepFailure({ ...said, source: 'lookup' })
  const found = at === '' ? (read.isXml || read.isCsv ? read.text : read.body) : said.at(at)
  return isEmpty(found) ? undefined : found
}
