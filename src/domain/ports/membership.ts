/** What belongs to integrations, for callers whose access level is for some integrations only. */
import type { AccessLevel } from '../../contract/operation.ts'
import type { Bounds } from './clones.ts'
import type { Key } from './document.ts'

/** How far a caller reaches who is not the same everywhere in the account. */
export interface Reach {
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
  /** As in `Reach`: what the code itself makes is its own to change. */
  readonly callId: string
}

/** Where a document belongs, looked for upwards from it. */
export interface Holders {
  readonly integrations: readonly string[]
  /** False where it is used by so many documents that some of them were not looked at. */
  readonly isWhole: boolean
}

/** The integrations, and how what belongs to them is read off the references. */
export interface Within {
  readonly integrations: readonly string[]
  readonly bounds: Omit<Bounds, 'limit'>
}

/** A user, and the call of code in their name whose works alone count. */
export interface Maker {
  readonly accountId: string
  readonly userId: string
  readonly callId: string | undefined
}

export interface Reaches {
  /** Those of these documents that belong to the integrations. With `maker` also what this user has made, as long as nobody else has to do with it. */
  reached(envId: string, within: Within, keys: readonly Key[], maker?: Maker): Promise<readonly Key[]>
  /** The integrations that a document belongs to; `limit` documents above it are looked at. */
  holders(envId: string, bounds: Within['bounds'], key: Key, limit: number): Promise<Holders>
}
