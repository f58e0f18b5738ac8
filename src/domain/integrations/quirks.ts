/** Where integrator.io's lists depart from what one would expect. Clients make up for it, so it stays unless they ask otherwise (`ctx.strict`). docs/quirks.md tells each. */
import type { Context } from '../context.ts'

interface Asked {
  readonly limit: number
  /** Whether an unknown integration is an error, or one that has nothing. */
  readonly unknownFails: boolean
}

interface Quirks {
  /** Answers this many more than `limit` says. */
  readonly more?: number
  /** Takes an unknown integration for one that has nothing. */
  readonly unknownIsEmpty?: true
}

/** What a list is asked for, of a bound that no list goes past. */
export function asked(ctx: Context, limit: number | undefined, bound: number, { more = 0, unknownIsEmpty }: Quirks): Asked {
  const wanted = limit === undefined ? bound : limit + (ctx.strict ? 0 : more)
  return { limit: Math.min(wanted, bound), unknownFails: ctx.strict || !unknownIsEmpty }
}
