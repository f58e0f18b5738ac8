/** A bound in time for work whose steps cannot be counted: a pattern that goes back and forth, a path that crosses itself. Not for work that writes. */
import { createContext, Script } from 'node:vm'

/** Milliseconds for one call. What is meant to work takes less than one. */
const maxRun = 250
/** Least that is left of it. A page of 1,000 records that all run out of time then takes 20 s and not four minutes. */
const minRun = 20

const context: { run: (() => unknown) | undefined } = { run: undefined }
createContext(context)
const script = new Script('run()')

/**
 * Runs what it is given, and throws `refusal()` where that takes too long; whoever ran out of time has half of it the next time. What is cut off ends
 * where it is, without its `finally`. V8's own watchdog, the only one that reaches into a regular expression: 0.1 to 0.5 ms a call, for its thread.
 */
export function timeLimit(refusal: () => Error): <T>(act: () => T) => T {
  let allowed = maxRun
  return <T>(act: () => T): T => {
    context.run = act
    try {
      return script.runInContext(context, { timeout: allowed }) as T
    } catch (error) {
      if ((error as { code?: unknown } | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      allowed = Math.max(minRun, Math.floor(allowed / 2))
      throw refusal()
    } finally {
      context.run = undefined
    }
  }
}
