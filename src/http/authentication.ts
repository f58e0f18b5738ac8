/** Who is calling. Comes before anything else of a request: every operation asks for a token, and so does every unknown route below /v1. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hashToken } from '../domain/accounts/accounts.ts'
import { verifyOneTimeToken, isOneTime } from '../domain/scripts/one-time-tokens.ts'
import { identifySession, type SignedIn } from '../domain/accounts/user-sessions.ts'
import type { World } from '../domain/context.ts'
import type { SignIns } from '../domain/audit/sign-ins.ts'
import { answerError } from './errors.ts'
import { checkSameOrigin } from './console/session-cookie.ts'
import type { Sources } from './failed-request-limit.ts'
import type { Identity } from '../domain/ports/accounts.ts'

declare module 'fastify' {
  interface FastifyRequest {
    caller: Identity | undefined
    /** The session that the request came with, in place of a token. */
    session: SignedIn['session'] | undefined
    /** Asks anew who the caller is, for an answer that goes on for long. */
    renewCaller: (() => Promise<Identity | undefined>) | undefined
  }
  interface FastifyContextConfig {
    /** Whoever calls has no token of ours, and shows in another way who it is. */
    provesItself?: boolean
  }
}

export interface Admission {
  readonly authenticate: Authenticate
  readonly authenticateSession: AuthenticateSession
  /** The same, without noting that the session is used. */
  readonly renewSession: AuthenticateSession
  /** Counts what fails, by where it comes from. */
  readonly sources?: Sources | undefined
  /** Puts on record who came, and that somebody tried to. */
  readonly signIns: Pick<SignIns, 'recordSignIn' | 'recordRefusal'>
  readonly from: (request: FastifyRequest) => string
}

/** Finds whose token it is; by its hash, in base64, where it is an access token. */
export type Authenticate = (token: string, hash: string) => Promise<Identity | undefined>
/** Finds who is signed in by the hash of what the cookie of a session holds. */
export type AuthenticateSession = (hash: string) => Promise<SignedIn | undefined>
/** Takes a caller into the account or the environment of this id, or throws. */
type Enter = (caller: Identity, id: string) => Promise<Identity>

export function authentication(app: FastifyInstance, admission: Admission, enter: Entrances): void {
  app.decorateRequest('caller', undefined)
  app.decorateRequest('session', undefined)
  app.decorateRequest('renewCaller', undefined)
  app.addHook('onRequest', (request, reply, done) => (isApiRequest(request) ? enterWithToken(request, reply) : done()))
  const enterWithToken = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!(await admit(request, reply, admission))) return
    if (request.routeOptions.config.streams) request.renewCaller = () => renew(request, admission, enter)
    if (!namesPlace(request)) return
    const { sources } = admission
    const refusal = sources?.refusal(request)
    if (refusal) return void (await answerError(refusal, request, reply))
    try {
      if (request.caller) request.caller = await enterPlaces(request, request.caller, enter)
    } catch (error) {
      sources?.failed(request)
      throw error
    }
  }
  // In the account that they work in by now.
  app.addHook('onRequest', (request, _reply, done) => {
    if (isApiRequest(request) && request.caller) admission.signIns.recordSignIn(request.caller, admission.from(request))
    done()
  })
}

interface Entrances {
  readonly share: Enter
  readonly environment: Enter
}

const namesPlace = (request: FastifyRequest): boolean => {
  const { 'integrator-ashareid': ashareId, 'sluice-environment': envId } = placesOf(request)
  return ashareId !== undefined || envId !== undefined
}

async function enterPlaces(request: FastifyRequest, caller: Identity, enter: Entrances): Promise<Identity> {
  const { 'integrator-ashareid': ashareId, 'sluice-environment': envId } = placesOf(request)
  const within = ashareId === undefined ? caller : await enter.share(caller, String(ashareId))
  return envId === undefined ? within : enter.environment(within, String(envId))
}

/** Who the caller is by now. A stream that goes on is no use of a session: who only leaves a page open is idle. */
async function renew(request: FastifyRequest, admission: Admission, enter: Entrances): Promise<Identity | undefined> {
  const shown = tokenOf(request) ?? sessionOf(request) ?? ''
  const hash = hashToken(shown).toString('base64')
  const isSession = sessionOf(request) !== undefined
  const caller = isSession ? (await admission.renewSession(hash))?.identity : await admission.authenticate(shown, hash)
  return caller && enterPlaces(request, caller, enter)
}

/** Of a session, they may stand in the address: a link that a browser follows has no headers of ours. */
const placesOf = ({ session, headers, query }: FastifyRequest): Readonly<Record<string, string | string[] | undefined>> =>
  session && headers['sluice-environment'] === undefined && headers['integrator-ashareid'] === undefined
    ? (query as Readonly<Record<string, string | string[]>>)
    : headers

/** Answers 401 and says false where the caller is nobody. */
export async function admit(request: FastifyRequest, reply: FastifyReply, admission: Admission): Promise<boolean> {
  const { signIns, from } = admission
  const shown = tokenOf(request) ?? sessionOf(request)
  // A request without credentials guesses nothing and costs no lookup: it is always a 401, and never rate-limited.
  const sources = shown === undefined ? undefined : admission.sources
  const hash = shown === undefined ? '' : hashToken(shown).toString('base64')
  const over = sources?.isGood(hash) ? undefined : sources?.refusal(request)
  if (over) {
    await answerError(over, request, reply)
    return false
  }
  if (shown !== undefined) await identify(request, shown, hash, admission)
  const refusal = request.caller ? undefined : explainRefusal(request)
  if (refusal !== undefined && shown !== undefined) signIns.recordRefusal(from(request))
  if (refusal !== undefined) sources?.failed(request)
  else sources?.succeeded(hash)
  if (refusal !== undefined) await refuse(reply, refusal)
  return refusal === undefined
}

/**
 * Goes by the route that was found, where there is one: the text of a URL has many spellings (`/%761/integrations`). Where there is none, it may be an API of
 * the account's own: below /apis always, elsewhere for those who show a token.
 */
export const isApiRequest = ({ url, routeOptions, is404, headers }: FastifyRequest): boolean => {
  const { config, url: route } = routeOptions ?? {}
  if (config?.provesItself) return false
  return /^\/v1(?:[/?]|$)/i.test(route ?? url) || (is404 && (headers.authorization !== undefined || /^\/apis\//i.test(url)))
}

async function identify(request: FastifyRequest, shown: string, hash: string, admission: Admission): Promise<void> {
  if (sessionOf(request) === undefined) {
    request.caller = await admission.authenticate(shown, hash)
    return
  }
  const signedIn = await admission.authenticateSession(hash)
  if (!signedIn) return
  checkSameOrigin(request)
  request.caller = signedIn.identity
  request.session = signedIn.session
}

const explainRefusal = (request: FastifyRequest): string => {
  if (sessionOf(request) !== undefined) return 'The session is over: sign in again.'
  return request.headers.authorization === undefined ? 'Unauthorized' : 'Bearer Authentication Failed'
}

const tokenOf = ({ headers }: FastifyRequest): string | undefined => /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]

/** A token goes before the cookie. Only what is ours takes the place of a token: an API of somebody's own is called with one. */
const sessionOf = ({ sessionSecret, headers, is404 }: FastifyRequest): string | undefined =>
  headers.authorization === undefined && !is404 ? sessionSecret : undefined

/** The one answer that is not an `errors` envelope: so it is documented, and so clients read it. */
const refuse = (reply: FastifyReply, message: string): FastifyReply =>
  reply.code(401).header('www-authenticate', 'Bearer').send({ message })

/** Access tokens are looked up; one-time tokens say themselves whose they are, and only that they still are somebody's is asked. */
export function createAuthenticate(world: Pick<World, 'store' | 'vault' | 'now'>): Authenticate {
  const remembered = believeForAWhile((hash) => world.store.accounts.identify(hash))
  return (token, hash) => (isOneTime(token) ? verifyOneTimeToken(world, token) : remembered(hash))
}

export const createAuthenticateSession = (world: Pick<World, 'store' | 'now'>, isUse: boolean): AuthenticateSession =>
  believeForAWhile((hash) => identifySession(world, hash, isUse))

/** A token that was looked up is believed for this long before it is looked up again: the longest that a revoked one works on. */
const believedMs = 1000
/** Not the wall clock: where that is put back, a revoked token would work on. In milliseconds. */
const monotonic = (): number => performance.now()
/** Tokens remembered at once. */
const maxRemembered = 10_000

/** Saves the look-up for callers that send one request after another. */
function believeForAWhile<T>(lookUp: (hash: Buffer) => Promise<T | undefined>, now = monotonic): (hash: string) => Promise<T | undefined> {
  const known = new Map<string, { who: T; until: number }>()
  return async (hash) => {
    const found = known.get(hash)
    if (found && found.until > now()) return found.who
    const who = await lookUp(Buffer.from(hash, 'base64'))
    known.delete(hash)
    if (!who) return undefined
    if (known.size >= maxRemembered) known.delete(known.keys().next().value as string)
    known.set(hash, { who, until: now() + believedMs })
    return who
  }
}
