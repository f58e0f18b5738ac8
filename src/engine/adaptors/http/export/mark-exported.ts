/** Exports of type `once`: tells the application of every record that it was exported, after the commit of its page. */
import { hash } from 'node:crypto'
import { StepFailure, type FlowRecord } from '../../../adaptor.ts'
import { readResponseBody } from '../response-body.ts'
import { createLane, mapInLane } from '../../../around/lane.ts'
import { describeRequest, toFailure } from '../connection-client.ts'
import type { HttpRequest } from '../../../outgoing/message.ts'
import { requestBuilder } from '../request.ts'
import { describeRefusal, findMessage } from '../response-check.ts'
import type { Source } from './source.ts'

/** By what a record is known again in a later answer. */
export const printOf = (record: unknown): string => hash('sha1', JSON.stringify(record) ?? '', 'base64').slice(0, 16)

/** Where it stands in an answer to which records that were marked meanwhile may not belong any more; the beginning where it was changed, so that none is passed over. */
export const placeOf = (records: readonly unknown[], print: string): number =>
  Math.max(
    0,
    records.findIndex((record) => printOf(record) === print),
  )

export interface Marks {
  /** Marks these records: the `ack` of their page. */
  ackOf(records: readonly FlowRecord[]): () => Promise<void>
  /** Settles when every page that was handed out is marked: until then the application would give its records once more. */
  allDone(): Promise<void>
}

type Mark = NonNullable<Source['mark']>

export function acknowledging(mark: Mark): Marks {
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
export function createMarker({ http, client, context }: Source): Mark {
  const { relativeURI, method, body } = http.once ?? {}
  if (!relativeURI) return async () => undefined
  const mediaType = http.requestMediaType ?? client.connection.http?.mediaType ?? 'json'
  const build = requestBuilder(
    { method: method ?? 'PUT', relativeURI, headers: http.headers ?? [], body: body || undefined, mediaType, shared: context },
    client,
  )
  return async (records) => {
    await mapInLane(createLane(client.concurrency), records, async (record) => {
      const request = (await build({ record })) as HttpRequest
      const exchange = await client.exchange(request)
      const { result } = exchange
      const asked = describeRequest(request, client.credentials, result)
      if (result.kind === 'unreachable') throw new StepFailure(toFailure(result, asked), exchange)
      if (result.statusCode >= 200 && result.statusCode <= 299) return
      const { body: told, text } = await readResponseBody(result, undefined)
      const reason = describeRefusal(
        result,
        findMessage(told, text, http.response?.errorPath, client.credentials.redact) ?? `status ${result.statusCode}`,
      )
      const message = `A record could not be marked as exported: ${reason}`
      throw new StepFailure({ source: 'application', code: String(result.statusCode), message, asked }, exchange)
    })
  }
}
