/** Proves requests by a session: obtained before the first of them, renewed before it ends and where the application does not accept it. */
import type { ConnectionDoc } from '../../adaptor.ts'
import {
  isRefused,
  listSessionSecrets,
  type KeptSession,
  type NoSession,
  type Obtain,
  type Session,
  type Sessions,
} from '../../../domain/ports/sessions/session.ts'
import type { HttpRequest, Proof } from '../message.ts'
import { unreachable, type Unreachable } from '../failure.ts'

/** How a connection signs in. */
export interface SigningIn {
  /** Of everything that decides what is obtained and where it goes. */
  readonly print: string
  /** What the document itself holds, where it does. */
  readonly own?: Session | undefined
  readonly obtain: Obtain
  place(request: HttpRequest, session: Session): HttpRequest
}

export interface SessionPorts {
  readonly sessions: Sessions
  /** Told of secrets that were obtained, before anything is sent with them. */
  readonly learn: (secrets: readonly string[]) => void
}

/** Before it ends a session is renewed: so long, and never more than a tenth of its time. Milliseconds. */
const earlyMs = 60_000
/** A session that was obtained so lately and is refused all the same is not the reason. Milliseconds. */
const freshMs = 5000

export interface SessionProof extends Proof {
  /** The session that the next request goes with; or why there is none. */
  session(signal: AbortSignal): Promise<KeptSession | NoSession>
}

export function proveBySession(connection: ConnectionDoc, { print, own, obtain, place }: SigningIn, ports: SessionPorts): SessionProof {
  const of = { connectionId: connection._id, print }
  /** By the proof of the request, which is its own: wrappers make other objects of the request. */
  const usedBy = new WeakMap<Proof, number>()
  const learnt = (kept: KeptSession): KeptSession => {
    ports.learn(listSessionSecrets(kept.session))
    return kept
  }
  const current = async (): Promise<KeptSession | undefined> => (await ports.sessions.current(of)) ?? (own && { session: own, version: 0 })
  /** The document's own session has no version anywhere, and what was obtained after it has one. */
  const renew = (version: number | undefined, signal: AbortSignal): Promise<KeptSession | NoSession> =>
    ports.sessions.renew(of, version || undefined, (before) => obtain(before ?? own), signal)
  const session = async (signal: AbortSignal): Promise<KeptSession | NoSession> => {
    const kept = await current()
    if (kept && !isEnding(kept.session)) return learnt(kept)
    const renewed = await renew(kept?.version, signal)
    if (!isRefused(renewed)) return learnt(renewed)
    // It is good for a little while, and whoever hands out another one may be back by then.
    return kept && !renewed.isFinal && !hasEnded(kept.session) ? learnt(kept) : renewed
  }
  return {
    session,
    async prove(request, signal) {
      const kept = await session(signal)
      if (isRefused(kept)) return toUnreachable(connection, kept)
      if (request.proof) usedBy.set(request.proof, kept.version)
      return place(request, kept.session)
    },
    async renew(refused, _answer, signal) {
      const used = refused.proof && usedBy.get(refused.proof)
      const latest = await current()
      if (latest && latest.version !== used) return true
      if (latest && Date.now() - latest.session.obtainedAt < freshMs) return false
      const renewed = await renew(used, signal)
      if (isRefused(renewed)) return toUnreachable(connection, renewed)
      learnt(renewed)
      return true
    },
  }
}

/** A connection may hold nothing yet but what a token is asked for with. */
const hasEnded = ({ token, cookies, expiresAt }: Session): boolean =>
  (token ?? cookies) === undefined || (expiresAt !== undefined && expiresAt <= Date.now())

function isEnding(session: Session): boolean {
  const { expiresAt, obtainedAt } = session
  if (expiresAt === undefined || hasEnded(session)) return hasEnded(session)
  return Date.now() >= expiresAt - Math.min(earlyMs, (expiresAt - obtainedAt) / 10)
}

/** What whoever reads the error can do: somebody has to agree again, to correct the connection, or to wait. */
export function toUnreachable({ _id, name }: ConnectionDoc, { refused, isFinal, needsPerson }: NoSession): Unreachable {
  const sentence = `The connection ${name} could not sign in. ${refused}`
  if (needsPerson)
    return unreachable(
      'authorization_needed',
      `${sentence} Somebody has to sign in again: open the address that GET /v1/connections/${_id}/oauth2 answers.`,
    )
  if (isFinal) return unreachable('sign_in_refused', `${sentence} Correct the connection, and ping it.`)
  return unreachable('sign_in_unavailable', `${sentence} That may pass: it is tried again with the next request.`, true)
}
