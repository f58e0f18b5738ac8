/** Private keys of connections that prove themselves by JSON Web Tokens, and the tokens. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import type * as Jose from 'jose'
import { mask } from '../../../../contract/kit.ts'
import { lazyLoad } from '../../../../domain/lazy-load.ts'
import { refuse } from '../target.ts'

const jose = lazyLoad<typeof Jose>('jose')

/** How long a token is good for. Seconds: the longest that Snowflake and Google take. */
const tokenTime = 3_600

/** Throws `StepFailure` where it is no key. One that is kept by its mask is looked at when it is used. */
export function checkKey(connection: string, pem: string, passphrase?: string): void {
  if (pem !== mask) openKey(connection, pem, passphrase)
}

export function openKey(connection: string, pem: string, passphrase?: string): KeyObject {
  try {
    // Forms make one line of it.
    const key = pem.includes('\\n') ? pem.replaceAll('\\n', '\n') : pem
    return createPrivateKey({ key, ...(passphrase && { passphrase }) })
  } catch {
    throw refuse(
      'private_key_invalid',
      `The private key of the connection ${connection} cannot be opened: it has to be a key in PEM, and its passphrase has to fit where it has one.`,
    )
  }
}

export const signToken = (key: KeyObject, claims: Jose.JWTPayload): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  return new (jose().SignJWT)({ ...claims, iat: now, exp: now + tokenTime }).setProtectedHeader({ typ: 'JWT', alg: 'RS256' }).sign(key)
}

interface Kept {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** Tokens that are kept: of more connections than this the oldest are made anew. */
const maxKept = 200
/** A token is not used in its last minutes: a clock may be wrong, and a request takes time. Milliseconds. */
const marginMs = 300_000

export class TokenStore {
  readonly #kept = new Map<string, Promise<Kept>>()

  /** `obtain` is asked once for all who want it at the same time. */
  async get(name: string, obtain: () => Promise<{ readonly token: string; readonly seconds?: number }>): Promise<string> {
    const known = this.#kept.get(name)
    const kept = known && (await known.catch(() => undefined))
    if (kept && kept.until > Date.now()) return kept.token
    if (known && this.#kept.get(name) === known) this.#kept.delete(name)
    const other = this.#kept.get(name)
    if (other) return (await other).token
    const obtaining = obtain().then(({ token, seconds = tokenTime }) => ({ token, until: Date.now() + seconds * 1000 - marginMs }))
    this.#kept.set(name, obtaining)
    obtaining.catch(() => this.#kept.get(name) === obtaining && this.#kept.delete(name))
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest)
    return (await obtaining).token
  }

  drop(name: string): void {
    this.#kept.delete(name)
  }
}
