/** The rows of access tokens, without their secrets. */
import type { TokenLevel } from '../../contract/operation.ts'
import type { mcpScopes, ScopeField } from '../../contract/access-token.ts'

export interface AccessTokenRow {
  readonly _id: string
  readonly accountId: string
  readonly envId: string
  readonly userId: string
  readonly ashareId?: string
  readonly name: string
  readonly description?: string
  /** Absent where the token may do everything that its user may do. */
  readonly scopes?: Scopes
  readonly revoked: boolean
  readonly autoPurgeAt?: string
  readonly createdAt: string
  readonly lastModified: string
}

/** A token that has come to its end is seen by no method here. */
export interface AccessTokens {
  /** Of one user, or of all who work in the account; in one environment, or in all. */
  list(
    accountId: string,
    userId: string | undefined,
    envId: string | undefined,
    skip: number,
    limit: number,
  ): Promise<readonly AccessTokenRow[]>
  find(accountId: string, id: string): Promise<AccessTokenRow | undefined>
  /** As `find`, and nobody else changes it before this transaction ends. */
  lock(accountId: string, id: string): Promise<AccessTokenRow | undefined>
  add(token: AccessTokenRow, hash: Buffer): Promise<void>
  replace(token: AccessTokenRow): Promise<void>
  remove(accountId: string, id: string): Promise<void>
  /** Removes those that have come to their end, at most `limit`; answers how many. */
  purgeEnded(limit: number): Promise<number>
}

/** Ids of documents, by the field of the token that lists them. */
export type Scopes = { readonly [F in ScopeField]?: readonly string[] } & {
  readonly integrationLevels?: readonly IntegrationLevel[]
  readonly mcpScopes?: readonly (typeof mcpScopes)[number][]
}

export interface IntegrationLevel {
  readonly _integrationId: string
  readonly level: TokenLevel
}
