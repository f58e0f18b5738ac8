/** Lets those who read the same thing at the same time share one reading, which begins after each of them asked: nobody is told of an earlier state. */

type Share = <T>(of: object, key: string, read: () => Promise<T>) => Promise<T>

interface UnderWay {
  readonly reading: Promise<unknown>
  /** For those who came while `reading` was under way. */
  next?: Promise<unknown>
}

/** `of` is who reads: nothing is shared between two. What is under way is kept, and nothing after it. */
export function shareReads(): Share {
  const readings = new WeakMap<object, Map<string, UnderWay>>()
  return (of, key, read) => {
    const own = readings.get(of) ?? new Map<string, UnderWay>()
    readings.set(of, own)
    const now = own.get(key)
    const result = now ? (now.next ??= settled(now.reading).then(() => begin(own, key, read))) : begin(own, key, read)
    return result as ReturnType<typeof read>
  }
}

function begin<T>(own: Map<string, UnderWay>, key: string, read: () => Promise<T>): Promise<T> {
  const reading = read()
  const mine: UnderWay = { reading }
  own.set(key, mine)
  void settled(reading).then(() => {
    if (own.get(key) === mine && !mine.next) own.delete(key)
  })
  return reading
}

const settled = (reading: Promise<unknown>): Promise<unknown> => reading.catch(() => undefined)
