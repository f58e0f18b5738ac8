/** Answers that are ready to send: files, and text that comes from the store and goes to the caller without being parsed on the way. */

import type { Operation } from '../contract/operation.ts'

/** The JSON text of one value. `state` is what its tag is made of, where that is not the text: not what changes without anybody editing it. */
export class JsonText {
  readonly text: string
  readonly state: string
  constructor(text: string, state = text) {
    this.text = text
    this.state = state
  }
}

/** One page of a list, as the JSON texts of its records. `next` says where the following page begins, if there is one. */
export class JsonPage {
  readonly records: readonly string[]
  readonly next: { readonly skip: number; readonly limit: number } | undefined
  constructor(records: readonly string[], next?: { skip: number; limit: number }) {
    this.records = records
    this.next = next
  }
}

/** A file to save. */
export class Bytes {
  readonly bytes: Buffer
  readonly fileName: string
  /** Tells one version of it from another. */
  readonly etag: string
  constructor(bytes: Buffer, fileName: string, etag: string) {
    this.bytes = bytes
    this.fileName = fileName
    this.etag = etag
  }
}

/** Somebody is signed in or out in a browser: the cookie holds the secret, or is taken away. The answer has no body. */
export class SessionCookie {
  readonly secret: string | undefined
  constructor(secret?: string) {
    this.secret = secret
  }
}

/** Somebody begins to sign in elsewhere: the browser keeps a cookie until they come back. */
export class SignInStart {
  readonly body: object
  readonly secret: string
  constructor(body: object, secret: string) {
    this.body = body
    this.secret = secret
  }
}

/** A file that is written while it is sent. */
export class FileStream {
  readonly chunks: AsyncIterable<string>
  readonly fileName: string
  constructor(chunks: AsyncIterable<string>, fileName: string) {
    this.chunks = chunks
    this.fileName = fileName
  }
}

/** What is told as it happens. `close` is called when nobody listens any more. */
export class EventStream {
  readonly events: AsyncIterable<string>
  readonly close: () => void
  constructor(events: AsyncIterable<string>, close: () => void) {
    this.events = events
    this.close = close
  }
}

/** Whether the answer is 204 without a body. */
export const isEmptyAnswer = ({ empty }: Operation, answer: unknown): boolean =>
  answer === undefined ||
  answer instanceof SessionCookie ||
  (empty !== undefined && ((answer instanceof JsonPage && answer.records.length === 0) || (Array.isArray(answer) && answer.length === 0)))

/** The answer as a value: a list as an array, nothing as undefined. */
export function toPlainValue(answer: unknown): unknown {
  if (answer instanceof JsonText) return JSON.parse(answer.text) as unknown
  if (answer instanceof JsonPage) return answer.records.map((record) => JSON.parse(record) as unknown)
  return answer
}
