/** Applications that check the proof of each request as their specifications want it, written for that, or by libraries that are not ours. */
import { createHash, createHmac, verify } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { AwsV4Signer } from 'aws4fetch'
import OAuth from 'oauth-1.0a'
import { json, serve, type Asked } from '../server.ts'

/** Answers what `check` says is wrong with a request, or its place in the order of those that were accepted. */
export async function checking(check: (request: Asked, response: ServerResponse) => string | undefined | Promise<string | undefined>) {
  let accepted = 0
  return serve(async (request, response) => {
    const wrong = await check(request, response)
    if (response.writableEnded) return
    if (wrong === undefined) json(response, 200, { id: ++accepted })
    else json(response, 401, { message: wrong })
  })
}

const partsOf = (header: string): Map<string, string> =>
  new Map(
    [...header.matchAll(/([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(([, name = '', text, plain]) => [name, text ?? plain ?? '']),
  )

export interface DigestRules {
  readonly algorithm: 'MD5' | 'SHA-256' | 'SHA-512-256'
  readonly qop: 'auth' | 'auth-int' | 'auth,auth-int'
  /** How often a nonce holds; then it is stale. */
  readonly uses: number
  /** Where false, a nonce that has run out is refused like a wrong one. */
  readonly tellsStale?: boolean
  /** Whether an answer says the nonce for the next request. */
  readonly saysNext?: boolean
}

/** RFC 7616, strict: a nonce counts up by one, and is bound to what it was given out for. */
export function digestChecker(
  username: string,
  password: string,
  { algorithm, qop, uses, tellsStale = true, saysNext = false }: DigestRules,
) {
  const realm = 'the "realm"'
  const hash = (...parts: string[]) =>
    createHash(algorithm.toLowerCase().replace('sha-256', 'sha256').replace('sha-512-256', 'sha512-256'))
      .update(parts.join(':'))
      .digest('hex')
  const nonces = new Map<string, number>()
  const ask = (response: ServerResponse, stale: boolean): undefined => {
    const nonce = `nonce-${nonces.size}`
    nonces.set(nonce, 0)
    const told = `Digest realm="the \\"realm\\"", qop="${qop}", algorithm=${algorithm}, nonce="${nonce}", opaque="o"${stale && tellsStale ? ', stale=true' : ''}`
    json(response, 401, { message: stale ? 'stale' : 'who are you?' }, { 'www-authenticate': `Negotiate, ${told}, Basic realm="x"` })
  }
  const check = (request: Asked, response: ServerResponse): string | undefined => {
    const header = request.headers.authorization
    if (header === undefined) return ask(response, false)
    const told = partsOf(header.replace(/^Digest /, ''))
    const of = (name: string): string => told.get(name) ?? ''
    const used = nonces.get(of('nonce'))
    if (used === undefined) return 'a nonce of somebody else'
    if (used >= uses) return ask(response, true)
    if (Number.parseInt(of('nc'), 16) !== used + 1) return `nc is ${of('nc')} after ${used}`
    if (of('uri') !== request.url) return `signed for ${of('uri')}`
    if (of('opaque') !== 'o' || of('username') !== username) return 'another name'
    const asked = of('qop') === 'auth-int' ? hash(request.method, request.url, hash(request.body)) : hash(request.method, request.url)
    const response1 = hash(hash(username, realm, password), of('nonce'), of('nc'), of('cnonce'), of('qop'), asked)
    if (response1 !== of('response')) return ask(response, false)
    nonces.set(of('nonce'), used + 1)
    if (saysNext) {
      nonces.set(`nonce-${nonces.size}`, 0)
      response.setHeader('authentication-info', `qop=${of('qop')}, nextnonce="nonce-${nonces.size - 1}"`)
    }
    return undefined
  }
  return { check, given: () => nonces.size }
}

export interface OAuth1Secrets {
  readonly consumerKey: string
  readonly consumerSecret?: string
  readonly accessToken: string
  readonly tokenSecret?: string
  readonly publicKey?: string
}

/** The text to be signed is made by the library `oauth-1.0a`. */
export function oauth1Checker(method: string, secrets: OAuth1Secrets) {
  const nonces = new Set<string>()
  const algorithm = method.split('-')[1]?.toLowerCase() ?? ''
  const library = new OAuth({
    consumer: { key: secrets.consumerKey, secret: secrets.consumerSecret ?? '' },
    signature_method: method,
    hash_function: (text, key) => (algorithm === '' ? key : createHmac(algorithm, key).update(text).digest('base64')),
  })
  return (request: Asked): string | undefined => {
    const header = request.headers.authorization ?? ''
    if (!header.startsWith('OAuth ')) return 'no proof'
    const told = partsOf(header.slice('OAuth '.length))
    const realm = told.get('realm')
    const ours = Object.fromEntries(
      [...told].filter(([name]) => name.startsWith('oauth_')).map(([name, value]) => [name, decodeURIComponent(value)]),
    )
    const { oauth_signature: signature = '', ...rest } = ours
    if (realm !== 'acct 1_SB') return `the realm ${realm}`
    if (rest['oauth_token'] !== secrets.accessToken || rest['oauth_consumer_key'] !== secrets.consumerKey) return 'another client'
    if (Math.abs(Number(rest['oauth_timestamp']) - Date.now() / 1000) > 5) return 'another time'
    if (nonces.has(rest['oauth_nonce'] ?? '')) return 'a nonce twice'
    nonces.add(rest['oauth_nonce'] ?? '')
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const data = isForm
      ? Object.fromEntries(
          [...Map.groupBy(new URLSearchParams(request.body), ([name]) => name)].map(([name, all]) => [name, all.map(([, value]) => value)]),
        )
      : {}
    const asked = { url: `http://${request.headers.host}${request.url}`, method: request.method, data }
    if (secrets.publicKey !== undefined) {
      const text = Buffer.from(library.getBaseString(asked, rest as never))
      return verify(algorithm, text, secrets.publicKey, Buffer.from(signature, 'base64')) ? undefined : 'a wrong signature'
    }
    return library.getSignature(asked, secrets.tokenSecret, rest as never) === signature ? undefined : 'a wrong signature'
  }
}

/** OASIS UsernameToken Profile 1.0, in the header of that name. */
export function wsseChecker(header: string, username: string, password: string) {
  const nonces = new Set<string>()
  return (request: Asked): string | undefined => {
    const told = partsOf(String(request.headers[header] ?? '').replace(/^UsernameToken /, ''))
    const nonce = Buffer.from(told.get('Nonce') ?? '', 'base64')
    const created = told.get('Created') ?? ''
    if (nonces.has(nonce.toString('hex'))) return 'a nonce twice'
    nonces.add(nonce.toString('hex'))
    if (nonce.length < 16 || Math.abs(Date.parse(created) - Date.now()) > 5000) return 'an old token'
    const digest = createHash('sha1')
      .update(nonce)
      .update(created + password)
      .digest('base64')
    if (told.get('Username') !== username || told.get('PasswordDigest') !== digest) return 'a wrong password'
    return request.headers.authorization === 'WSSE profile="UsernameToken"' ? undefined : 'no profile'
  }
}

export interface AwsRules {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  readonly service: string
}

/** The signature is made once more by the library `aws4fetch`, of the headers that the request says are signed. */
export async function checkForAws(request: Asked, rules: AwsRules): Promise<string | undefined> {
  const header = request.headers.authorization ?? ''
  const signed = /SignedHeaders=([^,]+)/.exec(header)?.[1]?.split(';') ?? []
  const date = String(request.headers['x-amz-date'])
  if (!signed.includes('host') || !signed.includes('x-amz-date')) return `signed is ${signed.join(' ')}`
  const at = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'))
  if (Math.abs(at - Date.now()) > 5000) return 'another time'
  const body = createHash('sha256').update(request.body).digest('hex')
  if (request.headers['x-amz-content-sha256'] !== body) return 'another body'
  const signer = new AwsV4Signer({
    ...rules,
    method: request.method,
    url: `http://${request.headers.host}${request.url}`,
    headers: Object.fromEntries(signed.filter((name) => name !== 'host').map((name) => [name, String(request.headers[name])])),
    ...(request.body !== '' && { body: request.body }),
    datetime: date,
    allHeaders: true,
  })
  const { headers } = await signer.sign()
  return headers.get('authorization') === header ? undefined : 'a wrong signature'
}
