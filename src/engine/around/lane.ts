/** Work that is begun in the order of asking, some of it at once: the requests of one step, whichever page or place of the flow they are of. */

export interface Lane {
  /** How many are at work at once. */
  readonly level: number
  /** Resolves when a place is free, in the order of asking; undefined where one is free now. */
  enter(): Promise<void> | undefined
  leave(): void
}

export function createLane(level: number): Lane {
  const waiting: (() => void)[] = []
  let atWork = 0
  return {
    level,
    enter() {
      if (atWork < level) {
        atWork += 1
        return undefined
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
    leave() {
      const next = waiting.shift()
      // Whoever waits gets the place: nobody who comes now is before them.
      if (next) next()
      else atWork -= 1
    },
  }
}

/** Is told when work on the first of some things is about to begin, and may keep it from that by a throw; and when work on the last has begun. */
interface Begins {
  starts(): void
  begun(): void
}

/** Results in the order of the things. The first rejection ends it: nothing new is begun, and the caller gets the error. */
export async function mapInLane<T, R>(
  lane: Lane,
  things: readonly T[],
  work: (thing: T, index: number) => Promise<R>,
  told?: Begins,
): Promise<R[]> {
  let failure: { readonly error: unknown } | undefined
  const results: R[] = []
  /** Never rejects: a failure is met when all that was begun has ended. */
  const begin = async (thing: T, index: number): Promise<void> => {
    try {
      results[index] = await work(thing, index)
    } catch (error) {
      failure ??= { error }
    }
    lane.leave()
  }
  const atWork: Promise<void>[] = []
  for (const [index, thing] of things.entries()) {
    const entering = lane.enter()
    if (entering) await entering
    if (failure) {
      lane.leave()
      break
    }
    if (index === 0) startFirst(lane, told)
    atWork.push(begin(thing, index))
  }
  told?.begun()
  await Promise.all(atWork)
  if (failure) throw failure.error
  return results
}

function startFirst(lane: Lane, told: Begins | undefined): void {
  try {
    told?.starts()
  } catch (error) {
    lane.leave()
    throw error
  }
}

/**
 * Makes what is needed for each of the things, as many together as a lane takes at once, when the first of them is asked for: texts are evaluated in one
 * go, and nothing is made long before it is used. Each is handed out once, and not kept any longer.
 */
export function makeTogether<T, R>(things: readonly T[], level: number, make: (thing: T) => Promise<R>): (index: number) => Promise<R> {
  const made = new Map<number, Promise<R>>()
  let begun = 0
  return (index) => {
    const upTo = index < begun ? begun : Math.min(index + level, things.length)
    for (; begun < upTo; begun++) {
      const making = make(things[begun] as T)
      // Its failure is met where it is asked for.
      making.catch(() => undefined)
      made.set(begun, making)
    }
    const handed = made.get(index) as Promise<R>
    made.delete(index)
    return handed
  }
}
