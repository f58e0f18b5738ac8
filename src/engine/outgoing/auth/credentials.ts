/** What a connection adds to its requests: credentials and headers of its own, for its own origin and no other. How it proves who asks is said by its kind (kinds.ts). */
import { mask } from '../../../contract/kit.ts'
import { isObject } from '../../../contract/walk.ts'
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { createGrowingMasker, type GrowingMasker } from '../../../domain/redaction/growing-masker.ts'
import type { Masker } from '../../../domain/redaction/masker.ts'
import { isRefused, type Sessions } from '../../../domain/ports/sessions/session.ts'
import { openUnkeptSessions } from '../../../domain/sessions/sessions.ts'
import { StepFailure, type ConnectionDoc } from '../../adaptor.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import { readUserInfo } from '../basic.ts'
import { withBodyParameter } from '../body-parameter.ts'
import { listConnectionSecrets } from '../connection-secrets.ts'
import type { HttpRequest, Send } from '../message.ts'
import { renderText, type Context, type Text } from '../request-texts.ts'
import { atAmazon, withAmazonSignature } from './amazon.ts'
import type { OAuthClient } from '../sessions/oauth-tokens.ts'
import { printOf, withSession } from '../sessions/session-context.ts'
import type { SessionProof } from '../sessions/session-proof.ts'
import type { SignInMeans } from '../sessions/sign-in-request.ts'
import { findKind } from './kinds.ts'
import { oauthClientOf } from './oauth.ts'
import type { Addition, Additions, Base, Http, SignIn, SignInInput } from './sign-in.ts'
import { readTls } from './tls.ts'

/** With what credentials are made. */
export interface SignInPorts {
  readonly evaluate: Evaluate
  /** For what is fetched to prove who asks: bounded, and without slots and retries. */
  readonly send: Send
  /** What was obtained by signing in, where that is kept. */
  readonly sessions?: Sessions | undefined
  /** Told of secrets that are obtained. */
  readonly learn?: ((secrets: readonly string[]) => void) | undefined
  readonly told?: SignInMeans['told']
  /** Ends whatever waits for somebody to sign in. */
  readonly signal?: AbortSignal
}

/** Takes the secrets of the connection out of a text, should an answer have repeated them, and tells whether there are any in it. */
export interface Credentials extends Masker {
  /** What templates see as `connection` once it has signed in; absent where it does not. Undefined where it cannot: the proof of the request says why. */
  readonly obtained?: () => Promise<Context | undefined>
  /** Signs in where nothing else would: the proof of a ping without a request. */
  readonly session?: SessionProof
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

export async function readCredentials(connection: ConnectionDoc, ports: SignInPorts): Promise<Credentials> {
  const { signal = unending } = ports
  const http = connection.http ?? notHttp()
  const masker = createGrowingMasker(listConnectionSecrets(connection))
  const { additions = {}, proof, session, parameter: hiddenParameter, context, base } = await signIn(connection, http, ports, masker)
  const { auth = {} } = http
  const headers = (http.headers ?? []).map(({ name, value }): Addition => ({ name: (name ?? '').toLowerCase(), template: value ?? '' }))
  if (additions.header) headers.unshift(additions.header)
  const parameter = additions.query ?? additions.body
  const all = parameter ? [...headers, parameter] : headers
  const tls = readTls(connection, http)
  const leavesProof = auth.skipFollowAuthorizationHeader === true
  const around = { ...(tls && { tls }), ...(leavesProof && { leavesProof }) }
  const plain = Object.keys(around).length === 0 && !parameter && !proof
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
      // Each request has its own: what it was proved with is known by it.
      return { ...withAdditions(request, additions, rendered[headers.length] ?? ''), ...around, ...(proof && { proof: { ...proof } }) }
    },
    plainURL: (url) => {
      const name = additions.query?.name ?? hiddenParameter
      return name === undefined ? url : withoutParameter(url, name)
    },
    ...(session && {
      session,
      obtained: async () => {
        const kept = await session.session(signal)
        return isRefused(kept) ? undefined : withSession(context, kept.session)
      },
    }),
    ...masker,
  }
}

const unending = new AbortController().signal

/** A connection as its sign-in sees it. */
async function readSurroundings(
  connection: ConnectionDoc,
  http: Http,
  { evaluate, send, told }: SignInPorts,
  masker: GrowingMasker,
): Promise<Pick<SignInInput, 'connection' | 'auth' | 'base' | 'context' | 'means'>> {
  const { iClient, ...own } = connection
  const seen = iClient?.enableIClientReferences ? { iClient } : {}
  const context: Context = { connection: { ...own, ...seen, http: { ...http, encrypted: openEncrypted(http.encrypted) } } }
  const base = parseBase(await renderText(evaluate, http.baseURI ?? '', context))
  const means = { evaluate, send, tls: readTls(connection, http), redact: masker.redact, told }
  const auth = atAmazon(http, http.auth ?? {})
  return { connection: { ...connection, http: { ...http, auth } }, auth, base, context, means }
}

async function signIn(
  connection: ConnectionDoc,
  http: Http,
  ports: SignInPorts,
  masker: GrowingMasker,
): Promise<SignIn & { readonly context: Context; readonly base: Base }> {
  const { evaluate, send, sessions = openUnkeptSessions(), learn } = ports
  const surroundings = await readSurroundings(connection, http, ports, masker)
  const { auth, base, context } = surroundings
  const signedIn = await findKind(auth.type)({
    ...surroundings,
    render: (template) => renderText(evaluate, template, context),
    send,
    sessions: {
      sessions,
      learn(secrets) {
        masker.learn(secrets)
        learn?.(secrets)
      },
    },
  })
  const proof = withAmazonSignature(http, openEncrypted(http.encrypted), signedIn.proof)
  return { ...signedIn, ...(proof && { proof }), context, base }
}

/** For whoever signs a person in, or gives back what was obtained. */
export async function openOAuth(
  connection: ConnectionDoc,
  ports: SignInPorts,
): Promise<{ readonly client: OAuthClient; readonly context: Context; readonly print: string; readonly masker: GrowingMasker }> {
  const masker = createGrowingMasker(listConnectionSecrets(connection))
  const surroundings = await readSurroundings(connection, connection.http ?? notHttp(), ports, masker)
  const { context, base } = surroundings
  return { client: oauthClientOf(surroundings), context, print: printOf(surroundings.connection, base.href), masker }
}

const notHttp = (): never => {
  throw new StepFailure({
    source: 'connection',
    code: 'connection_type_unsupported',
    message: 'The connection is not an HTTP connection.',
  })
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
