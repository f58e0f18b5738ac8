/** Why a request got no answer, in words for the owner of the flow. No message holds a path, a query or user info: credentials travel there. */

/** A request without an answer. An expected thing, so a value and not a throw. */
export interface Unreachable {
  readonly kind: 'unreachable'
  readonly code: UnreachableCode
  readonly message: string
  /** Whether the same request may well succeed in a moment. */
  readonly passing: boolean
  /** When the application can be asked again, where it has said so. Milliseconds since 1970. */
  readonly backAt?: number
}

export type UnreachableCode =
  | 'address_refused'
  | 'authorization_needed'
  | 'blob_missing'
  | 'connection_failed'
  | 'connection_refused'
  | 'connection_reset'
  | 'disk_full'
  | 'host_not_found'
  | 'invalid_request'
  | 'invalid_url'
  | 'left_alone'
  | 'redirect_refused'
  | 'request_too_large'
  | 'response_invalid'
  | 'response_too_large'
  | 'sign_in_failed'
  | 'sign_in_refused'
  | 'sign_in_unavailable'
  | 'timeout'
  | 'tls_failed'

/** The part of a URL that is safe to show. */
export function formatOrigin(url: string | URL): string {
  try {
    return new URL(url).origin
  } catch {
    return 'the address'
  }
}

export const unreachable = (code: UnreachableCode, message: string, passing = false): Unreachable => ({
  kind: 'unreachable',
  code,
  message,
  passing,
})

/** For a file that is sent or answered, however much of it is moving. Milliseconds. */
export const longestTransferMs = 3_600_000

const reading = new Set(['GET', 'HEAD'])

/** What to do where no answer came to a request that had been sent. */
const afterLoss = (method: string): string =>
  reading.has(method)
    ? 'Run the flow again when the application answers; its own log says why it did not.'
    : 'It may have done what it was asked: look there before you send it again.'

/** Why an exchange came to no answer that can be used. */
export function unanswered(
  why: 'late' | 'large' | 'cut' | 'crowded' | 'slow',
  url: URL,
  method: string,
  timeoutMs: number,
  maxBody: number,
): Unreachable {
  const host = formatOrigin(url)
  if (why === 'late') return unreachable('timeout', `${host} did not answer within ${timeoutMs / 1000} s. ${afterLoss(method)}`, true)
  if (why === 'cut')
    return unreachable('connection_reset', `${host} closed the connection in the middle of its answer. ${afterLoss(method)}`, true)
  if (why === 'crowded') return unreachable('timeout', `${host} was not read to its end: too many large answers came at once.`, true)
  if (why === 'slow')
    return unreachable(
      'timeout',
      `${host} took more than ${longestTransferMs / 3_600_000} hour over a file, and was not waited for any longer.`,
    )
  const advice = 'Ask it for less in one answer: a smaller page, or fewer fields.'
  return unreachable('response_too_large', `${host} answered more than ${maxBody / 1024 / 1024} MB. ${advice}`)
}

/** What ends with `loss` was sent, and may have been done. */
type Words = readonly [code: UnreachableCode, end: string, passing: boolean, loss?: 'loss']

const reset: Words = ['connection_reset', 'closed the connection before it answered', true, 'loss']
const late: Words = ['timeout', 'did not answer in time', true, 'loss']
const known: Readonly<Record<string, Words>> = {
  ENOTFOUND: ['host_not_found', 'was not found (DNS)', true],
  EAI_AGAIN: ['host_not_found', 'could not be looked up (DNS)', true],
  ECONNREFUSED: ['connection_refused', 'refused the connection', true],
  ECONNRESET: reset,
  EPIPE: reset,
  UND_ERR_SOCKET: reset,
  UND_ERR_CLOSED: reset,
  UND_ERR_DESTROYED: reset,
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'did not accept the connection in time', true],
  ETIMEDOUT: ['timeout', 'did not accept the connection in time', true],
  UND_ERR_HEADERS_TIMEOUT: late,
  UND_ERR_BODY_TIMEOUT: ['timeout', 'stopped sending in the middle of its answer', true, 'loss'],
  EHOSTUNREACH: ['connection_failed', 'cannot be reached from here', true],
  ENETUNREACH: ['connection_failed', 'cannot be reached from here', true],
  UND_ERR_HEADERS_OVERFLOW: ['response_too_large', 'answered with headers larger than 16 KB', false],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['response_invalid', 'answered with another length than it announced', true],
  UND_ERR_INVALID_ARG: ['invalid_request', 'was not asked: a header, the method or the path of the request is not valid', false],
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: ['invalid_request', 'was not asked: the content-length header does not fit the body', false],
}

/** What OpenSSL means, and what to do. */
const tlsWords: readonly (readonly [codes: RegExp, words: string])[] = [
  [/ALTNAME/, 'its certificate is for another name'],
  [/EXPIRED/, 'its certificate has expired'],
  [/NOT_YET/, 'its certificate is not valid yet'],
  [/ALERT_(?:CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/, 'it wants to be shown a certificate, and gets none that it takes'],
  [
    /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE)/,
    'it does not accept the certificate of the connection',
  ],
  [/KEY_VALUES_MISMATCH/, 'the private key of the connection does not belong to its certificate'],
  [
    /SELF_SIGNED|UNABLE_TO/,
    'its certificate is of an authority that is not known here; if that is one of its own, give it in the ca of the connection',
  ],
]

/** What a thrown error of undici, the sockets or the guard means. */
export const toUnreachable = (error: unknown, url: string | URL, method: string): Unreachable =>
  explainSocketError(error, formatOrigin(url), method)

/** The same of any server; `method` is that of HTTP, and tells whether something may have been done. */
export function explainSocketError(error: unknown, host: string, method: string): Unreachable {
  const code = readErrorCode(error)
  const words = known[code]
  if (words) return unreachable(words[0], `${host} ${words[1]}.${words[3] ? ` ${afterLoss(method)}` : ''}`, words[2])
  if (code === 'address_refused') return unreachable('address_refused', `${host} is not called: its address ${(error as Error).message}.`)
  if (code.startsWith('HPE_') || (error as Error).name === 'HTTPParserError')
    return unreachable('response_invalid', `${host} answered something that is not HTTP.`)
  if (/mac verify failure|bad decrypt/i.test((error as Error).message))
    return unreachable('tls_failed', `No secure connection to ${host}: its passphrase does not open the certificate of the connection.`)
  if (/CERT|TLS|SSL|ERR_OSSL|UNABLE_TO/.test(code)) {
    const [, words = code] = tlsWords.find(([codes]) => codes.test(code)) ?? []
    return unreachable('tls_failed', `No secure connection to ${host}: ${words}.`)
  }
  return unreachable('connection_failed', `${host} could not be reached${code ? ` (${code})` : ''}.`, true)
}

/** The code of an error, or of the first of those that a connection attempt to several addresses gathered. */
function readErrorCode(error: unknown): string {
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown[]; cause?: unknown }
  if (typeof code === 'string') return code
  if (Array.isArray(errors) && errors.length > 0) return readErrorCode(errors[0])
  return cause instanceof Error ? readErrorCode(cause) : ''
}
