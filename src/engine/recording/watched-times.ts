/** Until when connections, exports and imports are watched: as they say it themselves, and as somebody changes it while a run is under way. */
import type { World } from '../../domain/context.ts'

/** How soon a change is seen by requests that are made after it. Milliseconds. */
const lookMs = 3000

/** Of a document, what it says itself when it is first asked about. */
type IsWatched = (id: string | undefined, until: string | undefined) => boolean

/** Looks again only while requests are made: without requests there is nothing to watch. */
export function createWatchedTimes({ store }: Pick<World, 'store'>, envId: string): IsWatched {
  const ends = new Map<string, number>()
  let lookAt = Date.now() + lookMs
  const look = async (): Promise<void> => {
    lookAt = Number.POSITIVE_INFINITY
    try {
      for (const [id, until] of await store.connectionDebug.readTimes(envId, [...ends.keys()])) ends.set(id, toTime(until))
    } catch {
      // While the database is away it is as it was.
    }
    lookAt = Date.now() + lookMs
  }
  return (id, until) => {
    if (id === undefined) return false
    if (!ends.has(id)) ends.set(id, toTime(until))
    if (Date.now() >= lookAt) void look()
    return (ends.get(id) ?? 0) > Date.now()
  }
}

const toTime = (until: string | undefined): number => (until === undefined ? 0 : Date.parse(until))
