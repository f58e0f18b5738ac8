/** The rows of jobs: what callers see of them, and what a worker needs to carry one out. */
import type { Static } from 'typebox'
import type { job } from '../../contract/operations/jobs.ts'

export type Job = Static<typeof job>
export type JobStatus = Job['status']

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
  /** What the run was asked to do. */
  readonly order: RunOrder
}

/** What a run was asked to do; plain JSON. */
export interface RunOrder {
  readonly startDate?: string
  readonly endDate?: string
  /** Only these page generators. */
  readonly exportIds?: readonly string[]
  /** How many runs led to this one, each starting the next. */
  readonly chain?: number
  /** Of a retry: the step, and the keys of what to send again. */
  readonly retry?: { readonly stepId: string; readonly retryDataKeys: readonly string[] }
}

export interface JobFilter {
  readonly types: readonly string[]
  readonly statuses?: readonly string[]
  readonly retriable?: boolean
  /** Equality of `_integrationId`, `_flowId`, `_exportId`, `_importId`, `_flowJobId`. */
  readonly ids: Readonly<Record<string, string>>
  readonly flowIds?: readonly string[]
  readonly createdAtGte?: string
  readonly createdAtLte?: string
  /** `numError_gte: 1` and the like. */
  readonly counts: readonly { readonly field: keyof Counts; readonly than: '=' | '>=' | '<='; readonly value: number }[]
  readonly limit: number
}

/** A run as the worker that has taken it up sees it. */
export interface RunningJob {
  readonly job: Job
  readonly order: RunOrder
  /** What the last committed page left, as `commitPage` wrote it; undefined before the first. */
  readonly checkpoint: unknown
  /** Counts up with every worker that takes the run up. Writes under an older one are refused: a worker that was thought dead cannot write. */
  readonly epoch: number
}

/** What one page did to one job (the run itself, or one of its steps). */
export interface JobProgress {
  readonly jobId: string
  readonly counts: Counts
}

export interface Jobs {
  /** Writes a run and puts it into the queue, in this transaction. Runs with the same `lane` follow each other. */
  enqueue(accountId: string, job: NewJob, lane: string): Promise<void>
  /** The same for work of a run that is already written: another worker goes on behind the last committed page. */
  requeue(accountId: string, jobId: string, lane: string): Promise<void>
  find(accountId: string, id: string): Promise<Job | undefined>
  list(accountId: string, filter: JobFilter): Promise<Job[]>
  /** Ends a job that has not ended, and its steps, as canceled. Answers the job as it is then. */
  cancel(accountId: string, id: string, at: string): Promise<Job | undefined>
  cancelFlows(accountId: string, flowIds: readonly string[], at: string): Promise<void>

  /** Takes a waiting or abandoned run up, under a new epoch. Undefined where it has ended. */
  take(accountId: string, id: string, at: string): Promise<RunningJob | undefined>
  /** Writes the jobs of a run's steps, unless an earlier worker did. Answers those of the run. */
  addSteps(accountId: string, flowJobId: string, steps: readonly NewJob[], at: string): Promise<readonly Job[]>
  /** Adds what a page did. False, and nothing is written, where the run has ended or another worker has it. */
  progress(
    accountId: string,
    jobId: string,
    epoch: number,
    checkpoint: unknown,
    progress: readonly JobProgress[],
    at: string,
  ): Promise<boolean>
  /** Ends a run and those of its steps that have not ended. False as in `progress`. */
  finish(
    accountId: string,
    jobId: string,
    epoch: number,
    status: 'completed' | 'failed',
    errorMessage: string | undefined,
    at: string,
  ): Promise<boolean>
  /** Whether the run is still this epoch's to carry out. */
  isCurrent(accountId: string, jobId: string, epoch: number): Promise<boolean>
  /** When the last run of this flow that completed had begun. */
  lastSuccess(accountId: string, flowId: string): Promise<string | undefined>
}
