/** The rows of messages to users: written in the transaction that takes what they tell, sent by whichever program claims them. */
import type { Key } from '../document.ts'
import type { NotificationEvent } from './notification-event.ts'

export type Channel = 'email' | 'webhook'
export type MessageStatus = 'waiting' | 'sent' | 'failed' | 'dropped'

export interface OutboxEvent {
  readonly event: NotificationEvent
  /** The document that it is about: only users who may see it are notified. */
  readonly key: Key
}

export interface Payload {
  readonly events: readonly OutboxEvent[]
  /** Events that were left out, since one message tells of so many only. */
  readonly omitted: number
  /** Since when this was gathered. */
  readonly since: string
}

interface NewMessage {
  readonly _id: string
  readonly envId: string
  readonly userId: string
  readonly channel: Channel
  /** Gathers until it is sent. */
  readonly isDaily: boolean
  readonly payload: Payload
  readonly createdAt: string
  readonly dueAt: string
}

export interface Message extends NewMessage {
  readonly attempts: number
  readonly status: MessageStatus
  readonly endedAt?: string
  readonly error?: string
}

export interface Outbox {
  add(message: NewMessage): Promise<void>
  /** The daily message that still gathers, and nobody sends it before this transaction ends. */
  lockGathering(envId: string, userId: string, channel: Channel): Promise<Message | undefined>
  replacePayload(id: string, payload: Payload): Promise<void>
  /** One that is due, for this program alone until `until`. */
  claim(now: string, until: string): Promise<Message | undefined>
  /** It was not taken, and is tried again then. */
  postpone(id: string, dueAt: string, error: string): Promise<void>
  end(id: string, status: Exclude<MessageStatus, 'waiting'>, at: string, error: string | undefined): Promise<void>
  listByUser(userId: string, limit: number): Promise<readonly Message[]>
  /** Settled ones that ended before; answers how many. */
  purge(before: string, most: number): Promise<number>
}
