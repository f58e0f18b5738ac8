/** Reproduces where integrator.io's lists deviate from what one would expect, unless the request asks otherwise (`ctx.strict`). See docs/quirks.md. */
import type { Context } from '../context.ts'

interface EffectiveLimit {
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
export function resolveLimit(ctx: Context, limit: number | undefined, bound: number, { more = 0, unknownIsEmpty }: Quirks): EffectiveLimit {
  const wanted = limit === undefined ? bound : limit + (ctx.strict ? 0 : more)
  return { limit: Math.min(wanted, bound), unknownFails: ctx.strict || !unknownIsEmpty }
}
