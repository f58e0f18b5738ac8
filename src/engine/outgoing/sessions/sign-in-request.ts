/** A request that signs in: within its own bounds, beside those of steps, and told without what it says. */
import type { Evaluate } from '../../evaluation/evaluator.ts'
import type { NoSession } from '../../../domain/ports/sessions/session.ts'
import type { Redact } from '../../../domain/redaction/masker.ts'
import { readJson } from '../../formats/json.ts'
import type { Escaping } from '../../template/template.ts'
import { valueAt } from '../../values/value-at.ts'
import type { TlsIdentity } from '../agents.ts'
import { decodeText } from '../decode.ts'
import { formatOrigin } from '../failure.ts'
import type { HttpAnswer, HttpRequest, Send } from '../message.ts'
import { createRendering, type Context } from '../request-texts.ts'

/** What signing in is done with. */
export interface SignInMeans {
  readonly evaluate: Evaluate
  /** Without slots and retries, and told of nowhere. */
  readonly send: Send
  readonly tls: TlsIdentity | undefined
  readonly redact: Redact
  /** Told what came of each request, without its bodies. */
  readonly told?: ((request: HttpRequest, answer: HttpAnswer | undefined, ms: number, at: number) => void) | undefined
}

/** For one request that signs in. Milliseconds. */
const requestMs = 20_000
/** Of an answer that holds a token. Bytes. */
const maxAnswer = 1024 * 1024

const contentTypes: Readonly<Record<string, string>> = {
  json: 'application/json',
  urlencoded: 'application/x-www-form-urlencoded',
  xml: 'application/xml',
  plaintext: 'text/plain',
}

/** A request as it is written in a document: templates of what the connection says. */
export interface WrittenRequest {
  readonly method: string
  readonly uri: string
  readonly headers: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[]
  readonly body: string | undefined
  /** What the body is written as; integrator.io's words for it. */
  readonly mediaType: string
}

export async function renderRequest(
  { method, uri, headers, body, mediaType }: WrittenRequest,
  context: Context,
  { evaluate }: Pick<SignInMeans, 'evaluate'>,
): Promise<HttpRequest> {
  const named = headers.map(({ name, value }) => [(name ?? '').toLowerCase(), value ?? ''] as const).filter(([name]) => name !== '')
  const rendering = createRendering(evaluate, {
    texts: [
      { template: uri, escaping: /^\s*\{\{[^{}]+\}\}\s*$/.test(uri) ? 'raw' : 'uri', sees: 'context' },
      { template: body ?? '', escaping: escapingOf(body ?? '', mediaType), sees: 'context' },
      ...named.map(([, template]) => ({ template, escaping: 'raw', sees: 'context' }) as const),
    ],
    shared: context,
  })
  const [url, content, ...values] = (await rendering.render({})).map((text) => text ?? '')
  const isBodyless = body === undefined || body === '' || method === 'GET'
  return {
    method,
    url: url ?? '',
    headers: {
      accept: 'application/json, */*;q=0.5',
      'user-agent': 'Sluice',
      ...(!isBodyless && { 'content-type': contentTypes[mediaType] ?? 'text/plain' }),
      ...Object.fromEntries(named.map(([name], i) => [name, values[i] ?? ''])),
    },
    ...(!isBodyless && { body: mediaType === 'urlencoded' ? formOf(content ?? '') : (content ?? '') }),
  }
}

function escapingOf(body: string, mediaType: string): Escaping {
  if (mediaType === 'urlencoded') return /^\s*\{(?!\{)/.test(body) ? 'json' : 'uri'
  return mediaType === 'json' || mediaType === 'xml' ? mediaType : 'raw'
}

/** Fields of a form may be given as a JSON object. */
function formOf(body: string): string {
  if (!body.trimStart().startsWith('{')) return body
  try {
    const fields = Object.entries(JSON.parse(body) as object).filter(([, value]) => value !== null)
    const texts = fields.map(([name, value]): [string, string] => [name, typeof value === 'string' ? value : JSON.stringify(value)])
    return new URLSearchParams(texts).toString()
  } catch {
    return body
  }
}

/** The answer, or why there is none. What answers that it is at fault itself may answer otherwise later. */
export async function askToSignIn(request: HttpRequest, { send, tls, redact, told }: SignInMeans): Promise<HttpAnswer | NoSession> {
  const at = Date.now()
  const begun = performance.now()
  const bounded = { timeout: requestMs, maxBody: maxAnswer, secretBody: true, ...(tls && { tls }), ...request }
  const result = await send(bounded, AbortSignal.timeout(2 * requestMs)).catch((error: unknown) => {
    if ((error as Error).name !== 'TimeoutError') throw error
    return { kind: 'unreachable', message: `${formatOrigin(request.url)} did not answer in time.`, passing: true } as const
  })
  told?.(request, result.kind === 'answer' ? result : undefined, performance.now() - begun, at)
  if (result.kind === 'unreachable') return { refused: redact(result.message), isFinal: !result.passing }
  const { statusCode } = result
  if (statusCode < 500 && statusCode !== 429 && statusCode !== 408) return result
  return { refused: `${formatOrigin(request.url)} answered ${statusCode}.`, isFinal: false }
}

/** What an answer says at a path; undefined where it says nothing. */
export type SaidAt = (path: string) => unknown

/** Characters of an answer that are shown. */
const maxShown = 200

/** Reads paths of JSON or XML in an answer. */
export async function readSignInAnswer(
  answer: HttpAnswer,
  from: string,
  mediaType: 'json' | 'xml' | undefined,
  paths: readonly string[],
  { evaluate, redact }: Pick<SignInMeans, 'evaluate' | 'redact'>,
): Promise<SaidAt | NoSession> {
  const contentType = String(answer.headers['content-type'] ?? '')
  const { text } = decodeText(answer.body, contentType)
  if (mediaType === 'xml' || (mediaType === undefined && /\bxml\b/i.test(contentType) && !/html/i.test(contentType))) {
    const evaluated = await evaluate({ kind: 'xml', source: 'application' }).one({ text, paths: [...paths] })
    const read = 'stopped' in evaluated ? evaluated.stopped : evaluated.value
    if ('message' in read) return { refused: redact(read.message, maxShown), isFinal: true }
    return (path) => read.whole[path]
  }
  const json = await readJson(text)
  if ('value' in json) return (path) => valueAt(json.value, path)
  // As some token servers of old do.
  if (/urlencoded/i.test(contentType) || /^[\w.-]+=[^\s<>&]*(?:&[\w.-]+=[^\s<>&]*)*$/.test(text.trim())) {
    const fields = Object.fromEntries(new URLSearchParams(text.trim()))
    return (path) => valueAt(fields, path)
  }
  const type = contentType.split(';')[0] || 'something of no stated type'
  return {
    refused: `${formatOrigin(from)} answered ${answer.statusCode} with ${type}, and not with JSON. Look whether the address is right.`,
    isFinal: true,
  }
}

/** What OAuth servers say of an error, as far as it can be shown. */
export function describeAnswer(answer: HttpAnswer, from: string, said: SaidAt | undefined, redact: Redact): string {
  const words = ['error', 'error_description', 'error.message', 'message'].flatMap((path) => {
    const value = said?.(path)
    return typeof value === 'string' && value !== '' ? redact(value, maxShown) : []
  })
  const told = [...new Set(words)]
  return `${formatOrigin(from)} answered ${answer.statusCode}${told.length > 0 ? `: ${told.join(', ')}` : ''}.`
}

/** When what was obtained now ends, as the answer has it in seconds. */
export function endOf(expiresIn: unknown, now: number): number | undefined {
  const seconds = typeof expiresIn === 'string' ? Number.parseFloat(expiresIn) : expiresIn
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? now + seconds * 1000 : undefined
}
