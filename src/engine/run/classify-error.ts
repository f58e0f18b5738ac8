/** A rough kind for an error, by which people sort hundreds of them. Read off the code and the message: a guess, and never more than that. */
import type { Failure } from '../adaptor.ts'

const byMessage: readonly (readonly [RegExp, string])[] = [
  [/rate.?limit|too many requests|throttl/i, 'rate_limit'],
  [/duplicate|already exists|unique constraint/i, 'duplicate'],
  [/too (large|long|big)|exceeds? .*(size|length|limit)/i, 'too_large'],
  [/pars(e|ing)|unexpected token|malformed/i, 'parse'],
  [/not found|does not exist|no such|unknown|missing|required/i, 'missing'],
]

export function classifyError({ source, code, message }: Failure): string {
  if (source === 'connection' || code === '401' || code === '403') return 'connection'
  if (code === '429') return 'rate_limit'
  if (code === '413') return 'too_large'
  if (code === '409') return 'duplicate'
  if (/^5\d\d$/.test(code)) return 'intermittent'
  const known = byMessage.find(([pattern]) => pattern.test(message))?.[1]
  if (known) return known
  return code === '404' ? 'missing' : 'value'
}
