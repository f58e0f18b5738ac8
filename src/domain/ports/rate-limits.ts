/** The buckets of the rate limit, which all servers at one database share. */

export interface Bucket {
  /** Requests that it holds. */
  readonly deep: number
  /** Requests that run out of it. */
  readonly perSecond: number
}

export interface RateLimits {
  /** Puts up to `wanted` requests into the bucket of the account, or of whatever else the key names: as many as it has room for. `level` is how full it is then. */
  take(accountId: string, wanted: number, bucket: Bucket): Promise<{ readonly granted: number; readonly level: number }>
  /** Takes one out of each of these again. */
  giveBack(keys: readonly string[]): Promise<void>
  /** Removes some buckets that nothing was put into since then; answers how many. */
  purge(before: string, limit: number): Promise<number>
}
