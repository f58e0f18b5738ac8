/** Fetches the next values of an iterable while the present one is processed: so many ahead, never more. Ends early when `ending` is aborted. */
export async function* prefetchNext<T>(source: AsyncIterable<T>, ahead: number, ending: AbortSignal): AsyncGenerator<T, void, void> {
  const iterator = source[Symbol.asyncIterator]()
  const pulls: { readonly next: Promise<IteratorResult<T> | 'left'>; readonly giveUp: () => void }[] = []
  let asked: Promise<unknown> = Promise.resolve()
  const onLeave = (): void => pulls.forEach(({ giveUp }) => giveUp())
  ending.addEventListener('abort', onLeave, { once: true })
  const pull = (): void => {
    // Not a race against one promise for the end: that would live as long as the run, and hold on to every page that it was raced with.
    const { promise: next, resolve, reject } = Promise.withResolvers<IteratorResult<T> | 'left'>()
    // Not before it has answered: requests that wait in a generator hold each other, and with them all pages that were answered, until the whole heap is collected.
    asked = asked.then(() => iterator.next()).then(resolve, reject)
    if (ending.aborted) resolve('left')
    // Its failure is met when its turn comes; until then it must not count as unhandled.
    next.catch(() => undefined)
    pulls.push({ next, giveUp: () => resolve('left') })
  }
  try {
    pull()
    for (;;) {
      const result = await pulls[0]?.next
      pulls.shift()
      if (result === undefined || result === 'left' || result.done) return
      while (pulls.length < ahead) pull()
      yield result.value
    }
  } finally {
    ending.removeEventListener('abort', onLeave)
    // Not awaited: a source that is still waiting for an answer would keep us waiting too. Its request ends with the run's signal.
    iterator.return?.().catch(() => undefined)
  }
}
