/**
 * What a connection adds to its requests: credentials and headers of its own, for its own origin and no other.
 * Types of authorization that need a conversation (OAuth grants, cookies, digest, signatures) are refused in words, not tried halfway.
 */
import { mask } from '../../contract/kit.ts'
import { isObject } from '../../contract/walk.ts'
import { parseBounded } from '../../domain/limits/parse-json.ts'
import { createMasker, type Masker } from '../../domain/redaction/masker.ts'
import { StepFailure, type ConnectionDoc } from '../adaptor.ts'
import type { TlsIdentity } from './agents.ts'
import { encodeBasic, readUserInfo } from './basic.ts'
import { withBodyParameter } from './body-parameter.ts'
import { listConnectionSecrets } from './connection-secrets.ts'
import type { HttpRequest } from './message.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import { renderText, type Context, type Text } from './request-texts.ts'

/** Takes the secrets of the connection out of a text, should an answer have repeated them, and tells whether there are any in it. */
export interface Credentials extends Masker {
  /** Absolute, without a slash at its end, normalised, without user info. */
  readonly baseURI: string
  readonly origin: string
  /** What templates see as `connection`. */
  readonly context: Context
  /** The same for requests that go to another origin: with masks in place of secrets. */
  hidden(): Context
  /** What the connection adds, as templates: they are rendered with each request, since some hold its time. */
  readonly texts: readonly Text[]
  /** Headers of the connection, their names in lower case, from its texts as they were rendered. */
  headers(rendered: readonly string[]): Record<string, string>
  /** The request with what belongs into its URL, its body and its socket. */
  complete(request: HttpRequest, rendered: readonly string[]): HttpRequest
  /** A URL without the token that `complete` puts into it, fit to be stored. */
  plainURL(url: string): string
}

type Http = NonNullable<ConnectionDoc['http']>
type Auth = NonNullable<Http['auth']>

interface Additions {
  readonly header?: Addition
  readonly query?: Addition
  readonly body?: Addition
}

/** `ahead` stands before what the template makes. */
interface Addition {
  readonly name: string
  readonly template: string
  readonly ahead?: string
}

export async function readCredentials(connection: ConnectionDoc, evaluate: Evaluate): Promise<Credentials> {
  const { http } = connection
  if (!http)
    throw new StepFailure({
      source: 'connection',
      code: 'connection_type_unsupported',
      message: 'The connection is not an HTTP connection.',
    })
  const context: Context = { connection: { ...connection, http: { ...http, encrypted: openEncrypted(http.encrypted) } } }
  const base = parseBase(await renderText(evaluate, http.baseURI ?? '', context))
  const additions = buildAdditions(http.auth, base)
  const headers = (http.headers ?? []).map(({ name, value }): Addition => ({ name: (name ?? '').toLowerCase(), template: value ?? '' }))
  if (additions.header) headers.unshift(additions.header)
  const parameter = additions.query ?? additions.body
  const all = parameter ? [...headers, parameter] : headers
  const tls = readTls(connection, http)
  const leavesProof = http.auth?.skipFollowAuthorizationHeader === true
  const plain = !tls && !additions.query && !additions.body && !leavesProof
  const masker = createMasker(listConnectionSecrets(connection))
  return {
    baseURI: withoutSlash(base.href),
    origin: base.origin,
    context,
    hidden: () => maskValue(context, masker) as Context,
    texts: all.map(({ template }): Text => ({ template, escaping: 'raw', sees: 'connection' })),
    headers: (rendered) => Object.fromEntries(headers.map(({ name, ahead = '' }, i) => [name, ahead + (rendered[i] ?? '')])),
    complete: (request, rendered) => {
      if (plain) return request
      const completed = withAdditions(request, additions, tls, rendered[headers.length] ?? '')
      return leavesProof ? { ...completed, leavesProof } : completed
    },
    plainURL: (url) => (additions.query ? withoutParameter(url, additions.query.name) : url),
    ...masker,
  }
}

/** However deep: bodies are bounded in depth when they come in. */
const maskValue = (value: unknown, masker: Masker): unknown =>
  typeof value === 'string'
    ? masker.holds(value)
      ? mask
      : value
    : Array.isArray(value)
      ? value.map((each) => maskValue(each, masker))
      : isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskValue(each, masker)]))
        : value

/** Secrets that were sent as the text of an object. */
function openEncrypted(encrypted: unknown): unknown {
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

function parseBase(baseURI: string): Base {
  const url = URL.parse(baseURI)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new StepFailure({
      source: 'connection',
      code: 'invalid_base_uri',
      message: 'The base URI of the connection is not an absolute http or https URL.',
    })
  }
  const basic = readUserInfo(url)?.basic
  url.username = url.password = ''
  return { href: url.href, origin: url.origin, basic }
}

function withoutSlash(href: string): string {
  let end = href.length
  while (href[end - 1] === '/') end--
  return href.slice(0, end)
}

function buildAdditions(auth: Auth | undefined, base: Base): Additions {
  const type = auth?.type
  if (type === undefined || type === 'custom')
    return base.basic === undefined ? {} : { header: { name: 'authorization', template: '', ahead: base.basic } }
  if (type === 'basic')
    return { header: { name: 'authorization', template: '', ahead: encodeBasic(auth?.basic?.username ?? '', auth?.basic?.password ?? '') } }
  if (type === 'token') return tokenAdditions(auth?.token ?? {})
  // An OAuth connection that already holds its access token needs nothing more than a token connection.
  if (type === 'oauth' && auth?.token?.token) return tokenAdditions(auth.token)
  throw new StepFailure({
    source: 'connection',
    code: 'auth_type_unsupported',
    message: `Connections with ${type} authorization are not supported yet; basic, token and custom are.`,
  })
}

function tokenAdditions(token: NonNullable<Auth['token']>): Additions {
  const template = token.token ?? ''
  if (token.location === 'url') return { query: { name: token.paramName ?? 'access_token', template } }
  // Without a name for it, the token gets into the body by the template that asks for it.
  if (token.location === 'body') return token.paramName === undefined ? {} : { body: { name: token.paramName, template } }
  const scheme = (token.scheme ?? 'Bearer').trim()
  const name = (token.headerName ?? 'Authorization').toLowerCase()
  return { header: { name, template, ...(scheme !== '' && scheme !== 'Custom' && { ahead: `${scheme} ` }) } }
}

function withAdditions(request: HttpRequest, { query, body }: Additions, tls: TlsIdentity | undefined, value: string): HttpRequest {
  const completed = tls ? { ...request, tls } : request
  if (query) {
    const url = new URL(completed.url)
    url.searchParams.set(query.name, value)
    return { ...completed, url: url.href }
  }
  return body ? withBodyParameter(completed, body.name, value) : completed
}

function withoutParameter(href: string, name: string): string {
  const url = new URL(href)
  url.searchParams.delete(name)
  return url.href
}

/** Certificates stand in `http.clientCertificates`, or in `ssl` as with other kinds of connections. */
function readTls({ ssl }: ConnectionDoc, { disableStrictSSL, clientCertificates }: Http): TlsIdentity | undefined {
  if (!disableStrictSSL && !clientCertificates && !ssl) return undefined
  // Field by field: an option that nobody thought of, such as the path of a socket, would lead past the guard.
  const { cert, key, ca, passphrase, pfx } = { ...ssl, ...clientCertificates }
  return {
    ...(disableStrictSSL && { rejectUnauthorized: false }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(ca !== undefined && { ca }),
    ...(passphrase !== undefined && { passphrase }),
    ...(pfx !== undefined && { pfx }),
  }
}
