/** A flow, made ready to run: its steps compiled once, in the shape the pipeline goes through. */
import type { Redact } from '../../domain/redaction/masker.ts'
import type { ConnectionDoc, Cursor, Failure, FlowRecord, Page, Run, StepResult, SentChild, Told } from '../adaptor.ts'
import type { Counts } from '../../domain/ports/jobs.ts'
import type { NewFlowError } from '../../domain/ports/flow-errors.ts'
import type { Exchange } from '../exchange.ts'
import type { ToldExchange } from '../recording/tell-exchange.ts'
import type { RequestRow } from '../../domain/ports/recording/recorded-requests.ts'
import type { GatheredFile, GatheredPart } from '../../domain/ports/flows/gathered-files.ts'
import type { DataURIs } from './data-uris.ts'
import type { TraceKeys } from './trace-keys.ts'

/** The parts of a flow document that are compiled. */
export type Flow = NonNullable<Run['flow']>
export type Processor = NonNullable<Flow['pageProcessors']>[number]
export type RouterDoc = NonNullable<Flow['routers']>[number]

/** A record on its way, with what an error about it has to name. */
export interface Item {
  readonly record: FlowRecord
  /** Position in its page, from 0. */
  readonly index: number
  /** The export that it came from. */
  readonly sourceId: string
  readonly traceKey: string | undefined
  /** What the step at hand calls it by, where that says so itself. */
  readonly stepKey?: string
  /** Of a record that is sent again: its children that the step it begins at has imported already. */
  readonly sent?: readonly SentChild[]
  /** Of a record that is sent again by itself: how often by now. */
  readonly retries?: number
}

/** Where in a flow a record can go on, in words that outlive most changes of the flow. */
export interface StepPlace {
  /** The path of a step: empty outside of routers. */
  readonly path?: string
  /** Which of the uses of the step in this path it is, from 0. */
  readonly use?: number
  /** The router, where no step is meant. */
  readonly router?: string
}

/** A page at a step: pages are prepared, begin and end there each in their order, and overlap in between. */
export interface Turn extends Told {
  /** Its records are ready to be sent: resolves when those of the pages before have all begun. */
  start(): Promise<void>
  /** All of them are answered: resolves when the pages before have gone on. */
  finish(): Promise<void>
}

/** Of records that no other page is beside. */
export const alone: Turn = {
  start: async () => undefined,
  finish: async () => undefined,
  starts: () => undefined,
  begun: () => undefined,
  received: () => undefined,
  aheadUntil: () => undefined,
}

export interface FlowStep {
  readonly stepId: string
  readonly kind: 'import' | 'lookup'
  readonly adaptorType: string
  /** What retry data calls the place where a record of this step failed. */
  readonly stage: string
  readonly place: StepPlace
  /** A failed record goes on after its error. */
  readonly proceedOnFailure: boolean
  /** What it calls its records by in errors, where that is not what their export does. */
  readonly traceKeys?: TraceKeys | undefined
  /** Where its records are found in its application, for those that fail. */
  readonly dataURIs?: DataURIs | undefined
  /** A page waits until those before it are through: the target is asked about its records before they are written. */
  readonly onePageAtATime: boolean
  /** Throws `StepFailure` where the step can never work, before anything is asked. */
  ready(): Promise<void>
  /** Writes a file of what it gathered of the run. Answers what went wrong. */
  finish?(file: GatheredFile): Promise<FinishedFile>
  /** One result for each item, in order. */
  process(items: readonly Item[], turn: Turn): Promise<StepResult[]>
}

/** What became of a file: why it was not written, and what a function finds wrong besides. */
export interface FinishedFile {
  readonly failures: readonly Failure[]
  readonly warnings: readonly Failure[]
}

export interface Path {
  readonly steps: readonly FlowStep[]
  /** Where records part ways after the last step. */
  readonly router?: Router
}

export interface Router {
  readonly routerId: string
  readonly branches: readonly Path[]
  /** For each record the positions of the branches that it takes, or why that cannot be told. */
  choose(records: readonly FlowRecord[]): Promise<readonly (readonly number[] | Failure)[]>
}

export interface Generator {
  readonly stepId: string
  /** Whether its records that fail can be sent again. */
  readonly keepsRetryData: boolean
  readonly dataURIs?: DataURIs | undefined
  /** Throws `StepFailure` where the export can never work, before anything is asked. */
  ready(): Promise<void>
  pages(from: Cursor | undefined): AsyncIterable<Page>
  /** Transforms and filters the records of a page, and lets the export's hook change it. What fails or is left out is in the page result. */
  refine(page: Pick<Page, 'index' | 'records' | 'fileMeta'>, pageResult: PageResult): Promise<RefinedPage>
}

export interface RefinedPage {
  readonly items: readonly Item[]
  /** The export is to make no more pages. */
  readonly abort: boolean
}

export interface Plan {
  /** Takes the secrets of its connections out of what is told of the run. */
  readonly redact: Redact
  /** Connections whose proof an application did not accept so far. */
  readonly refused: ReadonlySet<ConnectionDoc>
  readonly generators: readonly Generator[]
  /** Open errors of a record are resolved once it has gone through. */
  readonly resolvesPastErrors: boolean
  /** How often a record whose error passes is sent again by itself. */
  readonly automaticRetries: number
  /** Of the steps that say where their records are found. */
  readonly dataURIs: ReadonlyMap<string, DataURIs>
  /** The generators make their pages at the same time. */
  readonly generatorsInParallel: boolean
  /** Its functions keep something outside of the records, which those of the next page may look for. */
  readonly onePageAtATime: boolean
  readonly path: Path
  /** Every step once, in the order in which the flow names them. */
  readonly steps: readonly { readonly stepId: string; readonly kind: 'export' | 'lookup' | 'import' }[]
}

/** With the record that it is about, where there is one. */
export interface PageError extends NewFlowError {
  readonly item?: Pick<Item, 'record' | 'sourceId'>
  /** The request that it came of, as it may be shown. */
  readonly request?: FailedRequest
}

/** Of a request that failed, as it is kept. */
export interface FailedRequest extends RequestRow {
  readonly told: ToldExchange
}

interface FailedAt {
  readonly stepId: string
  readonly stage: string
  readonly place?: StepPlace
}

interface FailedHow {
  /** The record goes on all the same, and is never sent again by itself: it would come to the steps after this one twice. */
  readonly goesOn?: boolean
  /** The request that it came of. */
  readonly exchange?: Exchange | undefined
}

export interface PageResult {
  /** The record of this trace key went through the step. */
  succeed(stepId: string, traceKey?: string): void
  /** The same of its export, which counts its records by itself. */
  pass(stepId: string, traceKey: string | undefined): void
  ignore(stepId: string): void
  fail(at: FailedAt, item: Item, failures: readonly Failure[], how?: FailedHow): void
  /** A failure without a record. What can be done again for it is kept with it. */
  failStep(stepId: string, failure: Failure, exchange?: Exchange, again?: StepRetry): void
  /** Keeps records for a file of the step. */
  gather(stepId: string, part: GatheredPart): void
  add(stepId: string, counts: Partial<Counts>): void
  readonly counts: ReadonlyMap<string, Counts>
  readonly errors: readonly PageError[]
  /** Trace keys of the records that went through each step, where errors of others that have them are past then. */
  readonly passed: ReadonlyMap<string, ReadonlySet<string>>
  readonly gathered: readonly { readonly stepId: string; readonly part: GatheredPart }[]
}

/** What a step can do again, which is no record. */
export interface StepRetry {
  /** As people see it. */
  readonly data: object
  /** The file that it gathered. */
  readonly gathered: string
  readonly retries: number
}

/** Kept with a record: where it goes on, the export that it came from and its trace key there where the step calls it by another, and which of its children were imported already. */
export type KeptPlace = Partial<StepPlace> &
  Pick<Item, 'sent'> & {
    readonly sourceId?: string
    readonly traceKey?: string
    /** No record: the file that its step gathered. */
    readonly gathered?: string
  }
