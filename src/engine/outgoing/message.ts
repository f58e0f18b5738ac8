/** An HTTP request as the engine sends it, and what became of it. */
import type { Attempt } from '../around/attempt.ts'
import type { TlsIdentity } from './agents.ts'
import type { Unreachable } from './failure.ts'

export interface HttpRequest {
  readonly method: string
  /** Absolute. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** In the place of a body: one that is larger than memory should hold. */
  readonly content?: StreamedBody
  /** Milliseconds for the whole exchange, redirects not counted in; where a file is sent or answered, without a byte of it. */
  readonly timeout?: number
  /** Bytes that are read of an answer at the most. */
  readonly maxBody?: number
  /** The same of a file that a success answers: it goes to the disk where it is larger than memory should hold. */
  readonly maxFile?: number
  readonly tls?: TlsIdentity
  /** While what this answers is not settled, others that wait for the same connection go first. */
  readonly yields?: () => Promise<void> | undefined
  /** Made anew for each try, and for each redirect within the origin; it goes to no other. */
  readonly proof?: Proof
  /** Nothing that proves who asks follows a redirect, not even within the origin. */
  readonly leavesProof?: boolean
  /** The body is answered as it came, though a header calls it packed: of a file that is its own affair. */
  readonly asItCame?: boolean
  /** A redirect is its answer, and is not followed. */
  readonly staysPut?: boolean
  /** Made anew with what was obtained meanwhile, where it holds some of that besides its proof. */
  readonly again?: () => Promise<HttpRequest>
  /** The body holds credentials, so it follows no redirect to another origin. */
  readonly secretBody?: boolean
  /** The answer is asked for with proof or not at all, so it follows no redirect to another origin. */
  readonly needsProof?: boolean
}

/** Read while it is sent, anew for each try. */
export interface StreamedBody {
  readonly bytes: number
  /** Throws `StepFailure` where it is no longer there. */
  read(): AsyncIterable<Uint8Array>
}

/** A body that lies on the disk, and is to be closed. */
export interface AnswerFile {
  /** As they came. */
  readonly bytes: number
  /** Decompressed. Throws `StepFailure`. */
  read(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** What proves who asks, where that depends on the request or is fetched. A request has one of its own, which its redirects and tries share. It rejects with the signal's reason and for nothing else, as `Send` does. */
export interface Proof {
  /** The request as it goes out; or why it cannot. */
  prove(request: HttpRequest, signal: AbortSignal): Promise<HttpRequest | Unreachable>
  /** The proof of this request was not accepted: whether there is another one now, and the request is worth one more try; or why there cannot be. */
  renew?(refused: HttpRequest, answer: HttpAnswer, signal: AbortSignal): Promise<boolean | Unreachable>
  /** The proof of this request was accepted. Asked for only where there is a `renew`. */
  accepted?(request: HttpRequest, answer: HttpAnswer): void
}

export interface HttpAnswer {
  readonly kind: 'answer'
  readonly statusCode: number
  /** The status that came, where what the answer says counts as another one. */
  readonly statusSent?: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Decompressed; empty where there is a file in its place. */
  readonly body: Buffer
  readonly file?: AnswerFile
  /** How long it asks to be left alone, where it says that it was asked too often. Milliseconds. */
  readonly waitAsked?: number
  /** When it can be asked again, where it says so with that or with a 503. Milliseconds since 1970. */
  readonly backAt?: number
}

export type HttpResult = HttpAnswer | Unreachable

/** Of a result that nobody looks at any more. */
export const closeFile = async (result: HttpResult): Promise<void> => {
  if (result.kind === 'answer') await result.file?.close()
}

/** What every wrapper takes and gives. */
export type Send = Attempt<HttpRequest, HttpResult>
