/** Work on many things, a few at a time, results in the order of the things. */

/** The first rejection ends it: workers stop taking new things, and the caller gets the error. */
export async function mapConcurrent<T, R>(
  level: number,
  things: readonly T[],
  work: (thing: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = Array.from({ length: things.length })
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    while (next < things.length && !failed) {
      const index = next++
      try {
        results[index] = await work(things[index] as T, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(level, things.length) }, worker))
  return results
}
