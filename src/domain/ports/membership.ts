/** What belongs to integrations, for callers whose access level is for some integrations only. */
import type { AccessLevel } from '../../contract/operation.ts'
import type { ClosureRules } from './clones.ts'
import type { Key } from './document.ts'

/** How far a caller reaches who is not the same everywhere in the account. */
export interface AccessScope {
  /** In the whole account; absent where only some integrations are open. */
  readonly level?: AccessLevel
  readonly integrations: Readonly<Record<string, 'monitor' | 'manage'>>
  /** Integrations that a token only reads, and that its user manages: pulls may come from these. */
  readonly pulledFrom?: readonly string[]
  /** The call, or the token for single integrations, whose own is what it has made and nobody else has to do with. All that the user has made where absent: scripts are not all that their user is. */
  readonly callId?: string
}

/** The integrations that code may reach, at the level `manage` at the most. */
export interface Cap {
  readonly integrations: readonly string[]
  /** As in `AccessScope`: what the code itself makes is its own to change. */
  readonly callId: string
}

/** Where a document belongs, looked for upwards from it. */
export interface Holders {
  readonly integrations: readonly string[]
  /** False where it is used by so many documents that some of them were not looked at. */
  readonly isWhole: boolean
}

/** The integrations, and how what belongs to them is read off the references. */
export interface IntegrationScope {
  readonly integrations: readonly string[]
  readonly bounds: Omit<ClosureRules, 'limit'>
}

/** A user, and the call of code in their name whose works alone count. */
export interface Creator {
  readonly accountId: string
  readonly userId: string
  readonly callId: string | undefined
}

export interface Membership {
  /** Those of these documents that belong to the integrations. With `maker` also what this user has made, as long as nobody else has to do with it. */
  filterMembers(envId: string, within: IntegrationScope, keys: readonly Key[], maker?: Creator): Promise<readonly Key[]>
  /** The integrations that a document belongs to; `limit` documents above it are looked at. */
  findHolders(envId: string, bounds: IntegrationScope['bounds'], key: Key, limit: number): Promise<Holders>
  /** Those of these integrations that are not deleted. */
  filterPresent(envId: string, integrations: readonly string[]): Promise<readonly string[]>
}
