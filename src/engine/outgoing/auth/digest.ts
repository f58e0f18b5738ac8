/**
 * Digest (RFC 7616, and 2617 and 2069 for older servers): the application asks with a nonce, and the password answers it without being sent. A nonce
 * serves one request after the other until the application gives another one.
 */
import { createHash, randomBytes } from 'node:crypto'
import { unreachable } from '../failure.ts'
import type { HttpRequest, Proof } from '../message.ts'
import { withWholeBody } from '../streamed-body.ts'
import { encodeStrictly } from './encode-strictly.ts'
import { readChallenges } from './challenges.ts'
import type { SignInKind } from './sign-in.ts'
import { quoted, withHeader } from './with-header.ts'

/** Bytes. */
const nonceLength = 16

/** By their names in challenges, in small letters. */
const algorithms: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' }

export const signInByDigest: SignInKind = ({ auth: { basic } }) => {
  const { username = '', password = '' } = basic ?? {}
  const nonces = createNonces()
  return {
    proof: {
      async prove(request) {
        const nonce = nonces.take(request.proof)
        if (!nonce) return request
        nonce.count += 1
        const cnonce = randomBytes(nonceLength).toString('hex')
        const answering = { username, password, cnonce, count: nonce.count }
        const whole = nonce.challenge.qop === 'auth-int' ? await withWholeBody(request) : request
        return 'kind' in whole ? whole : withHeader(whole, 'authorization', answerChallenge(whole, nonce.challenge, answering))
      },
      async renew({ proof }, { headers }) {
        const asked = readChallenges(headers['www-authenticate']).filter(({ scheme }) => scheme === 'digest')
        if (asked.length === 0) return false
        const challenge = asked.map(({ parameters }) => readChallenge(parameters)).find((one) => one !== undefined)
        if (!challenge) return unknownDigest
        const used = nonces.replace(proof, challenge)
        // A nonce that was taken before may have run out without the application saying so; one that was refused at once means that the password is wrong.
        return !used || challenge.stale || used.count > 1
      },
      accepted: ({ proof }, { headers }) => nonces.giveBack(proof, readNextNonce(headers['authentication-info'])),
    },
  }
}

const unknownDigest = unreachable(
  'sign_in_failed',
  'The application asks for a digest of a kind that is not known: MD5, SHA-256 and SHA-512-256 are, with the quality of protection auth or auth-int.',
)

interface Nonce {
  readonly challenge: Challenge
  /** Requests that it was used for. */
  count: number
}

/** More than requests that a connection may have under way (50), so that none is forgotten while it is in use. */
const mostNonces = 100

/** Requests that are under way together have a nonce each: applications that count them want the counts in order. */
function createNonces() {
  const known = new Map<string, Nonce>()
  const free = new Set<Nonce>()
  const inUse = new WeakMap<Proof, Nonce>()
  const learn = (challenge: Challenge): Nonce => {
    const nonce = known.get(challenge.nonce) ?? { challenge, count: 0 }
    known.set(challenge.nonce, nonce)
    const oldest = known.size > mostNonces ? known.values().next().value : undefined
    if (oldest) forget(oldest)
    return nonce
  }
  const forget = (nonce: Nonce): void => {
    known.delete(nonce.challenge.nonce)
    free.delete(nonce)
  }
  return {
    /** The one that this request has already, or any that no other has. */
    take(proof: Proof | undefined): Nonce | undefined {
      if (!proof) return undefined
      const nonce = inUse.get(proof) ?? free.values().next().value
      if (nonce) {
        free.delete(nonce)
        inUse.set(proof, nonce)
      }
      return nonce
    },
    /** The one that the request had. */
    replace(proof: Proof | undefined, challenge: Challenge): Nonce | undefined {
      const used = proof && inUse.get(proof)
      if (used && used.challenge.nonce !== challenge.nonce) forget(used)
      if (proof) inUse.set(proof, learn(challenge))
      return used
    },
    /** For other requests; or the one that the application wants to see next in its place. */
    giveBack(proof: Proof | undefined, next: string | undefined): void {
      const used = proof && inUse.get(proof)
      if (!proof || !used) return
      inUse.delete(proof)
      if (next !== undefined && next !== used.challenge.nonce) forget(used)
      const nonce = next === undefined ? used : learn({ ...used.challenge, nonce: next })
      if (known.has(nonce.challenge.nonce)) free.add(nonce)
    },
  }
}

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly opaque?: string
  /** As the challenge has it. */
  readonly algorithm?: string
  readonly qop?: 'auth' | 'auth-int'
  readonly stale: boolean
  readonly userhash: boolean
}

/** Undefined where it cannot be answered. */
export function readChallenge(parameters: ReadonlyMap<string, string>): Challenge | undefined {
  const algorithm = parameters.get('algorithm')
  const qops = parameters
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/)
  const qop = (['auth', 'auth-int'] as const).find((one) => qops?.includes(one))
  const nonce = parameters.get('nonce')
  if (nonce === undefined || !hashOf(algorithm) || (qops && !qop)) return undefined
  const opaque = parameters.get('opaque')
  return {
    realm: parameters.get('realm') ?? '',
    nonce,
    ...(opaque !== undefined && { opaque }),
    ...(algorithm !== undefined && { algorithm }),
    ...(qop && { qop }),
    stale: parameters.get('stale')?.toLowerCase() === 'true',
    userhash: parameters.get('userhash')?.toLowerCase() === 'true',
  }
}

/** Of the header `Authentication-Info`, whose parameters stand without a scheme. */
const readNextNonce = (header: string | string[] | undefined): string | undefined =>
  header === undefined ? undefined : readChallenges(`digest ${String(header)}`)[0]?.parameters.get('nextnonce')

export interface Answering {
  readonly username: string
  readonly password: string
  readonly cnonce: string
  /** Requests that this nonce was used for, this one included. */
  readonly count: number
}

/** The value of the header `Authorization`. */
export function answerChallenge({ method, url, body = '' }: HttpRequest, challenge: Challenge, answering: Answering): string {
  const { realm, nonce, opaque, algorithm, qop, userhash } = challenge
  const { username, password, cnonce, count } = answering
  const hash = (...parts: readonly (string | Buffer)[]): string => {
    const made = createHash(hashOf(algorithm) as string)
    parts.forEach((part, i) => made.update(i === 0 ? '' : ':').update(part))
    return made.digest('hex')
  }
  const { pathname, search } = new URL(url)
  const uri = `${pathname}${search}`
  const nc = count.toString(16).padStart(8, '0')
  const own = hash(username, realm, password)
  const secret = algorithm?.toLowerCase().endsWith('-sess') ? hash(own, nonce, cnonce) : own
  const asked = qop === 'auth-int' ? hash(method, uri, hash(body)) : hash(method, uri)
  const response = qop ? hash(secret, nonce, nc, cnonce, qop, asked) : hash(secret, nonce, asked)
  const told = [
    userhash ? `username=${quoted(hash(username, realm))}` : nameOf(username),
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(qop || secret !== own ? [`cnonce="${cnonce}"`] : []),
    ...(qop ? [`qop=${qop}`, `nc=${nc}`] : []),
    ...(userhash ? ['userhash=true'] : []),
  ]
  return `Digest ${told.join(', ')}`
}

const hashOf = (algorithm = 'MD5'): string | undefined => algorithms[algorithm.toLowerCase().replace(/-sess$/, '')]

/** A header holds no other letters than these; what does is told in the form for them. */
const nameOf = (username: string): string =>
  /^[\u0020-\u007E]*$/.test(username) ? `username=${quoted(username)}` : `username*=UTF-8''${encodeStrictly(username)}`
