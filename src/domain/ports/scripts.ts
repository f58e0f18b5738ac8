/** Where scripts run. They are strangers' code: only JSON goes in and comes out, and every call ends within its bounds. */

/** Scripts and functions on stacks that call each other by way of the platform: one after the other. */
export const maxNesting = 3

export interface ScriptSource {
  readonly _id?: string
  readonly name: string
  /** The source text. What is compiled of it is kept under its hash. */
  readonly content: string
}

export interface ScriptBounds {
  /** How long the script itself may run, not counting what it waits for integrator-api. Milliseconds. */
  readonly runMs: number
  /** How long the call may take with all waiting. Milliseconds. */
  readonly totalMs: number
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
}

/** Answers a call of integrator-api, such as `exports.run`, with the rights of whoever calls the script. A `DomainError` becomes an exception in the script. */
export type ScriptApi = (name: string, args: readonly unknown[]) => Promise<unknown>

export interface ScriptCall {
  /** The account that the call is counted against: whoever it is made for, wherever its script lies. */
  readonly accountId: string
  /** The environment whose script it is: no other environment's script runs in the same isolate. */
  readonly envId: string
  readonly script: ScriptSource
  readonly function: string
  readonly bounds?: Partial<ScriptBounds>
  /** Without it integrator-api refuses every call. */
  readonly api?: ScriptApi
  /** Takes what the script writes to its console; without it nobody listens. */
  readonly log?: (line: LogLine) => void
  /** How many scripts this call was made by, through integrator-api. */
  readonly depth?: number
}

/** What became of one of several calls made in one go. */
export type ScriptAnswer = { readonly value: unknown } | { readonly failure: Error }

export interface Scripts {
  /** Throws ScriptFailure (scripts/script-failure.ts) where the script does, or where it passes a bound. */
  call(call: ScriptCall, options: unknown): Promise<unknown>
  /** The function once for each of the options, which `shared` is added to, in one crossing. A throw of the function is that call's answer; a bound that is passed fails all. */
  callEach(call: ScriptCall, options: readonly object[], shared?: object): Promise<readonly ScriptAnswer[]>
}

export interface ScriptLine extends LogLine {
  readonly time: string
  /** The function that was called. */
  readonly function: string
}

interface LogFilter {
  readonly level?: string
  readonly after?: string
  readonly until?: string
  readonly limit: number
}

export interface ScriptLogs {
  /** Keeps the newest lines of a script and drops the others. */
  add(envId: string, scriptId: string, lines: readonly ScriptLine[], keep: number): Promise<void>
  /** Newest first. */
  page(envId: string, scriptId: string, filter: LogFilter): Promise<readonly ScriptLine[]>
}

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
