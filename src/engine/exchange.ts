/** A request that went out and what became of it, as they were. They hold secrets: whoever shows them does that by `recording/tell-exchange.ts`. */

export interface Exchange {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string | Buffer
    /** In the place of a body that is read while it is sent. */
    readonly content?: { readonly bytes: number }
  }
  /** Absent where the request was made and not sent. */
  readonly result?: ExchangeResult
  /** When it began, in milliseconds since 1970, and how long it took. */
  readonly at: number
  readonly ms: number
}

type ExchangeResult =
  | {
      readonly kind: 'answer'
      readonly statusCode: number
      /** The status that came, where what the answer says counts as another one. */
      readonly statusSent?: number
      readonly headers: Readonly<Record<string, string | string[] | undefined>>
      readonly body: Buffer
      /** In the place of a body that lies on the disk. */
      readonly file?: { readonly bytes: number }
      /** When the application can be asked again, where it says so. Milliseconds since 1970. */
      readonly backAt?: number
    }
  | { readonly kind: 'unreachable'; readonly code: string; readonly message: string; readonly backAt?: number }
