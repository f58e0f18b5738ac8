/** How often somebody may try to sign in: counted before anything is tried, and given back where it was right. */
import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { RateLimited } from '../errors.ts'
import type { Bucket } from '../ports/rate-limits.ts'

/** Attempts on one user: who forgot a password tries some five. A guess a minute in the long run finds none of twelve characters. */
const ofUser: Bucket = { deep: 10, perSecond: 1 / 60 }
/** Attempts from one source, on whomever: an office of people who come in the morning. */
const ofSource: Bucket = { deep: 30, perSecond: 1 / 6 }

export const readSource = ({ client }: Context): string => client?.source ?? 'unknown'

async function count(ctx: Context, key: string, bucket: Bucket): Promise<string> {
  const hashed = `sign-in ${createHash('sha256').update(key).digest('base64url')}`
  const { granted, level } = await ctx.store.rateLimits.take(hashed, 1, bucket)
  if (granted < 1) throw new RateLimited(Math.max(1, Math.ceil((level + 1 - bucket.deep) / bucket.perSecond)))
  return hashed
}

/** Answers the key by which the attempt is given back. */
export const countAttempt = (ctx: Context, on: string): Promise<string> => count(ctx, on, ofUser)
export const countSource = (ctx: Context, what = 'source'): Promise<string> => count(ctx, `${what} ${readSource(ctx)}`, ofSource)
