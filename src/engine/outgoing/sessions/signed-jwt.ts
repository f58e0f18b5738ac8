/** Signs JSON Web Tokens with the claims, the headers and the key of a connection or an iClient. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import type * as Jose from 'jose'
import { mask } from '../../../contract/kit.ts'
import { isObject } from '../../../contract/walk.ts'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import { StepFailure, type ConnectionDoc } from '../../adaptor.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import type { Context } from '../request-texts.ts'
import { renderValues } from './session-context.ts'

const jose = lazyLoad<typeof Jose>('jose')

type OfConnection = NonNullable<NonNullable<NonNullable<ConnectionDoc['http']>['auth']>['jwt']>
type OfClient = NonNullable<NonNullable<ConnectionDoc['iClient']>['jwt']>
export type JwtSettings = OfConnection | OfClient

const algorithms: Readonly<Record<string, string>> = {
  'hmac-sha256': 'HS256',
  'hmac-sha384': 'HS384',
  'hmac-sha512': 'HS512',
  'rsa-sha256': 'RS256',
  'rsa-sha384': 'RS384',
  'rsa-sha512': 'RS512',
  es256: 'ES256',
  es384: 'ES384',
  es512: 'ES512',
  ps256: 'PS256',
  ps384: 'PS384',
  ps512: 'PS512',
}

/** Claims that are numbers, however a template wrote them. */
const dates = ['iat', 'exp', 'nbf', 'auth_time'] as const

export interface JwtSigner {
  /** Anew: its claims may hold the time. Throws `StepFailure`. */
  sign(context: Context): Promise<string>
}

/** Throws `StepFailure` where it can never sign. */
export function createJwtSigner(settings: JwtSettings, evaluate: Evaluate): JwtSigner {
  const { signatureMethod, token } = settings
  if (signatureMethod === undefined) {
    if (token) return { sign: async () => token }
    throw unusable('no signatureMethod and no key')
  }
  const alg = algorithms[signatureMethod] as string
  const key = readKey(settings, signatureMethod)
  const payload = objectOf(settings.payload, 'payload')
  const headers = objectOf(settings.headers, 'headers')
  return {
    async sign(context) {
      const [claims, header] = (await renderValues(evaluate, [payload, headers], context)) as [Record<string, unknown>, object]
      for (const claim of dates) {
        const value = claims[claim]
        if (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim())) claims[claim] = Number(value)
      }
      const jwt = new (jose().SignJWT)({ iat: Math.floor(Date.now() / 1000), ...claims })
      try {
        return await jwt.setProtectedHeader({ typ: 'JWT', ...header, alg }).sign(key)
      } catch (error) {
        throw unusable(`a key or claims that cannot be signed with ${signatureMethod} (${(error as Error).message})`)
      }
    },
  }
}

function readKey({ secret, isSecretBase64Encoded, privateKey }: JwtSettings, method: string): KeyObject | Uint8Array {
  if (method.startsWith('hmac')) {
    if (!secret) throw unusable('no secret')
    return Buffer.from(secret, isSecretBase64Encoded ? 'base64' : 'utf8')
  }
  if (!privateKey) throw unusable('no privateKey')
  // A key that is kept by its mask is looked at when it is used.
  if (privateKey === mask) return Buffer.from(mask)
  try {
    // Forms make one line of it.
    return createPrivateKey(privateKey.includes('\\n') ? privateKey.replaceAll('\\n', '\n') : privateKey)
  } catch {
    throw unusable('a privateKey that is no private key in PEM')
  }
}

function objectOf(value: unknown, field: string): Record<string, unknown> {
  if (value === undefined || value === null || value === '') return {}
  if (typeof value !== 'string') return isObject(value) ? value : {}
  try {
    const parsed: unknown = JSON.parse(value)
    if (isObject(parsed)) return parsed
  } catch {
    // Falls through to the failure.
  }
  throw unusable(`a ${field} that is no JSON object`)
}

const unusable = (what: string): StepFailure =>
  new StepFailure({
    source: 'connection',
    code: 'invalid_jwt',
    message: `The JSON Web Token of the connection cannot be signed: it has ${what}.`,
  })
