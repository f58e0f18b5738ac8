/** What is asked of applications while somebody waits: whether a connection works, and what one export or import does. Every call ends within its bounds. */
import type { Static } from 'typebox'
import type { writtenFor } from '../../contract/operations/on-request/previews.ts'
import type { testRuns } from '../../contract/operations/on-request/test-runs.ts'
import type { Filter } from '../../contract/shared/filter.ts'
import type { Lookup } from '../../contract/shared/lookup.ts'
import type { Transform } from '../../contract/shared/transform.ts'
import type { ApiCall, ApiOutcome, ApiRequest } from './apis/api-calls.ts'
import type { Doc } from './document.ts'
import type { Session } from './sessions/session.ts'

/** Why something did not work, in the words of flow errors. Holds no secret. */
export interface Failure {
  readonly source: string
  /** The status of an application's answer, or a word. */
  readonly code: string
  readonly message: string
}

export interface Ping {
  /** Absent where the connection works, or says of no request that would show it. */
  readonly failure?: Failure
  /** The application was asked, or the connection cannot be used at all: the answer tells of the connection, and not of how busy it was. */
  readonly isConclusive: boolean
}

/** A person on the way to an application, to agree there. */
export interface AuthorizationStart {
  readonly url: string
  /** Proves that whoever brings the code asked for it. */
  readonly verifier: string
  /** Where the application leads back to. */
  readonly redirectURI: string
  /** Of the sign-in: with another one the code is of no use. */
  readonly print: string
}

/** And on the way back. */
export interface AuthorizationEnd extends Pick<AuthorizationStart, 'verifier' | 'redirectURI' | 'print'> {
  readonly code: string
}

/** What may be said anew for one call. */
export interface CallOverrides {
  /** In the place of the document's own. */
  readonly settings?: unknown
  readonly lastExportDateTime?: string
  readonly currentExportDateTime?: string
  /** A flow that it is used in, whose settings it sees, and those of its integration. */
  readonly flowId?: string
}

export interface ExportCall extends CallOverrides {
  readonly doc: Doc
  /** A record: the export is asked as a lookup. */
  readonly data?: unknown
  /** Where an earlier call ended. */
  readonly from?: object
  /** One page and no more, however small. */
  readonly onePage: boolean
}

export interface ExportResult {
  readonly data: unknown[]
  /** One a record; null where the export makes none. */
  readonly dataURIs: (string | null)[]
  /** Of records that failed, and are not in `data`. */
  readonly errors: Failure[]
  /** That were fetched. */
  readonly pages: number
  /** Where the next call goes on; absent after the last page. */
  readonly next?: object
}

export interface ImportCall extends CallOverrides {
  readonly doc: Doc
  readonly data: readonly unknown[]
}

/** Of one record: what response mappings see of it. */
export interface ImportResult {
  readonly statusCode: number
  readonly [field: string]: unknown
}

type Surroundings = Readonly<Record<string, unknown>>

interface OnRecords {
  readonly records: readonly unknown[]
}

interface FilterPreview extends OnRecords {
  readonly kind: 'filter'
  readonly filter: Filter
  readonly settings: Surroundings
}

interface TransformPreview extends OnRecords {
  readonly kind: 'transform'
  readonly transform: Transform
  readonly settings: Surroundings
}

export interface TemplatePreview extends OnRecords {
  readonly kind: 'template'
  readonly template: string
  readonly step: 'export' | 'lookup' | 'import'
  readonly writtenFor: (typeof writtenFor)[number]
  /** All records go into one text. */
  readonly batched: boolean
  readonly surroundings: Surroundings
  readonly lookups: readonly Lookup[]
}

/** What is evaluated while somebody writes it, over records that came along. */
export type PreviewCall = FilterPreview | TransformPreview | TemplatePreview

/** What became of a preview: one result a record, or why there can be none of any. */
export interface Evaluated {
  readonly results: readonly ({ readonly value: unknown } | { readonly failures: readonly Failure[] })[]
  readonly failures?: readonly Failure[]
}

export interface TestCall {
  readonly flowId: string
  /** The page generator. */
  readonly exportId: string
  readonly startDate?: string
  readonly endDate?: string
  /** Imports that have no mock send their records. */
  readonly sendsImports: boolean
  /** Functions may change what is in the account. */
  readonly scriptsWrite: boolean
}

export interface ApiTestCall {
  readonly apiId: string
  readonly request: ApiRequest
  readonly sendsImports: boolean
  readonly scriptsWrite: boolean
}

export interface ToolTestCall {
  readonly toolId: string
  readonly input: unknown
  readonly sendsImports: boolean
  readonly scriptsWrite: boolean
}

export type ToolTestRun = Static<(typeof testRuns)['testTool']['result']>
export type ApiTestRun = Static<(typeof testRuns)['testApi']['result']>
export type TestRun = Static<(typeof testRuns)['testFlow']['result']>
export type TestedStep = TestRun['childJobs'][number]
export type TestedStage = TestedStep['stages'][number]

export type RunnableKind = 'connections' | 'exports' | 'imports' | 'flows' | 'apis'

/** What keeps a run from using a document, or is to be known of it. */
export interface Obstacle {
  readonly code: string
  readonly message: string
  /** Dotted path of the field at fault. */
  readonly field: string
  /** Runs can use it all the same, and whoever saves it should know. */
  readonly isAdvice?: true
}

/** A tool that is called by whoever waits for its answer. */
export interface ToolRequest {
  readonly toolId: string
  /** Connections that others take the place of, as pairs of ids. */
  readonly connections: readonly (readonly [from: string, to: string])[]
  readonly input: unknown
  /** Ends the call, whatever it is at. */
  readonly signal: AbortSignal
}

interface ToolFailure extends Failure {
  /** The step of the tool; absent where it is of none. */
  readonly stepId?: string
  /** Of what it was called with. */
  readonly field?: string
}

export type ToolOutcome = { readonly output: unknown } | { readonly failures: readonly ToolFailure[] }

/** `C` is the context of the caller, and `W` the world, which name these ports themselves. */
export interface Applications<C, W> {
  /** What a run would find before its first request. Nobody is asked, and nothing is sent. `doc` is as it is to be stored. */
  findObstacles(ctx: C, collection: RunnableKind, doc: Readonly<Record<string, unknown>>): Promise<readonly Obstacle[]>
  /** Whether the connection says what shows that it works. */
  hasPing(connection: Doc): boolean
  /** `connection` with its secrets opened. What it obtains by signing in is kept where it is a stored one. */
  ping(ctx: C, connection: Doc, isStored: boolean): Promise<Ping>
  /** Whether a person has to agree in the application first, as far as the connection itself says, and as that was `before`; undefined where none ever has to. Secrets may be masked. */
  awaitsPerson(connection: Readonly<Record<string, unknown>>, before: Doc | undefined): boolean | undefined
  /** Where a person agrees. `home` is where this server is reached. Nobody is asked. Secrets are opened. */
  startAuthorization(ctx: C, connection: Doc, home: string | undefined, state: string): Promise<AuthorizationStart | Failure>
  /** What the application hands out for the code, and where the person is led in the end. */
  endAuthorization(
    ctx: C,
    connection: Doc,
    end: AuthorizationEnd,
  ): Promise<{ readonly session: Session; readonly landingURI?: string } | Failure>
  /** Tells the application that the session is over, where the connection says how; or why it could not. */
  revoke(ctx: C, connection: Doc, session: Session): Promise<'given back' | 'nobody says how' | Failure>
  /** Transform, filter and hook included. Throws `export_failed` where it cannot be done at all. Marks nothing as exported. */
  export(ctx: C, call: ExportCall): Promise<ExportResult>
  /** One answer a record, in order. Throws `import_failed` where nothing can be sent at all. */
  import(ctx: C, call: ImportCall): Promise<ImportResult[]>
  /** The records as the import's mapping leaves them, or `{errors}` in the place of one that fails. Sends nothing. */
  map(ctx: C, call: ImportCall): Promise<unknown[]>
  /** One filter, transform or template over records that came along. Sends nothing. */
  preview(ctx: C, call: PreviewCall): Promise<Evaluated>
  /** One page of a page generator through its flow. What keeps the flow from running is in the answer. */
  test(ctx: C, call: TestCall): Promise<TestRun>
  /** Whatever becomes of it is an answer. */
  callTool(ctx: C, request: ToolRequest): Promise<ToolOutcome>
  /** A call of an API, of which nothing is left. What keeps the API from beginning is in the answer. */
  testApi(ctx: C, call: ApiTestCall): Promise<ApiTestRun>
  /** A call of a tool, of which nothing is left. What keeps the tool from beginning is in the answer. */
  testTool(ctx: C, call: ToolTestCall): Promise<ToolTestRun>
  /** Whatever becomes of it, it is answered, and what went wrong is kept as errors by then. Undefined where the API is gone. */
  callApi(world: W, call: ApiCall): Promise<ApiOutcome | undefined>
}
