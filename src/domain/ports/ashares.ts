/** The rows of account shares. A share waits for its user by their address: whoever has it is the one it is shared with. */
import type { Static } from 'typebox'
import type { AShareRequest } from '../../contract/ashare.ts'

/** What is stored of a share. */
export interface AShareDoc extends Static<typeof AShareRequest> {
  readonly _id: string
  readonly createdAt: string
  readonly lastModified: string
  readonly accepted: boolean
  readonly dismissed: boolean
}

export interface User {
  readonly _id: string
  readonly email: string
  readonly name: string
  readonly createdAt: string
}

export interface AShareRow {
  readonly accountId: string
  /** As invited. */
  readonly email: string
  readonly doc: AShareDoc
  readonly lastSignIn?: string
  /** Who has this address; absent while nobody has. */
  readonly user?: User
  readonly owner: User
}

export interface AShares {
  list(accountId: string, skip: number, limit: number): Promise<readonly AShareRow[]>
  find(accountId: string, id: string): Promise<AShareRow | undefined>
  /** As `find`, and nobody else changes it before this transaction ends. */
  lock(accountId: string, id: string): Promise<AShareRow | undefined>
  /** The share with this user, in whichever account, and nobody else changes it before this transaction ends. */
  lockForUser(userId: string, id: string): Promise<AShareRow | undefined>
  /** Those with this user, in whichever account, neither disabled nor dismissed. */
  listByUser(userId: string, limit: number): Promise<readonly AShareRow[]>
  /** Those of the account, and of these integrations of it. */
  listByIntegration(accountId: string, integrationId: string, limit: number): Promise<readonly AShareRow[]>
  /** False where the address has a share in this account. */
  add(accountId: string, email: string, doc: AShareDoc): Promise<boolean>
  replace(accountId: string, doc: AShareDoc): Promise<void>
  remove(accountId: string, id: string): Promise<void>
  /** The share where it is this user's and in force, and that they use it goes on record. */
  enter(userId: string, id: string): Promise<Pick<AShareRow, 'accountId' | 'doc'> | undefined>
  /** Those of these that are integrations of the account, in any environment. */
  filterIntegrations(accountId: string, ids: readonly string[]): Promise<readonly string[]>
  /** The user of this address who may work in the account: its owner, or one with a share in force. With an integration, one who reaches it. */
  findMember(accountId: string, email: string, integrationId?: string): Promise<User | undefined>
}
