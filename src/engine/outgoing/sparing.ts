/** What a step spares an application: requests that it has asked not to be sent for a while, and further tries while it answers nothing. */
import { maxWait } from '../around/retry.ts'
import { formatOrigin, unreachable, type Unreachable } from './failure.ts'
import type { HttpRequest, HttpResult } from './message.ts'

/** However long an application asks to be left alone. Milliseconds. */
export const longestRest = 24 * 60 * 60 * 1000

export interface Sparing {
  /** Sends nothing while the application has asked for that, and hears what becomes of each request after all its tries. */
  around(send: (request: HttpRequest) => Promise<HttpResult>): (request: HttpRequest) => Promise<HttpResult>
  /** Whether a request was given up because no answer came in time, and none has come to any other since: the next one is tried once. */
  isSilent(url: string): boolean
}

/** By origin: a step may name other addresses than that of its connection. */
export function createSparing(): Sparing {
  const backAt = new Map<string, number>()
  const silent = new Set<string>()
  const refuse = (origin: string): Unreachable | undefined => {
    const until = backAt.get(origin)
    if (until === undefined || until <= Date.now()) return undefined
    const message = `${origin} was not asked: it has asked not to be until ${new Date(until).toISOString()}. Send again after that what failed.`
    return { ...unreachable('left_alone', message), backAt: until }
  }
  const hear = (origin: string, result: HttpResult): void => {
    if (result.kind === 'answer') silent.delete(origin)
    else if (result.code === 'timeout') silent.add(origin)
    if (result.backAt !== undefined && result.backAt > Date.now() + maxWait) backAt.set(origin, result.backAt)
  }
  return {
    around: (send) => async (request) => {
      const origin = formatOrigin(request.url)
      const refused = refuse(origin)
      if (refused) return refused
      const result = await send(request)
      hear(origin, result)
      return result
    },
    isSilent: (url) => silent.has(formatOrigin(url)),
  }
}
