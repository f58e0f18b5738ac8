/** Exports of type `once`: tells the application of every record that it was exported, after the commit of its page. */
import { StepFailure, type FlowRecord } from '../../../adaptor.ts'
import { readAnswer } from '../response-body.ts'
import { atMost } from '../map-concurrent.ts'
import { askedOf, failureOf } from '../connection-client.ts'
import type { HttpRequest } from '../../../outgoing/message.ts'
import { requestBuilder } from '../request.ts'
import { messageOf } from '../response-check.ts'
import type { Source } from './source.ts'

export interface Marks {
  /** Marks these records: the `ack` of their page. */
  ackOf(records: readonly FlowRecord[]): () => Promise<void>
  /** Settles when every page that was handed out is marked: until then the application would give its records once more. */
  allDone(): Promise<void>
}

export function acknowledging(source: Source): Marks {
  const mark = markerOf(source)
  // Pages are acknowledged in their order, so the last one stands for all.
  let last = Promise.resolve()
  return {
    ackOf(records) {
      const { promise, resolve } = Promise.withResolvers<void>()
      last = promise
      return () => mark(records).then(resolve)
    },
    allDone: () => last,
  }
}

/** A record that could not be marked is exported again next time, so a failure here fails the run and is seen. */
function markerOf({ http, exchange, context }: Source): (records: readonly FlowRecord[]) => Promise<void> {
  const { relativeURI, method, body } = http.once ?? {}
  if (!relativeURI) return async () => undefined
  const mediaType = http.requestMediaType ?? exchange.connection.http?.mediaType ?? 'json'
  const build = requestBuilder(
    { method: method ?? 'PUT', relativeURI, headers: http.headers ?? [], body: body || undefined, mediaType, shared: context },
    exchange,
  )
  return async (records) => {
    await atMost(exchange.concurrency, records, async (record) => {
      const request = (await build({ record })) as HttpRequest
      const result = await exchange.send(request)
      const asked = askedOf(request, exchange.credentials, result)
      if (result.kind === 'unreachable') throw new StepFailure(failureOf(result, asked))
      if (result.statusCode >= 200 && result.statusCode <= 299) return
      const { body: told, text } = await readAnswer(result, undefined)
      const reason = messageOf(told, text, http.response?.errorPath, exchange.credentials.redact) ?? `status ${result.statusCode}`
      throw new StepFailure({
        source: 'application',
        code: String(result.statusCode),
        message: `A record could not be marked as exported: ${reason}`,
        asked,
      })
    })
  }
}
