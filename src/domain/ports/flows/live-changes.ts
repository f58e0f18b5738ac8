/** What those who watch an environment are told: how its runs stand, and how many errors of its steps are open. */
import type { Job } from '../jobs.ts'

export interface ErrorCount {
  readonly _flowId: string
  readonly _integrationId?: string
  readonly _expOrImpId: string
  readonly numError: number
  readonly lastErrorAt?: string
}

export interface LiveChanges {
  /** Runs and retries that have not ended, and those that ended at that time or later; the newest first. */
  listRuns(envId: string, endedSince: string, limit: number): Promise<readonly Job[]>
  /** The jobs of the steps of these runs, in their order. */
  listSteps(envId: string, runIds: readonly string[]): Promise<readonly Job[]>
  /** Of every step that has failed at some time and whose flow is there. */
  countErrors(envId: string, limit: number): Promise<readonly ErrorCount[]>
}

/** Tells at once, from whichever server or worker, that runs or errors of an environment changed; not which. Something may go untold where a program ended. */
export interface ChangeSignals {
  /** Answers how to stop listening. */
  subscribe(envId: string, heard: () => void): () => void
}
