/** One call of a script within its time: compiled if need be, called, answered. What passes a bound ends the isolate, and with it whatever the script left there. */
import type { Isolates, Script } from './isolates.ts'

export interface Order {
  readonly envId: string
  readonly script: Script
  readonly functionName: string
  readonly each: boolean
  readonly listens: boolean
  readonly runMs: number
}

export type Outcome =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'source-needed' }
  | { readonly kind: 'time' | 'memory' }
  /** The script as a whole cannot be compiled or run. */
  | { readonly kind: 'broken'; readonly message: string; readonly stack: string }

/** Time that runs only while the script does. */
export interface Clock {
  pause(): void
  resume(): void
}

export async function call(
  isolates: Isolates,
  order: Order,
  source: string | undefined,
  options: string,
  onClock: (clock: Clock) => void,
): Promise<Outcome> {
  const { envId, script, functionName, each, listens } = order
  const home = isolates.homeOf(envId)
  let isLate = false
  const clock = countdown(order.runMs, () => {
    isLate = true
    isolates.drop(envId)
  })
  onClock(clock)
  try {
    const loaded = await isolates.load(home, script, source)
    if (!loaded) return { kind: 'source-needed' }
    const args = [functionName, options, each, listens, ...(loaded.find ? [loaded.find.derefInto()] : [])] as never
    const text = (await loaded.door.apply(undefined, args, { result: { promise: true, copy: true } })) as string
    return { kind: 'answer', text }
  } catch (error) {
    if (isLate) return { kind: 'time' }
    if (home.isolate.isDisposed) return { kind: 'memory' }
    const { message, stack } = error as { message?: unknown; stack?: unknown }
    return { kind: 'broken', message: String(message), stack: String(stack) }
  } finally {
    clock.pause()
    if (home.isolate.isDisposed) isolates.drop(envId)
    else isolates.lookAfter(envId, each)
  }
}

function countdown(ms: number, onEnd: () => void): Clock {
  let left = ms
  let since = performance.now()
  let timer: NodeJS.Timeout | undefined = setTimeout(onEnd, left)
  return {
    pause() {
      if (!timer) return
      clearTimeout(timer)
      timer = undefined
      left -= performance.now() - since
    },
    resume() {
      since = performance.now()
      timer ??= setTimeout(onEnd, Math.max(0, left))
    },
  }
}
