/** When a connection that is offline is asked again whether it works. */
import type { World } from '../context.ts'

/** Times that it is asked as often as at first; then the wait doubles from time to time. */
const steady = 6
/** In milliseconds. */
const longestMs = 24 * 3600 * 1000

/** `tries` is how often it was asked in vain. Up to a tenth later than said: those that went offline together do not all come back together. */
export function nextPingAt({ now, pingAfterMs }: Pick<World, 'now' | 'pingAfterMs'>, tries: number): string {
  const wait = Math.min(pingAfterMs * 2 ** Math.max(0, tries - steady + 1), Math.max(longestMs, pingAfterMs))
  return new Date(now().getTime() + wait * (1 + Math.random() / 10)).toISOString()
}
