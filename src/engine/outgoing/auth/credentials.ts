/** What a connection adds to its requests: credentials and headers of its own, for its own origin and no other. How it proves who asks is said by its kind (kinds.ts). */
import { mask } from '../../../contract/kit.ts'
import { isObject } from '../../../contract/walk.ts'
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { createMasker, type Masker } from '../../../domain/redaction/masker.ts'
import { StepFailure, type ConnectionDoc } from '../../adaptor.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import { readUserInfo } from '../basic.ts'
import { withBodyParameter } from '../body-parameter.ts'
import { listConnectionSecrets } from '../connection-secrets.ts'
import type { HttpRequest, Send } from '../message.ts'
import { renderText, type Context, type Text } from '../request-texts.ts'
import { atAmazon, withAmazonSignature } from './amazon.ts'
import { findKind } from './kinds.ts'
import type { Addition, Additions, Base } from './sign-in.ts'
import { readTls } from './tls.ts'

/** With what credentials are made. */
export interface SignInPorts {
  readonly evaluate: Evaluate
  /** For what is fetched to prove who asks: bounded, and without slots and retries. */
  readonly send: Send
}

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
  /** The headers that the first of these texts make, by their names in lower case. */
  readonly headerNames: readonly string[]
  /** Headers of the connection from its texts as they were rendered. */
  headers(rendered: readonly string[]): Record<string, string>
  /** The request with what belongs into its URL, its body and its socket. */
  complete(request: HttpRequest, rendered: readonly string[]): HttpRequest
  /** A URL without the token that `complete` puts into it, fit to be stored. */
  plainURL(url: string): string
}

export async function readCredentials(connection: ConnectionDoc, { evaluate, send }: SignInPorts): Promise<Credentials> {
  const { http } = connection
  if (!http)
    throw new StepFailure({
      source: 'connection',
      code: 'connection_type_unsupported',
      message: 'The connection is not an HTTP connection.',
    })
  const context: Context = { connection: { ...connection, http: { ...http, encrypted: openEncrypted(http.encrypted) } } }
  const base = parseBase(await renderText(evaluate, http.baseURI ?? '', context))
  const auth = atAmazon(http, http.auth ?? {})
  const render = (template: string): Promise<string> => renderText(evaluate, template, context)
  const { additions = {}, proof: ofKind } = await findKind(auth.type)({ connection, auth, base, render, send, context })
  const proof = withAmazonSignature(http, openEncrypted(http.encrypted), ofKind)
  const headers = (http.headers ?? []).map(({ name, value }): Addition => ({ name: (name ?? '').toLowerCase(), template: value ?? '' }))
  if (additions.header) headers.unshift(additions.header)
  const parameter = additions.query ?? additions.body
  const all = parameter ? [...headers, parameter] : headers
  const tls = readTls(connection, http)
  const leavesProof = auth.skipFollowAuthorizationHeader === true
  const around = { ...(tls && { tls }), ...(leavesProof && { leavesProof }) }
  const plain = Object.keys(around).length === 0 && !parameter && !proof
  const masker = createMasker(listConnectionSecrets(connection))
  return {
    baseURI: withoutSlash(base.href),
    origin: base.origin,
    context,
    hidden: () => maskValue(context, masker) as Context,
    texts: all.map(({ template }): Text => ({ template, escaping: 'raw', sees: 'connection' })),
    headerNames: headers.map(({ name }) => name),
    headers: (rendered) => Object.fromEntries(headers.map(({ name, ahead = '' }, i) => [name, ahead + (rendered[i] ?? '')])),
    complete: (request, rendered) => {
      if (plain) return request
      return { ...withAdditions(request, additions, rendered[headers.length] ?? ''), ...around, ...(proof && { proof: { ...proof } }) }
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

function withAdditions(request: HttpRequest, { query, body }: Additions, value: string): HttpRequest {
  if (query) {
    const url = new URL(request.url)
    url.searchParams.set(query.name, value)
    return { ...request, url: url.href }
  }
  return body ? withBodyParameter(request, body.name, value) : request
}

function withoutParameter(href: string, name: string): string {
  const url = new URL(href)
  url.searchParams.delete(name)
  return url.href
}
