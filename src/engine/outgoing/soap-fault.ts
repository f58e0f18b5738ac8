/** SOAP answers every failure with the status 500. The fault code says which side was wrong: an invalid request stays invalid, and is not retried. */
import type { HttpResult } from './message.ts'

/** Bytes of a fault that are looked at. */
const most = 64 * 1024

/** A 500 whose fault is the sender's counts as a 400; anything else is what it was. */
export function judgeSoapFault(result: HttpResult): HttpResult {
  if (result.kind === 'unreachable' || result.statusCode !== 500 || result.body[0] === 0x7b) return result
  const text = result.body.toString('latin1', 0, most)
  const isFault = /<(?:[\w.-]+:)?Fault[\s>]/.test(text)
  const isSenders = /<(?:faultcode|(?:[\w.-]+:)?Value)(?:\s[^>]*)?>\s*(?:[\w.-]+:)?(?:Client|Sender)\b/.test(text)
  return isFault && isSenders ? { ...result, statusCode: 400, statusSent: 500 } : result
}
