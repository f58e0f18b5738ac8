/** The rows of jobs: what callers see of them, and what a worker needs to carry one out. */
import type { Static } from 'typebox'
import type { ErrorFilter } from './flow-errors.ts'
import type { job } from '../../contract/operations/flows/jobs.ts'

export type Job = Static<typeof job>

export interface Counts {
  readonly numExport: number
  readonly numSuccess: number
  readonly numError: number
  readonly numIgnore: number
  readonly numPagesGenerated: number
  readonly numPagesProcessed: number
}

export interface NewJob {
  readonly _id: string
  readonly type: Job['type']
  readonly _flowId: string
  readonly _integrationId?: string
  readonly _exportId?: string
  readonly _importId?: string
  readonly _flowJobId?: string
  readonly _userId?: string
  readonly oIndex?: number
  readonly createdAt: string
  /** Of a retry, where it is known: errors to send again. */
  readonly numRetry?: number
  /** What the run was asked to do. */
  readonly order: RunOrder
}

/** What a run was asked to do; plain JSON. */
export interface RunOrder {
  readonly startDate?: string
  readonly endDate?: string
  /** Only these page generators. */
  readonly exportIds?: readonly string[]
  /** The minute of the schedule that started it; absent where a schedule did not. */
  readonly scheduledAt?: string
  /** How many runs led to this one, each starting the next. */
  readonly chain?: number
  /** The last of them. */
  readonly afterJobId?: string
  readonly retry?: RetryOrder
  /** The span that asked for it, where that was traced: the run has a trace of its own, and a link. */
  readonly traceparent?: string
}

/** Of a retry: the step, and what to send again. Exactly one of the three says so. */
export interface RetryOrder {
  readonly stepId: string
  readonly retryDataKeys?: readonly string[]
  /** Records whose errors fit. */
  readonly filter?: ErrorFilter
  /** Records that are due by then, without anybody having asked. */
  readonly isAutomatic?: true
}

export interface JobFilter {
  readonly types: readonly string[]
  readonly statuses?: readonly string[]
  readonly retriable?: boolean
  /** Equality of `_integrationId`, `_flowId`, `_exportId`, `_importId`, `_flowJobId`. */
  readonly ids: Readonly<Record<string, string>>
  readonly flowIds?: readonly string[]
  /** Only those of flows of these integrations; `none` for flows without one. */
  readonly integrationIds?: readonly string[]
  readonly createdAtGte?: string
  readonly createdAtLte?: string
  /** `numError_gte: 1` and the like. */
  readonly counts: readonly { readonly field: keyof Counts; readonly than: '=' | '>=' | '<='; readonly value: number }[]
  /** Runs that have not ended. */
  readonly isOpen?: true
  readonly skip?: number
  readonly limit: number
}

/** A run as the worker that has taken it up sees it. */
export interface RunningJob {
  readonly job: Job
  readonly order: RunOrder
  /** What the last committed page left, as `addProgress` wrote it; undefined before the first. */
  readonly checkpoint: unknown
  /** Counts up with every worker that takes the run up. Writes under an older one are refused: a worker that was thought dead cannot write. */
  readonly epoch: number
}

/** What one page did to one job (the run itself, or one of its steps). */
export interface JobProgress {
  readonly jobId: string
  readonly counts: Counts
  /** Whether any of its errors can be sent again. */
  readonly retriable: boolean
}

/**
 * Whose a run is, as the worker that took it up under an epoch sees it. `ours`: still this worker's. `over`: it was ended from outside while this
 * worker had it. `lost`: another worker has it.
 */
export type RunOwnership = 'ours' | 'over' | 'lost'

export interface Jobs {
  /** Writes a run and puts it into the queue, in this transaction. Runs with the same `lane` follow each other. */
  enqueue(envId: string, job: NewJob, lane: string): Promise<void>
  /** Puts a run that a worker leaves back into the queue, for another one to go on with. Nothing happens where it is not this epoch's any more. */
  requeue(envId: string, jobId: string, epoch: number, lane: string): Promise<void>
  find(envId: string, id: string): Promise<Job | undefined>
  list(envId: string, filter: JobFilter): Promise<Job[]>
  /** The newest run of each flow of an integration, however long ago, and those that have not ended: newest first. */
  listLatest(envId: string, integrationId: string, limit: number): Promise<Job[]>
  /** The same of these flows, as far as they belong to these integrations; wherever they belong where that is undefined. */
  listLatestOfFlows(envId: string, flowIds: readonly string[], integrationIds: readonly string[] | undefined, limit: number): Promise<Job[]>
  /** The newest run of a flow, the newest of each of these page generators, and those that have not ended: newest first. */
  listLatestOfFlow(envId: string, flowId: string, exportIds: readonly string[], limit: number): Promise<Job[]>
  /** Ends a job that has not ended, and its steps, as canceled. Answers the job as it is then. */
  cancel(envId: string, id: string, at: string): Promise<Job | undefined>
  /** Writes a run that never starts, for those who look for it: canceled, with the reason. */
  addCanceled(envId: string, job: NewJob, reason: string): Promise<void>
  cancelFlows(envId: string, flowIds: readonly string[], at: string): Promise<void>

  /** Whether an equal run of this flow waits that no worker has begun: another one would find nothing new. */
  isWaiting(envId: string, flowId: string, exportIds: readonly string[] | undefined): Promise<boolean>

  /**
   * Takes a waiting or abandoned run up, under a new epoch. Of the runs of the flow that have not ended it is the oldest one, whichever of them was
   * asked for: runs of one flow are carried out in their order, whatever the queue does. Undefined where all have ended.
   */
  claim(envId: string, id: string, at: string): Promise<RunningJob | undefined>
  /** Writes the jobs of a run's steps, unless an earlier worker did or the run has ended. Answers those of the run. */
  addSteps(envId: string, flowJobId: string, steps: readonly NewJob[], at: string): Promise<readonly Job[]>
  /**
   * Adds what pages did to the run, which `progress` has to hold, and to its steps. `over`: it is written, and nothing is to begin any more. `lost`:
   * nothing is written.
   */
  recordProgress(
    envId: string,
    jobId: string,
    epoch: number,
    checkpoint: unknown,
    progress: readonly JobProgress[],
    at: string,
  ): Promise<RunOwnership>
  /** Ends a run and those of its steps that have not ended. False where it has ended or another worker has it. */
  finish(
    envId: string,
    jobId: string,
    epoch: number,
    status: 'completed' | 'failed',
    errorMessage: string | undefined,
    at: string,
  ): Promise<boolean>
  readOwnership(envId: string, jobId: string, epoch: number): Promise<RunOwnership>
  /** Says how many records a retry is to send again, once that is known. */
  setNumRetry(envId: string, jobId: string, epoch: number, numRetry: number): Promise<void>
  /**
   * When the last completed run of this flow that had this page generator (any, where none is named) had begun. Runs over a range that a caller ended
   * somewhere do not count: what came after it is still to be exported.
   */
  findLastSuccess(envId: string, flowId: string, exportId: string | undefined): Promise<string | undefined>
}

export interface ScheduledFlow {
  readonly envId: string
  readonly _id: string
  readonly schedule?: string
  readonly timezone?: string
  readonly isAbstract?: boolean
  /** A step of it is still to be set up. */
  readonly isInSetup?: boolean
  readonly pageGenerators?: readonly { readonly _exportId: string; readonly schedule?: string }[]
  readonly _integrationId?: string
}

/** Of a flow as it is when it is listed. */
export interface DueTime {
  readonly envId: string
  readonly _id: string
  /** Another one with each write of the flow. */
  readonly version: string
  /** Its schedules name no minute before this one. Milliseconds since 1970. */
  readonly notDueBefore: number
}

/** A flow whose schedules may name the minute. */
export interface FlowToCheck extends ScheduledFlow {
  readonly version: string
  /** Undefined where that is not known, since the flow was written or an older version wrote it. Milliseconds since 1970. */
  readonly notDueBefore: number | undefined
  /** Its Integration App is paused. */
  readonly isPaused: boolean
  /** Where it stands in the order of all that are listed. */
  readonly place: string
}

export interface ScheduledFlows {
  /**
   * Flows with a schedule, of their own or of a page generator, that are not disabled and that the minute may be named by: those whose time has come, and
   * those whose time is not known, which come first; from there on that follow `after`.
   */
  listToCheck(minute: Date, after: FlowToCheck | undefined, limit: number): Promise<readonly FlowToCheck[]>
  /** Flows that were written since they were listed are left out, and those that somebody writes at the moment. */
  setDueTimes(times: readonly DueTime[]): Promise<void>
  /** The same flow as it is now, if it is still there and still not disabled. Nobody else starts it before this transaction ends. */
  lock(envId: string, flowId: string): Promise<ScheduledFlow | undefined>
  /**
   * The page generators that are waiting or running in some run of the flow, or were started for this minute already: one list a run, undefined for all.
   * Runs over a range that a caller asked for do not count: they do not export what is new.
   */
  listUnderWay(envId: string, flowId: string, minute: string): Promise<readonly (readonly string[] | undefined)[]>
  /** A connection of a step of the flow that is offline; undefined where none is. */
  findOfflineConnection(envId: string, flowId: string): Promise<{ readonly _id: string; readonly name: string } | undefined>
}
