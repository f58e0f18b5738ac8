/** An answer to one request of an export, as paging looks at it. */

export interface Reply {
  readonly url: string
  /** A URL that the answer names, fit to be stored. */
  readonly storable: (url: string) => string
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
  readonly records: readonly unknown[]
  readonly bytes: number
}
