/** Keeps what was compiled last, up to a bound. The engine compiles a step once; this is for texts that arrive with a call. */

export interface BoundedCache<V> {
  /** The value made for `key` before, or the one made now. What throws is not kept. */
  of(key: string, make: (key: string) => V): V
}

/** `bound` in entries; the one that was not asked for longest goes first. A Map remembers the order of insertion, so asking again means inserting again. */
export function boundedCache<V>(bound: number): BoundedCache<V> {
  const kept = new Map<string, V>()
  return {
    of(key, make) {
      const found = kept.get(key)
      if (found !== undefined) {
        kept.delete(key)
        kept.set(key, found)
        return found
      }
      const made = make(key)
      kept.set(key, made)
      if (kept.size > bound) kept.delete(kept.keys().next().value as string)
      return made
    },
  }
}
