/** Keeps what was compiled last, up to a bound in bytes. The engine compiles a step once; this is for texts that arrive with a call. */

export interface BoundedCache<V> {
  /** The value made for `key` before, or the one made now. What throws is not kept. */
  of(key: string, make: (key: string) => V): V
}

/** Of what a key and its place take, whatever it leads to. Bytes. */
const placeBytes = 200

/**
 * `perCharacter` is what a value takes of memory for each character of its key, measured; the one that was not asked for longest goes first. What takes more
 * than a quarter of the bound is made and not kept. A Map remembers the order of insertion, so asking again means inserting again.
 */
export function boundedCache<V>(boundBytes: number, perCharacter: number): BoundedCache<V> {
  const kept = new Map<string, V>()
  let bytes = 0
  const bytesOf = (key: string): number => placeBytes + key.length * perCharacter
  return {
    of(key, make) {
      const found = kept.get(key)
      if (found !== undefined) {
        kept.delete(key)
        kept.set(key, found)
        return found
      }
      const made = make(key)
      if (bytesOf(key) > boundBytes / 4) return made
      kept.set(key, made)
      bytes += bytesOf(key)
      for (const oldest of kept.keys()) {
        if (bytes <= boundBytes) break
        kept.delete(oldest)
        bytes -= bytesOf(oldest)
      }
      return made
    },
  }
}
