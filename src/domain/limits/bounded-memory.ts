/** What was found out a moment ago, so that not every request asks again. Bounded in time and in how much is kept. */

export function boundedMemory<T>(keptMs: number, most: number, find: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, { readonly until: number; readonly found: Promise<T> }>()
  return (key) => {
    const now = performance.now()
    const before = known.get(key)
    if (before && before.until > now) return before.found
    known.delete(key)
    if (known.size >= most) known.delete(known.keys().next().value as string)
    const found = find(key)
    known.set(key, { until: now + keptMs, found })
    // What could not be found out is asked again.
    found.catch(() => known.get(key)?.found === found && known.delete(key))
    return found
  }
}
