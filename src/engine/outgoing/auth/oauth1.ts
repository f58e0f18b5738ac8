/** OAuth 1.0a (RFC 5849): every request is signed, with the secrets of client and token or with a private key. */
import { createHmac, createPrivateKey, randomBytes, sign, type KeyObject } from 'node:crypto'
import { StepFailure } from '../../adaptor.ts'
import type { HttpRequest } from '../message.ts'
import { encodeStrictly } from './encode-strictly.ts'
import type { SignInKind, OAuth1 } from './sign-in.ts'
import { quoted, withHeader } from './with-header.ts'

/** Bytes. */
const nonceLength = 16

export const signInByOAuth1: SignInKind = async ({ auth: { oauth: { oauth1 = {} } = {} }, render }) => {
  const signing: Signing = { ...oauth1, realm: await render(oauth1.realm ?? ''), ...readKey(oauth1) }
  return {
    proof: {
      async prove(request) {
        const moment = { nonce: randomBytes(nonceLength).toString('hex'), timestamp: String(Math.floor(Date.now() / 1000)) }
        return withHeader(request, 'authorization', signRequest(request, signing, moment))
      },
    },
  }
}

interface Signing extends OAuth1 {
  readonly key?: KeyObject
}

/** What no two requests share. */
interface Moment {
  readonly nonce: string
  readonly timestamp: string
}

/** The value of the header `Authorization`. */
function signRequest(request: HttpRequest, signing: Signing, { nonce, timestamp }: Moment): string {
  const { consumerKey = '', accessToken = '', signatureMethod = 'hmac-sha1', realm = '' } = signing
  const ours = [
    ['oauth_consumer_key', consumerKey],
    ...(accessToken === '' ? [] : [['oauth_token', accessToken] as const]),
    ['oauth_signature_method', signatureMethod.toUpperCase()],
    ['oauth_timestamp', timestamp],
    ['oauth_nonce', nonce],
    ['oauth_version', '1.0'],
  ] as const
  const signature = signText(makeBaseString(request, ours), signing)
  const told = [...ours, ['oauth_signature', signature] as const].map(([name, value]) => `${name}="${encodeStrictly(value)}"`)
  return `OAuth ${[...(realm === '' ? [] : [`realm=${quoted(realm)}`]), ...told].join(', ')}`
}

type Pairs = readonly (readonly [name: string, value: string])[]

/** The text that is signed (3.4.1): method, address, and the parameters of query, form and header in the order of their encoded names and values. */
export function makeBaseString({ method, url, headers, body }: HttpRequest, ours: Pairs): string {
  const { origin, pathname, search } = new URL(url)
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
  const form = isForm && body !== undefined ? [...new URLSearchParams(body.toString())] : []
  const all = [...new URLSearchParams(search), ...form, ...ours]
  const parameters = all
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
  return [method.toUpperCase(), `${origin}${pathname}`, parameters.join('&')].map(encodeStrictly).join('&')
}

export function signText(text: string, { signatureMethod = 'hmac-sha1', consumerSecret = '', tokenSecret = '', key }: Signing): string {
  const secrets = `${encodeStrictly(consumerSecret)}&${encodeStrictly(tokenSecret)}`
  if (signatureMethod === 'plaintext') return secrets
  const [, algorithm = 'sha1'] = signatureMethod.split('-')
  return key ? sign(algorithm, Buffer.from(text), key).toString('base64') : createHmac(algorithm, secrets).update(text).digest('base64')
}

export function readKey({ signatureMethod, consumerPrivateKey = '' }: OAuth1): { readonly key?: KeyObject } {
  if (!signatureMethod?.startsWith('rsa-')) return {}
  try {
    return { key: createPrivateKey(consumerPrivateKey) }
  } catch {
    throw new StepFailure({
      source: 'connection',
      code: 'private_key_invalid',
      message:
        'The private key of the connection (http.auth.oauth.oauth1.consumerPrivateKey) cannot be read: give it in PEM, without a passphrase.',
    })
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
