/** Who was cloned from whom, over all environments of an account. */

export interface Relative {
  readonly _id: string
  readonly name?: string
  readonly _envId: string
  readonly _sourceId?: string
}

export interface Lineage {
  /** The integration, everything that it was cloned from, and every clone of these, oldest first; deleted ones are passed through and left out. */
  family(accountId: string, envId: string, integrationId: string, limit: number): Promise<readonly Relative[]>
}
