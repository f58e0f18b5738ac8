/** Calls of APIs of an account's own: what comes in, and what goes out. */

/** As it came, read no further than HTTP reads it. */
export interface ApiRequest {
  readonly method: string
  /** What of the path names the API, and what stands for its parameters. */
  readonly pathParams: Readonly<Record<string, string>>
  /** Names in lower case; what proves who calls is not among them. */
  readonly headers: Readonly<Record<string, string>>
  /** Of several of one name all. */
  readonly query: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer
}

export interface ApiCall {
  readonly envId: string
  readonly accountId: string
  readonly apiId: string
  readonly callId: string
  readonly request: ApiRequest
}

export interface ApiAnswer {
  readonly statusCode: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Empty where there is none. */
  readonly body: string
}

interface ApiFailure {
  /** The step, or the API itself. */
  readonly stepId: string
  readonly source: string
  readonly code: string
  readonly message: string
}

export interface ApiOutcome {
  readonly answer: ApiAnswer
  readonly hasSucceeded: boolean
  /** Of all its steps, those that it went on from too. Masked. */
  readonly errors: readonly ApiFailure[]
  /** The request and the answer as they may be shown, masked and cut. */
  tell(path: string): object
}

/** Where an API is called. */
export interface ApiAddress {
  readonly apiId: string
  readonly version: string
  readonly method: string
  readonly relativeURI: string
}

export interface NewApiCallRow {
  readonly envId: string
  readonly apiId: string
  readonly callId: string
  readonly at: string
  readonly method: string
  /** As it was called, without the query. */
  readonly path: string
  readonly statusCode: number
  readonly hasSucceeded: boolean
  readonly numError: number
  readonly ms: number
  /** Whose token it was. */
  readonly userId: string
  /** What was asked and answered: masked, and sealed. */
  readonly sealed: string
}

export type ApiCallRow = Omit<NewApiCallRow, 'envId' | 'apiId' | 'sealed'>

export interface ApiCallFilter {
  readonly statusCode?: number
  readonly hasSucceeded?: boolean
  readonly atGt?: string
  readonly atLte?: string
  /** Older than this one. */
  readonly before?: { readonly at: string; readonly callId: string }
  readonly limit: number
}

/** Of an hour. */
export interface ApiHour {
  readonly hour: string
  readonly numCalls: number
  readonly numSuccess: number
  readonly numError: number
  /** On average. */
  readonly ms: number
}

export interface ApiCalls {
  /** Of the builder APIs of an environment that are on, the oldest first. */
  listAddresses(envId: string, most: number): Promise<readonly ApiAddress[]>
  /** Counts the calls and keeps the newest of each API. */
  add(calls: readonly NewApiCallRow[]): Promise<void>
  /** Newest first. */
  list(envId: string, apiId: string, filter: ApiCallFilter): Promise<readonly ApiCallRow[]>
  find(envId: string, apiId: string, callId: string): Promise<(ApiCallRow & { readonly sealed: string }) | undefined>
  listHours(envId: string, apiId: string, from: string, to: string): Promise<readonly ApiHour[]>
  /** Removes some of the calls and counts that are older, of every environment; answers how many. */
  purge(before: string, most: number): Promise<number>
}
