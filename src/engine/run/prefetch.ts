/** Fetches the next value of an iterable while the present one is processed: one ahead, never more. Ends early when `leaving` is aborted. */
export async function* prefetchNext<T>(source: AsyncIterable<T>, leaving: AbortSignal): AsyncGenerator<T, void, void> {
  const iterator = source[Symbol.asyncIterator]()
  let giveUp = (): void => undefined
  const onLeave = (): void => giveUp()
  leaving.addEventListener('abort', onLeave, { once: true })
  const pull = (): Promise<IteratorResult<T> | 'left'> => {
    // Not a race against one promise for leaving: that would live as long as the run, and hold on to every page that it was raced with.
    const next = new Promise<IteratorResult<T> | 'left'>((resolve, reject) => {
      iterator.next().then(resolve, reject)
      giveUp = () => resolve('left')
      if (leaving.aborted) giveUp()
    })
    // Its failure is met when its turn comes; until then it must not count as unhandled.
    next.catch(() => undefined)
    return next
  }
  try {
    for (let next = pull(); ;) {
      const result = await next
      if (result === 'left' || result.done) return
      next = pull()
      yield result.value
    }
  } finally {
    leaving.removeEventListener('abort', onLeave)
    // Not awaited: a source that is still waiting for an answer would keep us waiting too. Its request ends with the run's signal.
    iterator.return?.().catch(() => undefined)
  }
}
