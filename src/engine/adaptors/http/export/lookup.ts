/** The export as a lookup in the middle of a flow: one record asks, all pages of the answer come back in one envelope. */
import { StepFailure, type ExportDoc, type FlowRecord, type Outcome } from '../../../adaptor.ts'
import { listChildren, toChildRecord } from '../../../values/children.ts'
import { mapConcurrent } from '../map-concurrent.ts'
import { firstState, nextState, type PagingState } from './paging.ts'
import { maxPageBytes } from '../../../formats/pages.ts'
import { sourceFailure, fetchReply, type Source } from './source.ts'

interface Envelope {
  readonly statusCode: number
  readonly data: readonly unknown[]
  readonly errors: readonly unknown[]
}

/** Every failure of a lookup is its record's own: another record may well find something. */
export async function runLookup(source: Source, doc: ExportDoc, record: FlowRecord): Promise<Outcome> {
  try {
    const found = await mapConcurrent(source.client.concurrency, listLookupRecords(doc, record), (asker) => envelope(source, asker))
    return { kind: 'done', response: { statusCode: found.at(-1)?.statusCode ?? 200, data: found.flatMap(({ data }) => data), errors: [] } }
  } catch (error) {
    if (error instanceof StepFailure) {
      // What was asked for is told of runs.
      const { asked: _asked, ...failure } = error.failure
      return { kind: 'failed', failures: [failure] }
    }
    throw error
  }
}

/** `oneToMany`: the elements at `pathToMany` ask, each seeing the record it comes from as `_PARENT`; what they find is one list. */
const listLookupRecords = (doc: ExportDoc, record: FlowRecord): readonly FlowRecord[] =>
  listChildren(doc, record)?.map((child) => toChildRecord(child, record)) ?? [record]

async function envelope(source: Source, record: FlowRecord): Promise<Envelope> {
  const data: unknown[] = []
  let statusCode = 200
  let bytes = 0
  for (let state: PagingState | undefined = firstState(source.paging); state;) {
    const request = await source.request(state, record)
    const reply = request && (await fetchReply(source, state, request))
    if (!reply) break
    bytes += reply.bytes
    if (bytes > maxPageBytes)
      throw sourceFailure('lookup', 'lookup_too_large', `The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`)
    for (const one of reply.records) data.push(one)
    statusCode = reply.statusCode
    state = nextState(source.paging, state, reply, source.needs)
  }
  return { statusCode, data, errors: [] }
}
