/** The rows of what is done to all errors that fit a filter. */
import type { errorActions, errorJobStatuses } from '../../../contract/operations/flows/error-jobs.ts'
import type { ErrorFilter, ErrorPlace, StepKey } from '../flow-errors.ts'

type ErrorAction = (typeof errorActions)[number]

export interface ErrorJob {
  readonly _id: string
  readonly action: ErrorAction
  readonly status: (typeof errorJobStatuses)[number]
  /** The integration alone, or a flow with its integration, or a step with its flow. */
  readonly integrationId?: string
  readonly flowId?: string
  readonly stepId?: string
  readonly order: ErrorJobOrder
  readonly numTotal?: number
  readonly numDone: number
  /** The runs that a retry has started. */
  readonly jobIds: readonly string[]
  readonly errorMessage?: string
  readonly userId: string
  readonly createdAt: string
  readonly lastModified: string
  readonly endedAt?: string
}

/** What was asked for, as it was said and as it is carried out; plain JSON. */
export interface ErrorJobOrder {
  readonly asked: { readonly filter: object; readonly email?: string; readonly tagIds?: readonly string[] }
  readonly filter: ErrorFilter
  readonly assigneeId?: string
  readonly tagIds?: readonly string[]
}

/** Where a job goes on: within a step after a place, or with the step after it. */
export interface ErrorJobPosition {
  readonly step: StepKey
  readonly after?: ErrorPlace
}

/** One that a worker has at hand. */
export interface OpenErrorJob {
  readonly envId: string
  readonly job: ErrorJob
  readonly position?: ErrorJobPosition
}

/** What one step of a job has done. */
export interface ErrorJobProgress {
  readonly numTotal?: number
  readonly done: number
  readonly jobIds?: readonly string[]
  /** What was not done: the first such sentence is kept. */
  readonly errorMessage?: string
  readonly position?: ErrorJobPosition
}

export interface ErrorJobs {
  add(envId: string, job: Omit<ErrorJob, 'status' | 'numDone' | 'jobIds' | 'lastModified'>): Promise<void>
  find(envId: string, id: string): Promise<ErrorJob | undefined>
  /** Newest first. Only of these integrations, where they are named: `none` for flows without one. */
  list(
    envId: string,
    of: { readonly flowId?: string; readonly integrationId?: string; readonly visibleIntegrationIds?: readonly string[] },
    limit: number,
  ): Promise<readonly ErrorJob[]>
  countOpen(envId: string): Promise<number>
  /** Those whose files are kept, too. */
  countDownloads(envId: string): Promise<number>
  cancel(envId: string, id: string, at: string): Promise<ErrorJob | undefined>
  /** The one that has waited longest, of whichever environment: nobody else gets it before this transaction ends. */
  takeNext(): Promise<OpenErrorJob | undefined>
  moveOn(envId: string, id: string, progress: ErrorJobProgress, at: string): Promise<void>
  end(envId: string, id: string, status: 'completed' | 'failed', errorMessage: string | undefined, at: string): Promise<void>
  /** Removes what ended before then; a bounded number. */
  purge(before: string, limit: number): Promise<void>
}
