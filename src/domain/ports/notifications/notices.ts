/** The rows of events that no message has been written for yet. The database writes them itself, in the transaction of what happens (migration 0049); these here are the others. */

export type NoticeKind = 'errors' | 'run' | 'connection' | 'assignment' | 'license'

interface NewNotice {
  readonly kind: NoticeKind
  /** The flow, API or tool, or an integration; empty where there is none. */
  readonly placeId: string
  /** The step, connection, licence or user. */
  readonly subjectId: string
  readonly num: number
  readonly detail: NoticeDetail
  readonly at: string
}

export interface NoticeDetail {
  /** Of a run that failed, the last. */
  readonly jobId?: string
  readonly offline?: boolean
  /** Who assigned errors. */
  readonly byUserId?: string
  readonly endsAt?: string
  readonly integrationId?: string
  /** What the publisher calls the app. */
  readonly app?: string
}

/** Gathered: all that happened to one thing since somebody was last told. */
export interface Notice extends Omit<NewNotice, 'at'> {
  readonly firstAt: string
  readonly lastAt: string
}

/** A document that messages name. */
export interface NamedDocument {
  readonly collection: string
  readonly _id: string
  readonly name: string
  readonly integrationId?: string
  readonly offline?: boolean
}

interface StepErrors {
  readonly flowId: string
  readonly stepId: string
  readonly numOpen: number
}

export interface EndingLicense {
  readonly accountId: string
  readonly licenseId: string
  readonly envId: string
  readonly integrationId: string
  readonly endsAt: string
  readonly app?: string
}

export interface Notices {
  add(envId: string, notice: NewNotice): Promise<void>
  /**
   * Takes notices out of an environment, none of `except`, of which something was noted before `before`: they are kept apart until somebody removes them.
   * Of one whose notices are taken already, or are being told, nothing is taken. The oldest first.
   */
  takeDue(before: string, except: readonly string[], limit: number): Promise<void>
  /** An environment, none of `except`, whose notices were taken; no other program gets it before this transaction ends. */
  lockTaken(except: readonly string[]): Promise<string | undefined>
  removeTaken(envId: string): Promise<readonly Notice[]>
  /** Those of these documents that are not deleted, of whichever type. */
  findNamed(envId: string, ids: readonly string[]): Promise<readonly NamedDocument[]>
  countOpen(envId: string, placeIds: readonly string[]): Promise<readonly StepErrors[]>
  /** Licences in use that end within so many days, and that nobody was notified of yet; they count as notified from then on. */
  takeEndingLicenses(now: string, days: number, limit: number): Promise<readonly EndingLicense[]>
}
