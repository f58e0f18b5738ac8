/** A bound in time for work whose steps cannot be counted: a pattern that goes back and forth, a path that crosses itself. Not for work that writes. */
import { createContext, Script } from 'node:vm'

/** Milliseconds for one call. What is meant to work takes less than one. */
const maxRun = 250
/** Least that is left of it. A page of 1,000 records that all run out of time then takes 20 s and not four minutes. */
const minRun = 20
/** Calls that a busy machine kept from the processor are made again, so often at the most. */
const maxCalls = 5

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
    for (let calls = 1; ; calls++) {
      const before = process.threadCpuUsage()
      const done = callWithin(act, allowed)
      if ('value' in done) return done.value
      const { user, system } = process.threadCpuUsage(before)
      if ((user + system) / 1000 < allowed / 2 && calls < maxCalls) continue
      allowed = Math.max(minRun, Math.floor(allowed / 2))
      throw refusal()
    }
  }
}

/** The watchdog looks at the clock, which goes on while a busy machine is at something else. */
function callWithin<T>(act: () => T, timeout: number): { readonly value: T } | { readonly late: true } {
  context.run = act
  try {
    return { value: script.runInContext(context, { timeout }) as T }
  } catch (error) {
    if ((error as { code?: unknown } | undefined)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return { late: true }
  } finally {
    context.run = undefined
  }
}
