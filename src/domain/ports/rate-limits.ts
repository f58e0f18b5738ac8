/** The buckets of the rate limit, which all servers at one database share. */

export interface Bucket {
  /** Requests that it holds. */
  readonly deep: number
  /** Requests that run out of it. */
  readonly perSecond: number
}

export interface RateLimits {
  /** Puts up to `wanted` requests into the bucket of the account: as many as it has room for. `level` is how full it is then. */
  take(accountId: string, wanted: number, bucket: Bucket): Promise<{ readonly granted: number; readonly level: number }>
}
