/** What was made of the texts of a request. */

export interface Parted {
  readonly relativeURI: string
  readonly body: string | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly ofConnection: readonly string[]
}
