/**
 * Which requests are sent again: rate limits, overloaded servers, lost connections.
 * A POST is sent again too, also when its connection was lost after the body had left: the engine promises at least once, as integrator.io
 * does. Only a 500 is different: it is mostly the request's own fault, so it is repeated only for methods that may be repeated by design.
 */
import { retrying } from '../around/retry.ts'
import { closeFile, type HttpRequest, type HttpResult, type Send } from './message.ts'

/** Tries in all, the first one included. A rate limit passes by itself, so it is given longer than a fault. */
const triesWhenBusy = 5
const triesWhenFailing = 3
/** However many an import asks for: with the longest waits between them, nine minutes. */
const mostTries = 10

export interface RetryRules {
  readonly skipRetries?: boolean
  /** The header that says when to come back; `Retry-After` unless the connection names another. */
  readonly retryHeader?: string
  /** What else is a rate limit, besides a 429. */
  readonly isRateLimit?: (result: HttpResult) => boolean | Promise<boolean>
  /** Tries of a request that was one too many; 5 by default. */
  readonly mostWhenLimited?: number
  /** Tries where the application refuses or loses the connection, or answers 502, 503 or 504: as while it begins anew. 3 by default, 5 with a 503. */
  readonly mostWhenDown?: number
  /** Tries of one request at the most, whatever it fails with. */
  readonly maxAttempts?: number | undefined
  /** Whether the application answers nothing at the moment: another request was given up for that, and none has been answered since. */
  readonly isSilent?: (request: HttpRequest) => boolean
  /** Milliseconds, for tests. */
  readonly firstWait?: number
}

export function withRetries(send: Send, rules: RetryRules = {}): Send {
  if (rules.skipRetries) return send
  const waitAsked = readWaitAsked(rules)
  return retrying(send, {
    mostTries: (request, result) => triesFor(request, result, rules),
    waitAsked,
    dropped: closeFile,
    ...(rules.firstWait !== undefined && { firstWait: rules.firstWait }),
  })
}

/** How long an answer asks to be left alone, by the header that is looked at. Milliseconds. */
export function readWaitAsked({ retryHeader = 'Retry-After' }: RetryRules): (result: HttpResult) => number | undefined {
  const header = retryHeader.toLowerCase()
  return (result) => (result.kind === 'answer' ? retryAfter(result.headers[header], Date.now()) : undefined)
}

const failing = new Set([408, 502, 504])
/** What an application that begins anew answers, and how it is when it does not. */
const down = new Set([502, 503, 504])
const downCodes: ReadonlySet<string> = new Set(['connection_refused', 'connection_reset', 'connection_failed'])
const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/** How often this request may be tried at most, as its latest result has it. */
function triesFor(request: HttpRequest, result: HttpResult, rules: RetryRules): number | Promise<number> {
  const isLimited = rules.isRateLimit?.(result) ?? false
  const tries = (limited: boolean): number => {
    const usual = limited ? (rules.mostWhenLimited ?? triesWhenBusy) : triesByAnswer(request, result, rules)
    return usual === 1 || rules.maxAttempts === undefined ? usual : Math.min(rules.maxAttempts, mostTries)
  }
  return typeof isLimited === 'boolean' ? tries(isLimited) : isLimited.then(tries)
}

function triesByAnswer(request: HttpRequest, result: HttpResult, rules: RetryRules): number {
  if (result.kind === 'unreachable') {
    const isInVain = result.code === 'timeout' && (rules.isSilent?.(request) ?? false)
    if (!result.passing || isInVain) return 1
    return (downCodes.has(result.code) ? rules.mostWhenDown : undefined) ?? triesWhenFailing
  }
  const { statusCode } = result
  if (statusCode < 400) return 1
  if (statusCode === 429) return rules.mostWhenLimited ?? triesWhenBusy
  if (rules.mostWhenDown !== undefined && down.has(statusCode)) return rules.mostWhenDown
  if (statusCode === 503) return triesWhenBusy
  if (failing.has(statusCode) || (statusCode === 500 && repeatable.has(request.method))) return triesWhenFailing
  return 1
}

/** A number from here on is no count of seconds but a moment, as some applications say it: in seconds or milliseconds since 1970. */
const epochSeconds = 1_000_000_000
const epochMilliseconds = 1_000_000_000_000
/** A date of HTTP begins with the day of its week, one of ISO 8601 with its year. What else `Date` takes for a date is not meant as one. */
const isDate = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d\d-\d\d)/i

/** Milliseconds from now that a `Retry-After` asks for, in seconds or as a date; undefined where it says neither. */
export function retryAfter(value: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim()
  if (!text) return undefined
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text)
    if (number >= epochSeconds) return Math.max(0, (number >= epochMilliseconds ? number : number * 1000) - now)
    return Math.ceil(number * 1000)
  }
  const date = isDate.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
