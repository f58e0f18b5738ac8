/** What the domain needs of the world. store/ implements it, main.ts hands it over; neither the domain nor the engine imports store/. */
import type { AccessLevel } from '../contract/operation.ts'
import type { Collection } from '../contract/resources/index.ts'
import type { AccessTokens } from './ports/access-tokens.ts'
import type { AShares, User } from './ports/ashares.ts'
import type { AppBefore } from './ports/app-before.ts'
import type { Applications } from './ports/applications.ts'
import type { Apps } from './ports/apps.ts'
import type { Audit, Change } from './ports/audit.ts'
import type { Clones } from './ports/clones.ts'
import type { Dependencies } from './ports/dependencies.ts'
import type { ErrorAssignment } from './ports/error-assignment.ts'
import type { FlowErrors } from './ports/flow-errors.ts'
import type { IntegrationResources } from './ports/integration-resources.ts'
import type { Jobs } from './ports/jobs.ts'
import type { Lineage } from './ports/lineage.ts'
import type { Licenses } from './ports/licenses.ts'
import type { LookupCacheData } from './ports/lookup-cache-data.ts'
import type { RecycleBin } from './ports/recycle-bin.ts'
import type { RateLimits } from './ports/rate-limits.ts'
import type { Redact } from './redaction/masker.ts'
import type { Revisions } from './ports/revisions.ts'
import type { ScheduledFlows } from './ports/scheduled-flows.ts'
import type { ScriptApi, Scripts } from './ports/scripts.ts'
import type { ScriptLogs } from './ports/script-logs.ts'
import type { Stacks } from './ports/stacks.ts'
import type { Cap, Reach, Reaches, Within } from './ports/reach.ts'
import type { State } from './ports/state.ts'
import type { Registration } from './ports/registration.ts'
import type { Scopes } from './scopes.ts'
import type { States } from './ports/states.ts'

export type Doc = { _id: string; createdAt: string; lastModified: string; [field: string]: unknown }

/** Names a document of an account. */
export interface Key {
  readonly collection: string
  readonly id: string
}

export interface Reference extends Key {
  /** Dotted path of the field that refers, array positions included. */
  readonly path: string
}

export interface References {
  /** Every reference that the document holds. */
  readonly all: readonly Reference[]
  /** Those whose target has to exist. */
  readonly checked: readonly Reference[]
}

/** A document as it is stored. */
export interface Entry {
  readonly doc: Doc
  /** The sealed secrets of the document; what `doc` shows of them is the mask. */
  readonly secrets: string | undefined
}

/** A document that nobody else changes meanwhile. */
export interface Locked extends Entry {
  /** Of the text that is stored: the same as long as the document is. */
  readonly etag: string
}

export interface PageQuery {
  /** Equality on top-level fields; with one of several where these are told. */
  readonly where: Readonly<Record<string, string | boolean | readonly string[]>>
  /** Answer only these top-level fields. */
  readonly only?: readonly string[]
  /** Answer all but these top-level fields. */
  readonly without?: readonly string[]
  /** Answer only what belongs to these integrations. */
  readonly within?: Within
  readonly skip: number
  readonly limit: number
}

/** The documents of every type. A deleted one is seen by no method here. Every text is the document's JSON as stored, never parsed on the way. */
export interface Documents {
  page(envId: string, collection: Collection, query: PageQuery): Promise<string[]>
  text(envId: string, collection: Collection, id: string): Promise<string | undefined>
  find(envId: string, collection: Collection, id: string): Promise<Entry | undefined>
  /** As `find`, and nobody else changes or deletes it before this transaction ends. */
  lock(envId: string, collection: Collection, id: string): Promise<Locked | undefined>
  /**
   * Writes the document and its references and answers its JSON text; or the references whose target does not exist, and then nothing is written. One
   * statement, and with it `change` goes on record. The targets cannot be deleted before this transaction ends.
   */
  write(
    envId: string,
    collection: Collection,
    entry: Entry,
    references: References,
    as: 'new' | 'replacement',
    change?: Change,
  ): Promise<string | readonly Reference[]>
  /** Moves documents to the recycle bin, together with `root`, the one whose deletion was asked for. Answers those that were not there yet. */
  remove(envId: string, collection: Collection, ids: readonly string[], root: string): Promise<readonly Doc[]>
  /** Ids of the documents of `collection` that refer to any of `targets`. */
  referring(envId: string, collection: Collection, targets: readonly string[], toCollection: Collection): Promise<readonly string[]>
  /** Nobody refers anew to these, changes or deletes them before this transaction ends. */
  hold(envId: string, keys: readonly Key[]): Promise<void>
  /** Those of these documents that any other, which is not deleted, refers to. */
  usedOutside(envId: string, keys: readonly Key[]): Promise<readonly Key[]>
  /** Whether any document, which is not deleted, lies in the environment. */
  anyIn(envId: string): Promise<boolean>
  /** The references of these documents. */
  referencesFrom(envId: string, collection: Collection, ids: readonly string[]): Promise<readonly (Reference & { readonly from: string })[]>
}

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
  readonly reach?: Reach
  /** Set where code acts: it reaches no more than this, whatever the one in whose name it does. `reach` has that taken into account. */
  readonly cap?: Cap
  /** What the token is for, where that is some documents only. */
  readonly scopes?: Scopes
  /** Whether a share lets the caller correct records of errors, whatever their level. */
  readonly allowToEditRetryData?: true
  /** Set where the token is for one environment: nothing of the account as a whole, or of its other environments, is open to it. */
  readonly ofEnvironment?: true
  /** The share through which the caller works in an account that is not theirs. */
  readonly ashareId?: string
  /** Set where the caller is a function of an account's own, with the one-time token of its call: it may do what the call may, and nothing else. */
  readonly oneTime?: OneTime
}

export interface OneTime {
  /** How many functions the call was made by, one behind the other. */
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
  ofEnvironment(envId: string): Promise<string | undefined>
  /** The id of the oldest account: that of the one who runs the server. */
  first(): Promise<string | undefined>
  /** The id of the oldest account, and nobody else makes a first one before this transaction ends. */
  lockFirst(): Promise<string | undefined>
  /** What a user may still do in an environment: as its owner, or through a share in force, which may be named. Undefined for nothing. */
  standing(of: Pick<Identity, 'accountId' | 'envId' | 'userId' | 'ashareId'>): Promise<Pick<Identity, 'level' | 'reach'> | undefined>
  /** The tokens of the setting, all but this one. */
  revokeOfSetting(accountId: string, but: Buffer, at: string): Promise<void>
  addAccount(account: { _id: string; name: string; createdAt: string }): Promise<void>
  addUser(user: User): Promise<boolean>
  user(id: string): Promise<User | undefined>
  userOf(email: string): Promise<User | undefined>
  users(): Promise<readonly User[]>
  addToken(token: NewToken): Promise<void>
}

/** Everything that can be read and written in one transaction. */
export interface Rows {
  readonly documents: Documents
  readonly audit: Audit
  readonly clones: Clones
  readonly dependencies: Dependencies
  readonly integrationResources: IntegrationResources
  readonly registration: Registration
  readonly state: State
  readonly accounts: Accounts
  readonly accessTokens: AccessTokens
  readonly ashares: AShares
  readonly reach: Reaches
  readonly jobs: Jobs
  readonly flowErrors: FlowErrors
  readonly errorAssignment: ErrorAssignment
  readonly lineage: Lineage
  readonly lookupCacheData: LookupCacheData
  readonly scheduledFlows: ScheduledFlows
  readonly recycleBin: RecycleBin
  readonly rateLimits: RateLimits
  readonly states: States
  readonly revisions: Revisions
  readonly apps: Apps
  readonly appBefore: AppBefore
  readonly licenses: Licenses
  readonly scriptLogs: ScriptLogs
}

export interface Store extends Rows {
  /** All of `work` or nothing. Runs it again when PostgreSQL asks for that (deadlock, serialisation), so it must do nothing but read and write rows. */
  transaction<T>(work: (rows: Rows) => Promise<T>): Promise<T>
}

/** Seals what must not be read from the database. `context` binds a sealed text to its place: it opens nowhere else. */
export interface Vault {
  seal(plain: string, context: string): string
  open(sealed: string, context: string): string
  /** Tells later, with the same `purpose`, that the text is ours. It names its key, and is as long as a hash. */
  sign(text: string, purpose: string): string
  isSigned(text: string, signature: string, purpose: string): boolean
}

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What every part of the domain is handed before its input. */
export interface World {
  readonly store: Store
  readonly vault: Vault
  readonly log: Log
  readonly now: () => Date
  readonly newId: () => string
  readonly scripts: Scripts
  readonly stacks: Stacks
  readonly applications: Applications
  /** What a script can ask of the platform, as this caller. */
  readonly integratorApi: (ctx: Context) => ScriptApi
}

/** What an Integration App may reach: the integrations of one installation, and what in them is the app's. */
export interface AppRights {
  readonly connectorId: string
  readonly integrationIds: readonly string[]
  /** Whether its flows may not run, for want of a licence. */
  readonly isPaused: boolean
  /** While one of its functions is at the installation: under which claim, so that what it does can be undone. */
  readonly claim?: { readonly rootId: string; readonly who: string }
  /** Ids that a person has named in what is being written: it may refer to these, too. */
  readonly named?: readonly string[]
}

/** A world as one caller sees it. */
export interface Context extends World {
  readonly caller: Identity
  /** The caller, or the one who runs the server, asks for what is right where integrator.io has a quirk (docs/quirks.md). */
  readonly strict: boolean
  /** The `If-Match` header: a change is refused unless the document is one of these. */
  readonly ifMatch?: string
  /** Set where an Integration App acts, in its own resources and with no other rights. */
  readonly app?: AppRights
  /** In whose name functions are called here, where that is not the caller: an Integration App, whose code lies with its publisher. */
  readonly onBehalf?: Context
  /** Tells the caller what came of it besides, in a header. Where nothing listens it goes unsaid. */
  readonly warn?: (warning: string) => void
  /** The revision that is being applied: what is written names it on record. */
  readonly revisionId?: string
  /** Takes the secrets of the connections at work out of what a script logs of them. */
  readonly redact?: Redact
  /** How many scripts this was asked by, one behind the other. */
  readonly scriptDepth?: number
}
