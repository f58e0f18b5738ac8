/** Code of an account's own on a server of its own. */

export interface StackCall {
  /** Where the server answers, without `/function`. */
  readonly hostURI: string
  readonly systemToken: string
  /** What kind of function it is. */
  readonly type: 'hook' | 'wrapper' | 'setting' | 'utility'
  readonly function: string
  readonly options: unknown
  /** The app that the function belongs to; without it it is the account's own. */
  readonly _connectorId?: string
}

export interface Stacks {
  /** What the function returned. Throws ScriptFailure where it did not. */
  call(call: StackCall): Promise<unknown>
}
