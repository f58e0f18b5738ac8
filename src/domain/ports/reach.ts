/** What belongs to integrations, for callers whose access level is for some integrations only. */
import type { AccessLevel } from '../../contract/operation.ts'
import type { Key } from '../ports.ts'
import type { Bounds } from './clones.ts'

/** How far a caller reaches who is not the same everywhere in the account. */
export interface Reach {
  /** In the whole account; absent where only some integrations are open. */
  readonly level?: AccessLevel
  readonly integrations: Readonly<Record<string, 'monitor' | 'manage'>>
}

/** The integrations, and how what belongs to them is read off the references. */
export interface Within {
  readonly integrations: readonly string[]
  readonly bounds: Omit<Bounds, 'limit'>
}

export interface Reaches {
  /** Those of these documents that belong to the integrations. With `maker` also what this user has made and nothing uses yet. */
  reached(
    envId: string,
    within: Within,
    keys: readonly Key[],
    maker?: { readonly accountId: string; readonly userId: string },
  ): Promise<readonly Key[]>
}
