/**
 * What a connector is: it makes pages, answers lookups, or takes pages. Nothing here retries, counts or logs: that is wrapped around it (around/, outgoing/, run/page-result.ts).
 * A record's failure is an outcome, never a throw; a throw fails the run (a page that cannot be fetched) and is a `StepFailure` or a bug.
 */
import type { Static, TSchema } from 'typebox'
import type { asyncHelper } from '../contract/resources/async-helper.ts'
import type { connection } from '../contract/resources/connection.ts'
import type { ediProfile } from '../contract/resources/edi-profile.ts'
import type { exportResource } from '../contract/resources/export.ts'
import type { fileDefinition } from '../contract/resources/file-definition.ts'
import type { flow } from '../contract/resources/flow.ts'
import type { iClient } from '../contract/resources/iclient.ts'
import type { importResource } from '../contract/resources/import.ts'
import type { integration } from '../contract/resources/integration.ts'
import type { Lookup } from '../contract/shared/lookup.ts'
import type { GatheredFile, GatheredPart } from '../domain/ports/flows/gathered-files.ts'
import type { Sessions } from '../domain/ports/sessions/session.ts'
import type { Exchange } from './exchange.ts'

type Doc<R extends { stored: object }> = Static<R['stored'] & TSchema>
export type ExportDoc = Doc<typeof exportResource>
export type ImportDoc = Doc<typeof importResource>
/** With its secrets opened, and the client document that it names. It never leaves the engine: not into a log, an error or an answer. */
export type ConnectionDoc = Doc<typeof connection> & { readonly iClient?: Doc<typeof iClient> }

/** An async helper, with the exports that it names. */
export interface ReadHelper {
  readonly doc: Doc<typeof asyncHelper>
  readonly findExport: (id: string) => { readonly doc: ExportDoc; readonly connection?: ConnectionDoc } | undefined
}

/** One record on its way through a flow. CSV rows and grouped records are arrays, all others objects. */
export type FlowRecord = Record<string, unknown> | unknown[]

/** Any JSON a source needs to go on after a page; stored with the run's checkpoint, so it must stay small and hold no secret. */
export type Cursor = { readonly [key: string]: unknown }

/** What is known of a file, in integrator.io's words. */
export interface FileMeta {
  readonly fileName: string
  /** Bytes. */
  readonly fileSize: number
  /** ISO time. */
  readonly lastModified: string
  readonly directoryPath: string
}

export interface Page {
  /** From 0, counted over the whole run of one page generator. */
  readonly index: number
  readonly records: readonly FlowRecord[]
  /** The file that all of them were read from. */
  readonly fileMeta?: FileMeta
  /** What the source says is wrong besides: errors of the export that no record has. */
  readonly failures?: readonly Failure[]
  /** What its records took in what they came in: as near as that can be told without writing them anew. */
  readonly bytes: number
  /** Where the source goes on after this page; absent on the last one. */
  readonly next?: Cursor
  /**
   * Tells the source that the flow is done with this page, for sources that keep account of it: called after the page's commit, also on the last page and
   * that of a canceled run. A source whose next page depends on it waits for it, since that page is asked for while this one and others are on their way.
   */
  ack?(): Promise<void>
}

/** Where an error came from, in integrator.io's words. */
export type ErrorSource =
  | 'application'
  | 'internal'
  | 'connection'
  | 'resource'
  | 'lookup'
  | 'transformation'
  | 'output_filter'
  | 'input_filter'
  | 'import_filter'
  | 'mapping'
  | 'response_mapping'
  | 'pre_save_page_hook'
  | 'pre_map_hook'
  | 'post_map_hook'
  | 'post_submit_hook'
  | 'post_aggregate_hook'

export interface Failure {
  readonly source: ErrorSource
  readonly code: string
  readonly message: string
  /** What was asked for when it happened, where that was an application. Told of a failed run, whose owner did not see the request. */
  readonly asked?: RequestSummary
}

/** A request as it may be told: its address without query and secrets. */
export interface RequestSummary {
  readonly method: string
  readonly address: string
  /** Absent where no answer came. */
  readonly statusCode?: number
}

/** What is said of a status where the application says nothing itself. */
export const describeStatus = (statusCode: number): string => `The application answered ${statusCode}.`

/** A step as a whole cannot go on: the page cannot be fetched, the configuration cannot work. Record failures are outcomes instead. */
export class StepFailure extends Error {
  readonly failure: Failure
  /** Of which step of a flow, where that is known. */
  stepId: string | undefined
  /** The request that it came of. Beside the failure, which functions and callers are told. */
  readonly exchange: Exchange | undefined
  constructor(failure: Failure, exchange?: Exchange) {
    super(failure.message)
    this.name = 'StepFailure'
    this.failure = failure
    this.exchange = exchange
  }
}

/** `{id, statusCode, _json, ...}` of an import, `{statusCode, data, errors}` of a lookup. */
export interface StepResponse {
  readonly data?: unknown
  readonly [field: string]: unknown
}

/** What became of one record at one step; always one a record, in the order of the records. */
export type Outcome =
  /** `response` is what response mappings extract from. */
  { readonly kind: 'done'; readonly response: StepResponse } | { readonly kind: 'ignored' } | FailedOutcome

interface FailedOutcome {
  readonly kind: 'failed'
  readonly failures: readonly Failure[]
  /** The request that it came of. */
  readonly exchange?: Exchange
}

/** What the steps of a run may know of it. Built once a run; everything in it is plain data but `signal` and `refused`. A step that runs on request, or of an API, has no job and no flow. */
export interface Run {
  readonly signal: AbortSignal
  readonly envId: string
  /** Whose turn it is where processes are shared. */
  readonly accountId: string
  readonly jobId?: string
  readonly flow?: Doc<typeof flow>
  readonly integration?: Doc<typeof integration>
  /** ISO times: when this run began, and when the last successful one did (absent on the first). */
  readonly currentExportDateTime: string
  readonly lastExportDateTime?: string
  readonly testMode: boolean
  /** The API or tool that calls the steps, and how many of them are called within each other. */
  readonly graph?: { readonly collection: 'apis' | 'tools'; readonly _id: string; readonly depth: number }
  /** Pages of it went through before this worker took it up, or it sends records again: no page that comes now is its first. */
  readonly goesOn?: boolean
  /** Imports make their requests and send none of them, and write no file. */
  readonly previewsImports?: boolean
  /** Told where an application does not accept the proof of a connection (401). */
  readonly refused?: (connection: ConnectionDoc) => void
  /** Calls a function of a wrapper on a stack, with the rights of the functions of the run. Throws `StepFailure`. Absent where nothing is called. */
  readonly callStack?: (stackId: string, name: string, options: object) => Promise<unknown>
  /** The async helpers that its steps name, read with them. Absent where documents are only looked at. */
  readonly findHelper?: (id: string) => ReadHelper | undefined
  /** The file definitions and EDI profiles that its steps name. Absent where documents are only looked at. */
  readonly findFileDefinition?: (id: string) => Doc<typeof fileDefinition> | undefined
  readonly findEdiProfile?: (id: string) => Doc<typeof ediProfile> | undefined
  /** What its connections obtained by signing in. Absent where nobody is asked. */
  readonly sessions?: Sessions
  /** Told of secrets that were obtained on the way: whatever is told of the run is told without them. */
  readonly learn?: (secrets: readonly string[]) => void
  /** Told of every try of a request that somebody watches. */
  readonly debug?: DebugConnection
}

export interface DebugConnection {
  /** Whether somebody watches the connection, or the step that a request is for. It may change while a run is under way. */
  isWatched(connection: ConnectionDoc, step: WatchedStep): boolean
  tell(connection: ConnectionDoc, step: WatchedStep, exchange: Exchange): void
}

/** An export or import; of a ping there is none. */
export interface WatchedStep {
  readonly _id?: string
  readonly debugUntil?: string
}

/** Whoever waits for the answer of a step on request, or of a test, is told of a failure at once. */
export const skipsRetries = ({ flow, testMode }: Run): boolean => (flow && !testMode ? (flow.skipRetries ?? false) : true)

export interface SourceStep {
  readonly doc: ExportDoc
  readonly connection?: ConnectionDoc
  readonly run: Run
}
export interface SinkStep {
  readonly doc: ImportDoc
  readonly connection?: ConnectionDoc
  readonly run: Run
}

/** An adaptor: what a connector makes of its connections, and of the exports and imports that use them, as far as it has these. */
export interface Adaptor {
  readonly connections?: ConnectionAdaptor
  readonly source?: SourceAdaptor
  readonly sink?: SinkAdaptor
}

/** Which field of a document is at fault, by the code of a failure. */
export type FieldOf = (code: string) => string

export interface ConnectionAdaptor {
  /** Whether it is the one for this connection. */
  isFor(connection: ConnectionDoc): boolean
  readonly fieldOf: FieldOf
  /** Throws `StepFailure` where no step can ever work over it. Nobody is asked. */
  ready(connection: ConnectionDoc, run: Run): Promise<void>
  /** What whoever saves it should know, although it works: fields and sentences. */
  advise?(connection: ConnectionDoc): readonly { readonly field: string; readonly message: string }[]
  /** Whether it says what shows that it works. Its secrets may be sealed. */
  hasPing(connection: ConnectionDoc): boolean
  /** Why it does not work; undefined where it does, or where nothing is to be asked. Throws `StepFailure` where nothing can be. */
  ping(connection: ConnectionDoc, run: Run): Promise<Failure | undefined>
}

/** Told of each request and its answer, where somebody wants to know: for the records at these places of what the adaptor was given. */
export interface Watching {
  exchanged?(places: readonly number[], exchange: Exchange): void
}

/** What an adaptor tells while it is at work on the records of a page. */
export interface Told extends Watching {
  /** Work on the first of them is about to begin. A throw takes the page out: the run is to be left, and nothing was sent of it. */
  starts(): void
  /** Work on all of them has begun, in their order: that on the next page may. Where an adaptor does not say so, it may when this page is done. */
  begun(): void
  /** So many bytes were answered. */
  received(bytes: number): void
  /** Keeps records with the page, for a file that `finish` writes: they are there once the page is committed. Absent where nothing can be kept. */
  gather?(part: GatheredPart): void
  /** Resolves when no page before it is at this step any more: until then, what other runs want of the same connection goes first. Undefined where none is. */
  aheadUntil(): Promise<void> | undefined
}

export interface SourceAdaptor {
  readonly adaptorType: ExportDoc['adaptorType']
  readonly fieldOf: FieldOf
  /** Throws `StepFailure` where the step can never work. Nobody is asked. */
  ready(step: SourceStep): Promise<void>
  /** Pages from `from` on (from the start when absent), at most `pageSize` records each. Pulled one at a time: the sink's pace is the source's pace. */
  pages(step: SourceStep, from: Cursor | undefined, watching?: Watching): AsyncIterable<Page>
  /** The export as a lookup in the middle of a flow: one outcome a record, in order. Called for the next page once this one has `begun`. */
  lookup(step: SourceStep, records: readonly FlowRecord[], told?: Told): Promise<Outcome[]>
}

/** A record at an import: as it came to the step, and as its mapping left it. */
export interface Submission {
  readonly record: FlowRecord
  readonly mapped: unknown
  /** What `look` found about it. */
  readonly looked?: Found
  /** What `choose` said of it; where it was not asked, `write` finds out itself. */
  readonly choice?: Choice
}

/** What is to become of a record at the target; more of it is the adaptor's own. */
export interface Choice {
  /** Absent where it is not known, or where nothing is to be written. */
  readonly operation?: 'create' | 'update'
}

/** What a lookup of an import found about a record; where it failed and may, its default, and why. */
export type FoundValue = { readonly value: unknown; readonly missed?: Failure } | { readonly failure: Failure }

/** By the names of the lookups. */
export interface Found {
  readonly found: Readonly<Record<string, FoundValue>>
}

export interface SinkAdaptor {
  readonly adaptorType: ImportDoc['adaptorType']
  readonly fieldOf: FieldOf
  /** Records that one request of the import takes together. */
  batchSize(doc: ImportDoc): number
  /** Tables that its mapping may name, besides those of the document itself. */
  lookups(doc: ImportDoc): readonly Lookup[]
  /** Throws `StepFailure` where the step can never work. Nobody is asked. */
  ready(step: SinkStep): Promise<void>
  /** Whether its mapping or its requests depend on what lookups find at the target. */
  looks?(doc: ImportDoc): boolean
  /** What they find about each record, one answer each, or why it cannot go on. Asked before the records are mapped. */
  look?(step: SinkStep, records: readonly FlowRecord[], watching?: Watching): Promise<readonly (Found | Failure)[]>
  /** What becomes of each record, one answer each: mappings may depend on it. With `asks` the target may be asked, where only that tells. */
  choose?(step: SinkStep, records: readonly FlowRecord[], asks: boolean, watching?: Watching): Promise<readonly Choice[]>
  /** Whether the target is asked about records before they are written: a page then waits until those before it are through the step. */
  asksFirst?(doc: ImportDoc): boolean
  /** Whether it gathers the records of a run into files, where `told` can keep them. */
  gathers?(doc: ImportDoc): boolean
  /** Writes a file of what was gathered, once the last page is through. */
  finish?(step: SinkStep, file: GatheredFile): Promise<Outcome>
  /** One outcome a submission, in order. Called for the next page once this one has `begun`. */
  write(step: SinkStep, submissions: readonly Submission[], told?: Told): Promise<Outcome[]>
}

/** A child of a record that `oneToMany` imported: told by what it held, since somebody may correct the record before it is sent again. */
export interface SentChild {
  readonly print: string
  readonly response: Readonly<Record<string, unknown>>
}

export type StepResult =
  /** The record as it goes on, and what a hook found wrong with it all the same. */
  | { readonly kind: 'done'; readonly record: FlowRecord; readonly warnings?: readonly Failure[] }
  /** It goes on as it came, unless a hook changed it. */
  | { readonly kind: 'ignored'; readonly record?: FlowRecord }
  | (FailedOutcome & { readonly sent?: readonly SentChild[] })

export interface SettingsByResource {
  readonly flow?: unknown
  readonly integration?: unknown
  readonly export?: unknown
  readonly import?: unknown
  readonly connection?: unknown
}

export interface Adaptors {
  readonly connections: readonly ConnectionAdaptor[]
  readonly sources: readonly SourceAdaptor[]
  readonly sinks: readonly SinkAdaptor[]
  readonly locks: IdLocks
}

/** Keeps records apart that must not be submitted at the same time. */
export interface IdLocks {
  /**
   * Resolves once nobody holds any of these ids of the owner, in this worker or another, to what gives them back; to undefined where another worker holds one
   * for too long. Rejects with the signal's reason.
   */
  lockIds(
    owner: { readonly envId: string; readonly _id: string },
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<(() => void) | undefined>
}
