/**
 * What a connection adds to its requests: credentials and headers of its own, for its own origin and no other.
 * Types of authorization that need a conversation (OAuth grants, cookies, digest, signatures) are refused in words, not tried halfway.
 */
import { mask } from '../../contract/kit.ts'
import { isObject } from '../../contract/walk.ts'
import { parseBounded } from '../../domain/bounded-json.ts'
import { maskerOf, type Masker } from '../../domain/redaction/masker.ts'
import { StepFailure, type ConnectionDoc } from '../adaptor.ts'
import type { TlsIdentity } from './agents.ts'
import { basicOf, userInfoOf } from './basic.ts'
import { withBodyParameter } from './body-parameter.ts'
import { secretsOf } from './connection-secrets.ts'
import type { HttpRequest } from './message.ts'
import { textTemplate, type Context, type Text } from './text.ts'

/** Takes the secrets of the connection out of a text, should an answer have repeated them, and tells whether there are any in it. */
export interface Credentials extends Masker {
  /** Absolute, without a slash at its end, normalised, without user info. */
  readonly baseURI: string
  readonly origin: string
  /** What templates see as `connection`. */
  readonly context: Context
  /** The same for requests that go to another origin: with masks in place of secrets. */
  hidden(): Context
  /** Headers of the connection, their names in lower case. Rendered anew each time: some hold the time of the request. */
  headers(): Record<string, string>
  /** The request with what belongs into its URL, its body and its socket. */
  complete(request: HttpRequest): HttpRequest
  /** A URL without the token that `complete` puts into it, fit to be stored. */
  plainURL(url: string): string
}

type Auth = NonNullable<NonNullable<ConnectionDoc['http']>['auth']>

interface Additions {
  readonly header?: readonly [name: string, value: Text]
  readonly query?: readonly [name: string, value: Text]
  readonly body?: readonly [name: string, value: Text]
}

export function credentialsOf(connection: ConnectionDoc): Credentials {
  const { http } = connection
  if (!http)
    throw new StepFailure({
      source: 'connection',
      code: 'connection_type_unsupported',
      message: 'The connection is not an HTTP connection.',
    })
  const context: Context = { connection: { ...connection, http: { ...http, encrypted: opened(http.encrypted) } } }
  const now = (): Context => context
  const base = baseOf(textTemplate(http.baseURI ?? '', 'raw')(now))
  const additions = additionsOf(http.auth, base)
  const headers = (http.headers ?? []).map(({ name, value }) => [(name ?? '').toLowerCase(), textTemplate(value ?? '', 'raw')] as const)
  if (additions.header) headers.unshift(additions.header)
  const tls = tlsOf(http)
  const plain = !tls && !additions.query && !additions.body
  const masker = maskerOf(secretsOf(connection))
  return {
    baseURI: withoutSlash(base.href),
    origin: base.origin,
    context,
    hidden: () => masked(context, masker) as Context,
    headers: () => Object.fromEntries(headers.map(([name, value]) => [name, value(now)])),
    complete: (request) => (plain ? request : withAdditions(request, additions, tls, now)),
    plainURL: (url) => (additions.query ? withoutParameter(url, additions.query[0]) : url),
    ...masker,
  }
}

/** However deep: bodies are bounded in depth when they come in. */
const masked = (value: unknown, masker: Masker): unknown =>
  typeof value === 'string'
    ? masker.holds(value)
      ? mask
      : value
    : Array.isArray(value)
      ? value.map((each) => masked(each, masker))
      : isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each, masker)]))
        : value

/** Secrets that were sent as the text of an object. */
function opened(encrypted: unknown): unknown {
  if (typeof encrypted !== 'string') return encrypted
  try {
    return parseBounded(encrypted)
  } catch {
    return encrypted
  }
}

interface Base {
  readonly href: string
  readonly origin: string
  readonly basic: string | undefined
}

function baseOf(baseURI: string): Base {
  const url = URL.parse(baseURI)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new StepFailure({
      source: 'connection',
      code: 'invalid_base_uri',
      message: 'The base URI of the connection is not an absolute http or https URL.',
    })
  }
  const basic = userInfoOf(url)?.basic
  url.username = url.password = ''
  return { href: url.href, origin: url.origin, basic }
}

function withoutSlash(href: string): string {
  let end = href.length
  while (href[end - 1] === '/') end--
  return href.slice(0, end)
}

function additionsOf(auth: Auth | undefined, base: Base): Additions {
  const type = auth?.type
  if (type === undefined || type === 'custom') return base.basic === undefined ? {} : { header: constant('authorization', base.basic) }
  if (type === 'basic') return { header: constant('authorization', basicOf(auth?.basic?.username ?? '', auth?.basic?.password ?? '')) }
  if (type === 'token') return tokenAdditions(auth?.token ?? {})
  // An OAuth connection that already holds its access token needs nothing more than a token connection.
  if (type === 'oauth' && auth?.token?.token) return tokenAdditions(auth.token)
  throw new StepFailure({
    source: 'connection',
    code: 'auth_type_unsupported',
    message: `Connections with ${type} authorization are not supported yet; basic, token and custom are.`,
  })
}

const constant = (name: string, value: string): readonly [string, Text] => [name, () => value]

function tokenAdditions(token: NonNullable<Auth['token']>): Additions {
  const value = textTemplate(token.token ?? '', 'raw')
  if (token.location === 'url') return { query: [token.paramName ?? 'access_token', value] }
  // Without a name for it, the token gets into the body by the template that asks for it.
  if (token.location === 'body') return token.paramName === undefined ? {} : { body: [token.paramName, value] }
  const scheme = (token.scheme ?? 'Bearer').trim()
  const name = (token.headerName ?? 'Authorization').toLowerCase()
  return { header: [name, scheme === '' || scheme === 'Custom' ? value : (context) => `${scheme} ${value(context)}`] }
}

function withAdditions(request: HttpRequest, { query, body }: Additions, tls: TlsIdentity | undefined, now: () => Context): HttpRequest {
  const completed = tls ? { ...request, tls } : request
  if (query) {
    const url = new URL(completed.url)
    url.searchParams.set(query[0], query[1](now))
    return { ...completed, url: url.href }
  }
  return body ? withBodyParameter(completed, body[0], body[1](now)) : completed
}

function withoutParameter(href: string, name: string): string {
  const url = new URL(href)
  url.searchParams.delete(name)
  return url.href
}

function tlsOf(http: NonNullable<ConnectionDoc['http']>): TlsIdentity | undefined {
  const { disableStrictSSL, clientCertificates } = http
  if (!disableStrictSSL && !clientCertificates) return undefined
  // Field by field: an option that nobody thought of, such as the path of a socket, would lead past the guard.
  const { cert, key, ca, passphrase, pfx } = clientCertificates ?? {}
  return {
    ...(disableStrictSSL && { rejectUnauthorized: false }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(ca !== undefined && { ca }),
    ...(passphrase !== undefined && { passphrase }),
    ...(pfx !== undefined && { pfx }),
  }
}
