/** So many at once; whoever comes later waits, and goes on in the order of coming. */
export interface Places {
  /** Calls `begin` as soon as there is a place, at once where there is one. What it answers gives the place back, or ends the waiting for it. */
  enter(begin: () => void): () => void
}

export function createPlaces(count: number): Places {
  const waiting = new Set<() => void>()
  let taken = 0
  const leave = (): void => {
    const [next] = waiting
    if (!next) {
      taken -= 1
      return
    }
    // The place is handed on: nobody who comes now is before those who wait.
    waiting.delete(next)
    next()
  }
  return {
    enter(begin) {
      let state: 'waiting' | 'in' | 'gone' = 'waiting'
      const start = (): void => {
        state = 'in'
        begin()
      }
      if (taken < count) {
        taken += 1
        start()
      } else waiting.add(start)
      return () => {
        if (state === 'waiting') waiting.delete(start)
        const wasIn = state === 'in'
        state = 'gone'
        if (wasIn) leave()
      }
    },
  }
}
