/** Who is told when a signal is aborted: an event target goes over all its listeners whenever one comes or goes, and a run has hundreds of requests at once. */
type Listener = () => void

const listenersOf = new WeakMap<AbortSignal, Set<Listener>>()

export function onAbort(signal: AbortSignal, listener: Listener): void {
  const known = listenersOf.get(signal)
  if (known) {
    known.add(listener)
    return
  }
  const listeners = new Set([listener])
  listenersOf.set(signal, listeners)
  signal.addEventListener(
    'abort',
    () => {
      for (const each of listeners) each()
    },
    { once: true },
  )
}

export const offAbort = (signal: AbortSignal, listener: Listener): void => void listenersOf.get(signal)?.delete(listener)
