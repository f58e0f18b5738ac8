/**
 * The one way out: sends an HTTP request and answers what came back, or why nothing did. Bounded in time, size and addresses.
 * It neither retries nor knows of connections and credentials: that is wrapped around it (`around/retry.ts` by the rules of may-retry.ts, `around/slots.ts`, auth/).
 */
import type { lookup as systemLookup } from 'node:dns'
import { currentTracer, traced } from '../../domain/observability/tracing.ts'
import { createAgents, type Agents } from './agents.ts'
import { DiskFull, toAnswerFile, tooLarge } from './answer-file.ts'
import { decode } from './decode.ts'
import { toUnreachable, formatOrigin, unanswered, unreachable, type Unreachable } from './failure.ts'
import { gather, type Answered, type Gathered } from './exchange.ts'
import type { PrivateNetwork } from './address-guard.ts'
import type { HttpRequest, HttpResult, Send } from './message.ts'
import { createPlaces, type Places } from './places.ts'
import { followRedirects } from './redirects.ts'
import { toMissing, UnreadableBody } from './streamed-body.ts'

export interface HttpClient {
  readonly send: Send
  close(): Promise<void>
}

/** Time for one exchange unless the request says otherwise, and the most it may say. Milliseconds. */
const defaultTimeout = 60_000
const maxTimeout = 600_000
/** Largest body, compressed or not, in bytes: what is answered to one record is no larger than a page. */
const maxBody = 5 * 1024 * 1024
/** The most that a request may say: ten pages. */
export const largestBody = 10 * maxBody
/** Of a file, whether it is sent or answered: as much as the largest stores take in one request. Bytes. */
export const largestHttpFile = 5 * 1024 * 1024 * 1024
/** An answer of more bytes than this is read, and decompressed, while no more than so many others are: 200 MB at the most, whatever is answered to whom. */
const smallBody = 1024 * 1024
const largeAtOnce = 4
/** How long a large answer waits for those before it. Milliseconds. */
const placeMs = 300_000

interface Options {
  readonly privateNetwork: PrivateNetwork
  /** The resolver, for tests that need a name to resolve to something. */
  readonly lookup?: typeof systemLookup
}

export function createHttpClient({ privateNetwork, lookup }: Options): HttpClient {
  const agents = createAgents(privateNetwork, lookup)
  const places = createPlaces(largeAtOnce)
  return { send: followRedirects((request, signal) => tracedExchange(agents, places, request, signal)), close: () => agents.close() }
}

/** Without the address but its host: the rest may hold a key. The request tells the application which span it belongs to. */
function tracedExchange(agents: Agents, places: Places, request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
  const names = () => ({ 'http.request.method': request.method, ...serverOf(request.url) })
  return traced(request.method, 'client', names, () => exchange(agents, places, addTraceHeaders(request), signal), describeResult)
}

function serverOf(url: string): { readonly 'server.address'?: string; readonly 'server.port'?: number } {
  const { hostname, port, protocol } = URL.parse(url) ?? {}
  return hostname ? { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) } : {}
}

/** A header that the user has set stays. */
function addTraceHeaders(request: HttpRequest): HttpRequest {
  const tracer = currentTracer()
  return tracer ? { ...request, headers: { ...tracer.headers(), ...request.headers } } : request
}

const describeResult = (result: HttpResult) =>
  result.kind === 'answer' ? { 'http.response.status_code': result.statusCode } : { failed: result.code }

async function exchange(agents: Agents, places: Places, request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
  signal.throwIfAborted()
  const url = URL.parse(request.url)
  if (!url) return unreachable('invalid_url', 'The URL of the request is not valid.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return unreachable('invalid_url', `Only http: and https: can be called, not ${url.protocol}`)
  const timeout = Math.min(request.timeout ?? defaultTimeout, maxTimeout)
  const most = Math.min(request.maxBody ?? maxBody, largestBody)
  const maxFile = request.maxFile
  let gathered: Gathered
  try {
    gathered = await gather(agents.for(request.tls), url, request, { signal, timeout, maxBody: most, small: smallBody, places, placeMs })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof DiskFull) return diskFull(url)
    return error instanceof UnreadableBody ? toMissing(error.cause) : toUnreachable(error, url, request.method)
  }
  if (gathered === 'large file') return unreachable('response_too_large', tooLarge(formatOrigin(url), maxFile ?? most))
  if (typeof gathered === 'string') return unanswered(gathered, url, request.method, timeout, most)
  const { statusCode, headers } = gathered
  const encoding = request.asItCame ? undefined : headers['content-encoding']
  const small = maxFile === undefined || statusCode >= 300 || gathered.file ? undefined : await decode(gathered.body, encoding, smallBody)
  if (maxFile !== undefined && (gathered.file || small === 'large'))
    return {
      kind: 'answer',
      statusCode,
      headers,
      body: Buffer.alloc(0),
      file: toAnswerFile(gathered.file ?? inMemory(gathered.body), encoding, formatOrigin(url), maxFile),
    }
  const body = small ?? (request.asItCame ? gathered.body : await decompressed(gathered, most, places))
  if (body === 'large') return unanswered(body, url, request.method, timeout, most)
  if (body === 'broken') return unreachable('response_invalid', `${formatOrigin(url)} answered a body that cannot be decompressed.`)
  return { kind: 'answer', statusCode, headers, body }
}

const diskFull = (url: URL): Unreachable =>
  unreachable(
    'disk_full',
    `There is no space left for the file that ${formatOrigin(url)} answers, where this server keeps one on its way: the folder for temporary files (TMPDIR) is full, or many large ones come at once.`,
  )

/** What is compressed may become large. */
const inMemory = (body: Buffer) => ({
  bytes: body.length,
  async *read() {
    yield body
  },
  close: async () => undefined,
})

/** What grows large is decompressed once more, in its turn. */
async function decompressed({ body, headers }: Answered, most: number, places: Places): Promise<Buffer | 'large' | 'broken'> {
  const encoding = headers['content-encoding']
  if (encoding === undefined) return body
  const small = await decode(body, encoding, Math.min(smallBody, most))
  if (small !== 'large' || most <= smallBody) return small
  let leave: (() => void) | undefined
  await new Promise<void>((begin) => (leave = places.enter(begin)))
  return decode(body, encoding, most).finally(leave)
}
