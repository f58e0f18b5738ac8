/** Asks an iterable for its next value while the present one is being worked on: one ahead, never more. */
export async function* ahead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  const iterator = source[Symbol.asyncIterator]()
  const pull = (): Promise<IteratorResult<T>> => {
    const next = iterator.next()
    // Its failure is met when its turn comes; until then it must not count as unhandled.
    next.catch(() => undefined)
    return next
  }
  try {
    for (let next = pull(); ;) {
      const result = await next
      if (result.done) return
      next = pull()
      yield result.value
    }
  } finally {
    await iterator.return?.()
  }
}
