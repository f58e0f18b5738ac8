/**
 * WebhookExport: hands on what a webhook received for a flow, in the order in which it came. A run goes on as long as something comes, within a bound, so that
 * an event need not wait for a run to begin. What was handed on is forgotten when its page is acknowledged.
 */
import { parseExact } from '../../../domain/limits/exact-number.ts'
import type { QueueKey, ReceivedSignal, WebhookEvent, WebhookEvents } from '../../../domain/ports/flows/webhooks.ts'
import { StepFailure, type Cursor, type FieldOf, type FlowRecord, type Page, type SourceAdaptor, type SourceStep } from '../../adaptor.ts'
import type { Evaluator } from '../../evaluation/evaluator.ts'
import { untilCompiled } from '../../evaluation/track-stages.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { defaultPageSize, maxPageBytes } from '../../formats/page-bounds.ts'
import { prepareAnswers } from '../../webhooks/answer.ts'
import { findWebhookObstacle } from '../../webhooks/find-obstacle.ts'

export interface WebhookPorts {
  readonly evaluator: Evaluator
  /** Absent where steps run on request: nobody sends anything then. */
  readonly received?: { readonly events: Pick<WebhookEvents, 'take' | 'remove' | 'leave'>; readonly signal: ReceivedSignal }
}

/** How long a run waits for another event, and how long it goes on in all. Milliseconds. */
const lingerMs = 2000
const longestRunMs = 60_000
/** Events that are read at once: some pages, or one event. */
const atOnce = { events: 200, bytes: 8 * 1024 * 1024 }

/** After the event `after` and `offset` records of the next one. */
interface Position {
  readonly index: number
  readonly after: number
  readonly offset: number
}

export function webhookExport(ports: WebhookPorts, fieldOf: FieldOf): SourceAdaptor {
  return {
    adaptorType: 'WebhookExport',
    fieldOf,
    async ready({ doc, run }) {
      refuseFields('exports', doc)
      const obstacle = findWebhookObstacle(doc.webhook)
      if (obstacle) throw failure(obstacle.code, obstacle.message)
      const { evaluate, compiled } = untilCompiled((stage, caches) => ports.evaluator.stage(run.accountId, stage, caches))
      if (doc.webhook) prepareAnswers(evaluate, doc.webhook)
      await compiled()
    },
    pages: (step, from) => pages(ports, step, from),
    async lookup() {
      throw failure('lookup_unsupported', 'A webhook cannot be asked: it gives what it is sent. Put it at the beginning of a flow.')
    },
  }
}

const failure = (code: string, message: string): StepFailure => new StepFailure({ source: 'internal', code, message })

async function* pages({ received }: WebhookPorts, { doc, run }: SourceStep, from: Cursor | undefined): AsyncGenerator<Page> {
  const { flow, jobId } = run
  if (!received || !flow || jobId === undefined)
    throw failure('webhook_not_asked', 'A webhook gives what it is sent, and cannot be asked for records. Send it an event.')
  const { events, signal } = received
  const queue: QueueKey = { envId: run.envId, flowId: flow._id, exportId: doc._id }
  const pageSize = Math.max(1, doc.pageSize ?? defaultPageSize)
  let at: Position = from ? (from as unknown as Position) : { index: 0, after: 0, offset: 0 }
  // What the worker before had committed, and could not forget.
  if (at.after > 0) await events.remove(queue, at.after)
  const until = performance.now() + longestRunMs
  for (;;) {
    const taken = await events.take(queue, at.after, atOnce)
    for (const { records, bytes, next, done } of split(taken, at, pageSize)) {
      const { index } = at
      at = next
      yield { index, records, bytes, next: next as unknown as Cursor, ...(done > 0 && { ack: () => events.remove(queue, done) }) }
    }
    // What is still there, or comes from now on, has a run of its own.
    if (performance.now() > until) return void (await events.leave(queue, jobId, Number.MAX_SAFE_INTEGER))
    if (taken.length > 0) continue
    await signal.wait(queue, lingerMs, run.signal)
    if ((await events.take(queue, at.after, { events: 1, bytes: 0 })).length === 0 && (await events.leave(queue, jobId, at.after))) return
  }
}

interface Part {
  readonly records: readonly FlowRecord[]
  readonly bytes: number
  readonly next: Position
  /** The last event that is handed on as a whole; 0 where none is. */
  readonly done: number
}

/** Pages of the records of some events: as many as a page holds, of one event or of several. */
function* split(events: readonly WebhookEvent[], from: Position, pageSize: number): Generator<Part> {
  let records: FlowRecord[] = []
  let bytes = 0
  let [index, done] = [from.index, 0]
  let next: Position = from
  const part = (): Part => ({ records, bytes, next: { ...next, index: ++index }, done })
  for (const [place, event] of events.entries()) {
    const all = parseExact(event.records) as FlowRecord[]
    const share = Math.ceil(event.bytes / Math.max(1, all.length))
    for (let offset = place === 0 ? from.offset : 0; offset < all.length; offset++) {
      if (records.length > 0 && (records.length >= pageSize || bytes + share > maxPageBytes)) {
        yield part()
        ;[records, bytes, done] = [[], 0, 0]
      }
      records.push(all[offset] as FlowRecord)
      bytes += share
      next = { ...next, after: event.seq - 1, offset: offset + 1 }
    }
    next = { ...next, after: event.seq, offset: 0 }
    done = event.seq
  }
  if (done > 0 || records.length > 0) yield part()
}
