/** What the domain needs of the world. store/ implements it, program/open-world.ts hands it over; neither the domain nor the engine imports store/. */
import type { Alias } from '../contract/shared/alias.ts'
import type { Applications } from './ports/applications.ts'
import type { AppRights } from './ports/apps.ts'
import type { Redact } from './redaction/masker.ts'
import type { ScriptApi, Scripts, Stacks } from './ports/scripts.ts'
import type { Identity } from './ports/accounts.ts'
import type { Store } from './ports/store.ts'
import type { ChangeSignals } from './ports/flows/live-changes.ts'
import type { Messengers } from './ports/notifications/messengers.ts'
import type { OpenIdProvider } from './ports/sessions/openid-provider.ts'
import type { WebhookReader } from './ports/flows/webhook-reader.ts'
import type { WritePolicy } from './write-policy.ts'

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
  /** The same rows, asked for an account: it has a share of the connections, so that the others have theirs. */
  readonly storeOf: (accountId: string) => Store
  readonly vault: Vault
  readonly log: Log
  readonly now: () => Date
  readonly newId: () => string
  /** Before a connection that went offline is asked whether it is back. Milliseconds. */
  readonly pingAfterMs: number
  /** Tells when runs or errors of an environment changed. */
  readonly changes: ChangeSignals
  readonly scripts: Scripts
  readonly stacks: Stacks
  readonly applications: Applications<Context, World>
  readonly webhookReader: WebhookReader
  /** What carries messages to users. */
  readonly messengers: Messengers
  /** Absent where the settings name none. */
  readonly openId?: OpenIdProvider
  readonly writePolicy: WritePolicy<Context>
  /** What a script can ask of the platform, as this caller. */
  readonly integratorApi: (ctx: Context) => ScriptApi
}

/** Who is at the other end of a request, as far as that shows. */
export interface Client {
  /** The address that it comes from. */
  readonly source: string
  readonly userAgent?: string
  /** Of the session that a browser still has while somebody signs in. */
  readonly sessionSecret?: string
  /** What a sign-in at the OpenID provider that this browser has begun is told apart by. */
  readonly signInSecret?: string
}

/** A world as one caller sees it. */
export interface Context extends World {
  readonly caller: Identity
  /** The caller, or the one who runs the server, asks for what is right where integrator.io has a quirk (docs/quirks.md). */
  readonly strict: boolean
  readonly client?: Client
  /** Of the browser that the request comes from; `userId` is who is signed in there. */
  readonly session?: { readonly _id: string; readonly userId: string; readonly endsAt: string }
  /** Where the caller reached this server, as `https://host`. Absent where nobody did. */
  readonly home?: string
  /** The `If-Match` header: a change is refused unless the document is one of these. */
  readonly ifMatch?: string
  /** The `Last-Event-ID` header: where a stream of events broke off. */
  readonly lastEventId?: string
  /** Who the caller is by now: undefined where the session, the token or the share is over. */
  readonly renewCaller?: () => Promise<Identity | undefined>
  /** Set where an Integration App acts, in its own resources and with no other rights. */
  readonly app?: AppRights
  /** In whose name functions are called here, where that is not the caller: an Integration App, whose code lies with its publisher. */
  readonly onBehalf?: Context
  /** Tells the caller what came of it besides, in a header. Where nothing listens it goes unsaid. */
  readonly warn?: (warning: string) => void
  /** What is written along with a document, as `collection/id`: it may refer to these, which were looked at as a whole before. */
  readonly making?: ReadonlySet<string>
  /** The revision that is being applied: what is written names it on record. */
  readonly revisionId?: string
  /** Takes the secrets of the connections at work out of what a script logs of them. */
  readonly redact?: Redact
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal
  /** Names by which scripts may call documents, those that count first in front. */
  readonly aliases?: readonly Alias[]
  /** How many scripts this was asked by, one after the other. */
  readonly scriptDepth?: number
}
