/** The rows of what applications send to webhooks: queues of events, each between a webhook and a flow that it feeds. */
import type { Document } from '../../../contract/document.ts'
import type { Entry } from '../document.ts'

export interface QueueKey {
  readonly envId: string
  readonly flowId: string
  readonly exportId: string
}

export interface NewEvent extends QueueKey {
  /** Of one request, as a JSON list. */
  readonly records: string
  readonly bytes: number
}

/** A queue that took its events; whether a run is under way that will come to them. */
export interface Received extends QueueKey {
  readonly hasRun: boolean
}

export interface WebhookEvent {
  /** Counts up from 1 within its queue, in the order in which events were received. */
  readonly seq: number
  readonly records: string
  readonly bytes: number
}

/** A webhook with the flows that are on and begin with it. */
interface Listener {
  readonly envId: string
  readonly entry: Entry<Document<'exports'>>
  readonly flowIds: readonly string[]
}

/** Tells of what is received, by whichever server. */
export interface ReceivedSignal {
  /** Resolves when the queue gets something, after so many milliseconds, or when the signal is aborted. */
  wait(queue: QueueKey, ms: number, signal: AbortSignal): Promise<void>
}

export interface WebhookEvents {
  /** Whatever environment it lies in: senders know no more than its id. */
  findListener(exportId: string): Promise<Listener | undefined>
  /** Puts events into their queues, in their order and in one transaction. Queues that have no room for what they would get are not answered, and get nothing. */
  receive(events: readonly NewEvent[], now: string): Promise<readonly Received[]>
  /** Events after `after`, oldest first, within so many and so many bytes. One that is larger by itself is given alone. */
  take(queue: QueueKey, after: number, most: { readonly events: number; readonly bytes: number }): Promise<readonly WebhookEvent[]>
  /** Forgets the events up to this one. */
  remove(queue: QueueKey, upTo: number): Promise<void>
  /** Keeps others from starting a run of it before this transaction ends. Undefined where nothing waits, a run takes it, or the last one has just failed. */
  lockForRun(queue: QueueKey, now: string): Promise<QueueKey | undefined>
  /** The run takes what waits. */
  beginRun(queue: QueueKey, jobId: string): Promise<void>
  /** The run takes no more, unless something came after this event; true where it leaves. */
  leave(queue: QueueKey, jobId: string, after: number): Promise<boolean>
  /** Queues in which something waits without a run. What a canceled run left waits for the next event. */
  listWaiting(now: string, limit: number): Promise<readonly QueueKey[]>
}
