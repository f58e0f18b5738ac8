/** The export as a lookup in the middle of a flow: one record asks, all pages of the answer come back in one envelope. */
import { StepFailure, type FlowRecord, type Outcome } from '../../adaptor.ts'
import { lookupContext } from '../../steps/template-context.ts'
import { firstState, nextState, type PagingState } from './paging.ts'
import { maxPageBytes } from './records.ts'
import { failed, fetchReply, type Source } from './source.ts'

export async function lookUp(source: Source, record: FlowRecord): Promise<Outcome> {
  try {
    return { kind: 'done', response: await envelope(source, record) }
  } catch (error) {
    // Every failure of a lookup is this record's own: another one may well succeed.
    if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
    throw error
  }
}

async function envelope(source: Source, record: FlowRecord): Promise<Readonly<Record<string, unknown>>> {
  const data: unknown[] = []
  let statusCode = 200
  let bytes = 0
  for (let state: PagingState | undefined = firstState(source.paging); state;) {
    const request = source.request(state, (shared) => lookupContext(record, shared))
    const reply = request && (await fetchReply(source, state, request))
    if (!reply) break
    bytes += reply.bytes
    if (bytes > maxPageBytes)
      throw failed('lookup', 'lookup_too_large', `The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`)
    for (const one of reply.records) data.push(one)
    statusCode = reply.statusCode
    state = nextState(source.paging, state, reply, source.needs)
  }
  return { statusCode, data, errors: [] }
}
