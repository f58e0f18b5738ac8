/** Waits for something no longer than a signal allows. */

/** Rejects with the signal's reason when that comes first. What is waited for goes on, and how it ends is nobody's business any more. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: given, resolve, reject } = Promise.withResolvers<T>()
  const abort = (): void => reject(signal.reason as Error)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  promise.then(resolve, reject)
  return given.finally(() => signal.removeEventListener('abort', abort))
}
