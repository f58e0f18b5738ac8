/**
 * The one way out: sends an HTTP request and answers what came back, or why nothing did. Bounded in time, size and addresses.
 * It neither retries nor knows of connections and credentials: that is wrapped around it (`around/retry.ts` by the rules of may-retry.ts, `around/slots.ts`, auth.ts).
 */
import type { lookup as systemLookup } from 'node:dns'
import { createAgents, type Agents } from './agents.ts'
import { decode } from './decode.ts'
import { toUnreachable, formatOrigin, unreachable, type Unreachable } from './failure.ts'
import { gather, type Gathered } from './exchange.ts'
import type { PrivateNetwork } from './address-guard.ts'
import type { HttpRequest, HttpResult, Send } from './message.ts'
import { followRedirects } from './redirects.ts'

export interface HttpClient {
  readonly send: Send
  close(): Promise<void>
}

/** Time for one exchange unless the request says otherwise, and the most it may say. Milliseconds. */
const defaultTimeout = 60_000
const maxTimeout = 300_000
/** Largest body, compressed or not, in bytes: ten pages of 5 MB; more would not fit beside 25 others in one process. */
export const maxBody = 50 * 1024 * 1024

interface Options {
  readonly privateNetwork: PrivateNetwork
  /** The resolver, for tests that need a name to resolve to something. */
  readonly lookup?: typeof systemLookup
}

export function createHttpClient({ privateNetwork, lookup }: Options): HttpClient {
  const agents = createAgents(privateNetwork, lookup)
  return { send: followRedirects((request, signal) => exchange(agents, request, signal)), close: () => agents.close() }
}

async function exchange(agents: Agents, request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
  signal.throwIfAborted()
  const url = URL.parse(request.url)
  if (!url) return unreachable('invalid_url', 'The URL of the request is not valid.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return unreachable('invalid_url', `Only http: and https: can be called, not ${url.protocol}`)
  const timeout = Math.min(request.timeout ?? defaultTimeout, maxTimeout)
  let gathered: Gathered
  try {
    gathered = await gather(agents.for(request.tls), url, request, { signal, timeout, maxBody })
  } catch (error) {
    signal.throwIfAborted()
    return toUnreachable(error, url)
  }
  if (gathered === 'late') return unreachable('timeout', `${formatOrigin(url)} did not answer within ${timeout / 1000} s.`, true)
  if (gathered === 'large') return tooLarge(url)
  const encoding = gathered.headers['content-encoding']
  const body = encoding === undefined ? gathered.body : await decode(gathered.body, encoding, maxBody)
  if (body === 'large') return tooLarge(url)
  if (body === 'broken') return unreachable('response_invalid', `${formatOrigin(url)} answered a body that cannot be decompressed.`)
  return { kind: 'answer', statusCode: gathered.statusCode, headers: gathered.headers, body }
}

const tooLarge = (url: URL): Unreachable =>
  unreachable('response_too_large', `${formatOrigin(url)} answered more than ${maxBody / 1024 / 1024} MB.`)
