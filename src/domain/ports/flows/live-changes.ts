/** What those who watch an environment are told: how its runs stand, how many errors of its steps are open, and which documents changed. */
import type { Collection } from '../../../contract/resources/index.ts'
import type { Job } from '../jobs.ts'

export interface ErrorCount {
  readonly _flowId: string
  readonly _integrationId?: string
  readonly _expOrImpId: string
  readonly numError: number
  readonly lastErrorAt?: string
}

/** A document as it stands, after somebody changed it. */
export interface DocumentChange {
  readonly collection: Collection
  readonly _id: string
  readonly name?: string
  readonly lastModified?: string
  /** Of a connection, whether it answers; of a flow, whether it runs. */
  readonly offline?: boolean
  readonly disabled?: boolean
  /** It lies in the recycle bin, or is gone. */
  readonly deleted?: true
}

export interface LiveChanges {
  /** Runs and retries that have not ended, and those that ended at that time or later; the newest first. */
  listRuns(envId: string, endedSince: string, limit: number): Promise<readonly Job[]>
  /** The jobs of the steps of these runs, in their order. */
  listSteps(envId: string, runIds: readonly string[]): Promise<readonly Job[]>
  /** Of every step that has failed at some time and whose flow is there. */
  countErrors(envId: string, limit: number): Promise<readonly ErrorCount[]>
  /** Documents of the environment that were changed at that time or later, by what is on record of them. */
  listDocuments(accountId: string, envId: string, changedSince: string, limit: number): Promise<readonly DocumentChange[]>
}

export const changeKinds = ['runs', 'errors', 'documents'] as const
export type ChangeKind = (typeof changeKinds)[number]

/** Tells at once, from whichever server or worker, that runs, errors or documents of an environment changed, and which of the three. Something may go untold where a program ended. */
export interface ChangeSignals {
  /** Answers how to stop listening. What changed is any of it where no kind is named. */
  subscribe(envId: string, heard: (kind?: ChangeKind) => void): () => void
}
