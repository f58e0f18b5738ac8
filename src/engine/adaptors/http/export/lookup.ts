/** The export as a lookup in the middle of a flow: one record asks, all pages of the answer come back in one envelope. */
import { StepFailure, type ExportDoc, type FlowRecord, type Outcome, type Told } from '../../../adaptor.ts'
import { createLane, makeTogether, mapInLane } from '../../../around/lane.ts'
import type { HttpRequest } from '../../../outgoing/message.ts'
import { listChildren, toChildRecord } from '../../../values/one-to-many-children.ts'
import { firstState, nextState, type PagingState } from './paging.ts'
import { groupRecords } from '../../../formats/group-records.ts'
import type { Exchange } from '../../../exchange.ts'
import { maxPageBytes } from '../../../formats/page-bounds.ts'
import { sourceFailure, fetchReply, type Source } from './source.ts'

interface Envelope {
  readonly statusCode: number
  readonly data: readonly unknown[]
  readonly errors: readonly unknown[]
  /** Of an answer that is kept as it is. */
  readonly blobKey?: unknown
}

type First = HttpRequest | undefined

/** One outcome a record. Every failure of a lookup is its record's own: another record may well find something. */
export async function runLookups(source: Source, doc: ExportDoc, records: readonly FlowRecord[], told?: Told): Promise<Outcome[]> {
  const { lane, paging } = source
  const firstOf = makeTogether(records, lane.level, (record) => source.request(firstState(paging), record))
  const lookUp = async (record: FlowRecord, index: number): Promise<Envelope> => {
    const exchanged = told?.exchanged && ((exchange: Exchange) => told.exchanged?.([index], exchange))
    const hears: Hears = { told, ...(exchanged && { exchanged }) }
    // `oneToMany`: the elements at `pathToMany` ask, each seeing the record it comes from as `_PARENT`; what they find is one list.
    const children = listChildren(doc, record)
    if (!children) return envelope(source, record, await firstOf(index), hears)
    const found = await mapInLane(createLane(lane.level), children, async (child) => {
      const asker = toChildRecord(child, record)
      return envelope(source, asker, await source.request(firstState(paging), asker), hears)
    })
    return { statusCode: found.at(-1)?.statusCode ?? 200, data: found.flatMap(({ data }) => data), errors: [] }
  }
  return mapInLane(
    lane,
    records,
    async (record, index): Promise<Outcome> => {
      try {
        return { kind: 'done', response: { ...(await lookUp(record, index)) } }
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error
        // What was asked for is told of runs.
        const { asked: _asked, ...failure } = error.failure
        return { kind: 'failed', failures: [failure], ...(error.exchange && { exchange: error.exchange }) }
      }
    },
    told,
  )
}

/** Whoever is told what was answered. */
interface Hears {
  readonly told: Told | undefined
  readonly exchanged?: (exchange: Exchange) => void
}

async function envelope(source: Source, record: FlowRecord, first: First, hears: Hears): Promise<Envelope> {
  const { told, exchanged } = hears
  if (source.helper && first) {
    const reply = await fetchReply(source, firstState(undefined), first, exchanged)
    const work = await source.helper.settle(await source.helper.begin(reply?.body), exchanged)
    const result = { ...source.helper.resultOf(work), grouping: source.grouping }
    return envelope(result, record, await result.request(firstState(result.paging)), hears)
  }
  const data: unknown[] = []
  let statusCode = 200
  let bytes = 0
  let request = first
  for (let state: PagingState | undefined = firstState(source.paging); state;) {
    const reply = request && (await fetchReply(source, state, told ? { ...request, yields: told.aheadUntil } : request, exchanged))
    if (!reply) break
    bytes += reply.bytes
    told?.received(reply.bytes)
    if (bytes > maxPageBytes)
      throw sourceFailure('lookup', 'lookup_too_large', `The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`)
    for (const one of reply.records) data.push(one)
    statusCode = reply.statusCode
    state = nextState(source.paging, state, reply, source.needs)
    request = state && (await source.request(state, record))
  }
  const { blobKey } = (source.blob ? (data[0] ?? {}) : {}) as { readonly blobKey?: unknown }
  return {
    statusCode,
    data: source.grouping ? groupRecords(data as FlowRecord[], source.grouping) : data,
    errors: [],
    ...(blobKey !== undefined && { blobKey }),
  }
}
