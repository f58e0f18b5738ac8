/**
 * How many requests an account may make: a leaky bucket, as on integrator.io. All servers share the bucket through the database, and each takes some
 * requests ahead, so that most requests ask nobody. What a server has taken and not used is lost to the account for a moment, never doubled.
 */
import type { Bucket, RateLimits } from '../ports/rate-limits.ts'

/** Requests that a server takes ahead: one statement for so many, and no more than so many idle in the hands of each server. */
const lease = 50
/** What was taken ahead is given up after this. As long as a token is believed: a caller who comes rarely costs one statement more. Milliseconds. */
const leaseMs = 1000
/** Not the wall clock: where that is put back, an account would be refused for as long. In milliseconds. */
const monotonic = (): number => performance.now()
/** Accounts remembered at once. One that is forgotten asks the database anew. */
const maxRemembered = 10_000

interface Standing {
  /** Requests taken ahead; undefined while the account is refused. */
  left: number | undefined
  /** When that is over. Milliseconds. */
  until: number
  asking: Promise<void> | undefined
}

/** Counts one request of the account. Answers the seconds that it has to wait where it made too many. */
export type CountRequest = (accountId: string) => Promise<number | undefined>

export function rateLimit(rows: Pick<RateLimits, 'take'>, bucket: Bucket, now = monotonic): CountRequest {
  const standings = new Map<string, Standing>()
  const ask = async (accountId: string, standing: Standing): Promise<void> => {
    try {
      const { granted, level } = await rows.take(accountId, Math.min(lease, bucket.deep), bucket)
      standing.left = granted > 0 ? granted : undefined
      standing.until = now() + (granted > 0 ? leaseMs : ((level + 1 - bucket.deep) / bucket.perSecond) * 1000)
    } finally {
      standing.asking = undefined
    }
  }
  return async (accountId) => {
    const standing = standings.get(accountId) ?? remember(standings, accountId)
    // Ends: each question brings requests for those who wait, or refuses them all.
    for (;;) {
      if (standing.until > now()) {
        if (standing.left === undefined) return Math.max(1, Math.ceil((standing.until - now()) / 1000))
        if (standing.left > 0) return void standing.left--
      }
      await (standing.asking ??= ask(accountId, standing))
    }
  }
}

function remember(standings: Map<string, Standing>, accountId: string): Standing {
  if (standings.size >= maxRemembered) standings.delete(standings.keys().next().value as string)
  const standing = { left: 0, until: 0, asking: undefined }
  standings.set(accountId, standing)
  return standing
}
