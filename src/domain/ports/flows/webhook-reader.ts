/** What a request to a webhook comes to: who sent it, which records it holds, and what it is answered. The engine reads it, since it knows formats and templates. */
import type { Document } from '../../../contract/document.ts'

/** A request as it came. */
export interface WebhookRequest {
  readonly method: string
  /** Absolute, as the sender wrote it. */
  readonly url: string
  /** Names in lower case; of several of one name the last. */
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** The bytes that are signed. */
  readonly body: Buffer
  /** The part of the address that nobody else knows, where it has one. */
  readonly secretInPath?: string
  /** Milliseconds. */
  readonly now: number
}

export interface WebhookAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Unreadable {
  readonly kind: 'refused'
  readonly code: UnreadableCode
  readonly message: string
}
export type UnreadableCode = 'webhook_unverified' | 'webhook_unreadable' | 'webhook_not_usable'

export type WebhookReading =
  /** `records` is a JSON list; the answer holds once they are kept. */
  | { readonly kind: 'event'; readonly records: string; readonly answer: WebhookAnswer }
  /** A sender that tries the webhook before it uses it. Nothing is kept. */
  | { readonly kind: 'challenge'; readonly answer: WebhookAnswer }
  | Unreadable

export interface WebhookReader {
  /** `doc` with its secrets opened. */
  read(accountId: string, doc: Document<'exports'>, request: WebhookRequest): Promise<WebhookReading>
}
