/** What a kind of sign-in is: a file beside this one, and a line in kinds.ts. */
import type { ConnectionDoc } from '../../adaptor.ts'
import type { Proof, Send } from '../message.ts'
import type { Context } from '../request-texts.ts'
import type { SessionPorts, SessionProof } from '../sessions/session-proof.ts'
import type { SignInMeans } from '../sessions/sign-in-request.ts'

export type Http = NonNullable<ConnectionDoc['http']>
export type Auth = NonNullable<Http['auth']>
export type OAuth1 = NonNullable<NonNullable<Auth['oauth']>['oauth1']>

/** Makes of a connection what signs its requests in. Throws `StepFailure` where that can never work. Nobody is asked: that is for `proof`. */
export type SignInKind = (input: SignInInput) => SignIn | Promise<SignIn>

/** Made once a step. */
export interface SignIn {
  /** What does not change from one request to the next but for its templates. */
  readonly additions?: Additions
  /** What is made anew for each request, and what is fetched and renewed. */
  readonly proof?: Proof
  /** The same where it is a session that is kept: templates may read what was obtained. */
  readonly session?: SessionProof
  /** Of the query, which the proof puts there: an address with it is not fit to be stored. */
  readonly parameter?: string
}

export interface SignInInput {
  readonly connection: ConnectionDoc
  readonly auth: Auth
  readonly base: Base
  /** What its texts are, where they are templates that see the connection. */
  render(template: string): Promise<string>
  /** Asks for what proves, beside the requests of the step: without slots and retries, and never with a `proof` of its own. */
  readonly send: Send
  /** What templates see as `connection`. */
  readonly context: Context
  /** With what it signs in: its requests are told of without what they hold. */
  readonly means: SignInMeans
  readonly sessions: SessionPorts
}

/** The base URI: absolute, without user info. */
export interface Base {
  readonly href: string
  readonly origin: string
  /** What its user info comes to. */
  readonly basic: string | undefined
}

export interface Additions {
  readonly header?: Addition
  readonly query?: Addition
  readonly body?: Addition
}

/** `ahead` stands before what the template makes. */
export interface Addition {
  readonly name: string
  readonly template: string
  readonly ahead?: string
}
