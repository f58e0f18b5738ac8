/** Tries again what may well succeed in a moment, whatever it is tried on. Bounded in tries and in waiting. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Attempt } from './attempt.ts'

/** Milliseconds. Waits double from the first one on; who is asked for more than the longest takes it at its word, and gives up. */
const firstWait = 500
export const maxWait = 60_000

export interface RetryRules<Request, Result> {
  /** How often this request may be tried at most, as its latest result has it; the first try counts. */
  mostTries(request: Request, result: Result): number | Promise<number>
  /** Milliseconds that the result asks to wait. */
  waitAsked?(result: Result): number | undefined
  /** Told of a result that is not given back: it is tried again. */
  dropped?(result: Result): Promise<void>
  /** Milliseconds, for tests. */
  readonly firstWait?: number
}

export function retrying<Q, R>(attempt: Attempt<Q, R>, rules: RetryRules<Q, R>): Attempt<Q, R> {
  return async (request, signal) => {
    for (let tries = 1; ; tries++) {
      const result = await attempt(request, signal)
      const most = rules.mostTries(request, result)
      if (tries >= (typeof most === 'number' ? most : await most)) return result
      const asked = rules.waitAsked?.(result)
      if (asked !== undefined && asked > maxWait) return result
      await rules.dropped?.(result)
      const first = rules.firstWait ?? firstWait
      // Who asks for hardly any wait, and does not answer after it either, is not asked again and again at once.
      const wait = asked !== undefined && asked >= first ? asked : backOff(tries, first)
      await pause(wait, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

/** Doubles from try to try; between half and the whole of it, so that records which failed together do not come back together. */
const backOff = (tries: number, first: number): number => Math.min(first * 2 ** (tries - 1), maxWait) * (0.5 + Math.random() / 2)
