/** Accounts, their users and tokens, and who a caller is. */
import type { AccessLevel } from '../../contract/operation.ts'
import type { AppRights } from './apps.ts'
import type { Cap, AccessScope } from './membership.ts'
import type { User } from './ashares.ts'
import type { Scopes } from './access-tokens.ts'

export interface Identity {
  /** The account that the request works in: the id of its owner. */
  readonly accountId: string
  /** The environment of the account that the request works in. Production has the id of the account. */
  readonly envId: string
  readonly userId: string
  readonly scope: string
  /** What the caller may do in the account, or at the most in any of the integrations that are open to them. */
  readonly level: Level
  /** Where that is not the same everywhere in the account. */
  readonly reach?: AccessScope
  /** Set where code acts: it reaches no more than this, whatever the one in whose name it does. `reach` has that taken into account. */
  readonly cap?: Cap
  /** What the token is for, where that is some documents only. */
  readonly scopes?: Scopes
  /** Whether a share lets the caller correct records of errors, whatever their level. */
  readonly allowToEditRetryData?: true
  /** Set where the token is for one environment: nothing of the account as a whole, or of its other environments, is open to it. */
  readonly isEnvironmentToken?: true
  /** The share through which the caller works in an account that is not theirs. */
  readonly ashareId?: string
  /** Set where the token was made through that share: it is for that account, and tells and decides nothing about others. */
  readonly isShareToken?: true
  /** Set where the caller is a function of an account's own, with the one-time token of its call: it may do what the call may, and nothing else. */
  readonly oneTime?: OneTime
  /** Set where code acts in a test: it may look at what the caller may, and change nothing. */
  readonly readsOnly?: true
}

interface OneTime {
  /** How many functions the call was made by, one after the other. */
  readonly depth: number
  readonly app?: AppRights
}

export type Level = 'owner' | AccessLevel

export interface NewToken {
  readonly _id: string
  readonly accountId: string
  readonly envId: string
  readonly userId: string
  readonly name: string
  readonly hash: Buffer
  readonly createdAt: string
  /** The owner's, as the settings name it or as it was printed where they do not. */
  readonly ofSetting?: boolean
}

export interface Accounts {
  /** Whose token this is, by its hash; undefined for unknown and revoked ones. */
  identify(hash: Buffer): Promise<Identity | undefined>
  /** The account that an environment is part of. */
  findAccount(envId: string): Promise<string | undefined>
  /** The id of the oldest account: that of the one who runs the server. */
  findFirst(): Promise<string | undefined>
  /** The id of the oldest account, and nobody else makes a first one before this transaction ends. */
  lockFirst(): Promise<string | undefined>
  /** What a user may still do in an environment: as its owner, or through a share in force, which may be named. Undefined for nothing. */
  readRights(of: Pick<Identity, 'accountId' | 'envId' | 'userId' | 'ashareId'>): Promise<Pick<Identity, 'level' | 'reach'> | undefined>
  /** The tokens of the setting, all but this one. */
  revokeSettingTokens(accountId: string, but: Buffer, at: string): Promise<void>
  addAccount(account: { _id: string; name: string; createdAt: string }): Promise<void>
  addUser(user: User): Promise<boolean>
  findUser(id: string): Promise<User | undefined>
  findUserByEmail(email: string): Promise<User | undefined>
  changeEmail(id: string, email: string): Promise<void>
  listUsers(): Promise<readonly User[]>
  addToken(token: NewToken): Promise<void>
}
