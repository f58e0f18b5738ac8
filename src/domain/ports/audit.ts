/** What is on record of who changed what. */
import type { auditEvents } from '../../contract/audit.ts'

export interface FieldChange {
  readonly fieldPath: string
  readonly oldValue?: unknown
  readonly newValue?: unknown
}

/** A change as it goes on record. */
export interface Change {
  readonly _id: string
  readonly accountId: string
  readonly time: string
  readonly userId: string
  /** The call of code in the user's name that made it. */
  readonly callId?: string | undefined
  readonly source: 'api' | 'script' | 'system'
  readonly event: (typeof auditEvents)[number]
  readonly collection: string
  readonly resourceId: string
  readonly name: string | undefined
  readonly fieldChanges: readonly FieldChange[]
}

export interface AuditQuery {
  readonly collection?: string
  readonly resourceId?: string
  readonly userId?: string
  readonly source?: string
  readonly event?: string
  readonly from?: string
  readonly to?: string
  /** Only what concerns the environment, and nothing of its account as a whole. */
  readonly only?: true
  /** Of shares, tokens and sign-ins only what this user has done: the rest is for administrators to see. */
  readonly privateTo?: string
  readonly limit: number
  readonly offset: number
}

export type RecordedChange = Omit<Change, 'accountId' | 'callId'> & { readonly email?: string; readonly userName?: string }

export interface Audit {
  /** Puts changes on record that no document is written with. `envId` is where the documents lie. */
  add(envId: string, changes: readonly Change[]): Promise<void>
  /** The same for changes that are counted: one that is on record already has its first value (`newValue`, a number) raised by that of the other. */
  addCounted(envId: string, changes: readonly Change[]): Promise<void>
  /** Newest first: of the documents of the environment, and of those of its account as a whole. */
  page(accountId: string, envId: string, query: AuditQuery): Promise<readonly RecordedChange[]>
}
