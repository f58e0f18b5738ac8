/** A request and its answer as they may be shown: without secrets, and no longer than is useful. What a connection holds is masked wherever it stands, and what a name calls a secret besides. */
import { mask } from '../../contract/kit.ts'
import { isSecretName, maskNamed } from '../../domain/redaction/named-secrets.ts'
import { maskTokens } from '../../domain/mask-tokens.ts'
import { parseBounded } from '../../domain/limits/parse-json.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { Exchange } from '../exchange.ts'
import { decodeText } from '../outgoing/decode.ts'

/** Characters of a body that are shown, of one header, and of an address. */
const longest = { body: 64 * 1024, header: 2000, address: 4000 } as const
/** Headers of a message that are shown: servers send dozens, and undici takes no more than 16 KB of them. */
const mostHeaders = 100

export interface ToldExchange {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: unknown
  }
  /** Absent where no answer came, or nothing was sent. */
  readonly response?: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body?: unknown }
  /** Why no answer came. */
  readonly error?: { readonly code: string; readonly message: string }
}

/** Without the secrets that `redact` knows, and those that are called so. The first `most` characters of it. */
export const maskText = (text: string, redact: Redact, most: number): string => maskNamed(redact(maskTokens(text), most))

/** `mostBody` where a body is to be shorter, in characters. */
export function tellExchange({ request, result }: Exchange, redact: Redact, mostBody: number = longest.body): ToldExchange {
  const sentAs = request.headers['content-type']
  const body = request.content ? tellSize(request.content.bytes, sentAs) : tellBody(request.body, sentAs, redact, mostBody)
  const asked = {
    method: request.method,
    url: maskAddress(request.url, redact),
    headers: maskHeaders(request.headers, redact),
    ...(body !== undefined && { body }),
  }
  if (!result) return { request: asked }
  if (result.kind === 'unreachable') {
    const { code, message } = result
    return { request: asked, error: { code, message: maskText(message, redact, longest.header) } }
  }
  const answeredAs = result.headers['content-type']
  const answered = result.file ? tellSize(result.file.bytes, answeredAs) : tellBody(result.body, answeredAs, redact, mostBody)
  return {
    request: asked,
    response: {
      status: result.statusSent ?? result.statusCode,
      headers: maskHeaders(result.headers, redact),
      ...(answered !== undefined && { body: answered }),
    },
  }
}

/** User info is a proof, and is gone before a request is made; an address that an application named may have some. */
function maskAddress(url: string, redact: Redact): string {
  const parsed = URL.parse(url)
  if (parsed && (parsed.username || parsed.password)) parsed.username = parsed.password = ''
  return maskText(parsed?.href ?? url, redact, longest.address)
}

function maskHeaders(headers: Readonly<Record<string, string | string[] | undefined>>, redact: Redact): Record<string, string> {
  const told = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]))
  return Object.fromEntries(
    told
      .slice(0, mostHeaders)
      .map(([name, value]) => [
        maskText(name, redact, longest.header),
        isSecretName(name) ? mask : maskText(value, redact, longest.header),
      ]),
  )
}

const tellSize = (bytes: number, contentType: string | string[] | undefined): string =>
  `(${bytes} bytes of ${String(contentType ?? 'an unknown type')})`

/** JSON as what it says, other text as it is, anything else by its size. Undefined where there is none. */
function tellBody(body: string | Buffer | undefined, contentType: string | string[] | undefined, redact: Redact, most: number): unknown {
  if (body === undefined || body.length === 0) return undefined
  if (typeof body !== 'string' && isBinary(body)) return tellSize(body.length, contentType)
  // What is beyond the cut is looked at as well: a secret across it is masked whole.
  const text = typeof body === 'string' ? body : decodeText(body.subarray(0, most * 2), contentType).text
  const masked = maskText(text, redact, most)
  return /^\s*[[{]/.test(masked) ? tellValue(masked) : masked
}

/** Text has no NUL, and no character that its encoding does not know. A glance at its beginning tells. */
function isBinary(body: Buffer): boolean {
  const head = body.subarray(0, 1024)
  return head.includes(0) || (head.toString('utf8').match(/\uFFFD/g)?.length ?? 0) > 8
}

/** The value, where the text is JSON and has all its parts; else the text. */
export function tellValue(text: string): unknown {
  try {
    return parseBounded(text)
  } catch {
    return text
  }
}
