/** The entries of lookup caches. Reading sees no cache that is deleted; writing trusts its caller to have locked the cache. */

export interface CacheEntry {
  readonly key: string
  /** JSON text, as it was written. */
  readonly value: string
}

export interface CacheRange {
  readonly keys?: readonly string[]
  readonly startsWith?: string
  /** Only keys after this one. */
  readonly after?: string
  readonly limit: number
  /** Where an answer is cut though `limit` allows more: bytes of keys and values. The first entry is always in it. */
  readonly maxBytes: number
}

export interface LookupCacheData {
  /** Writes entries with keys that differ from each other; answers by how many bytes the cache grew. */
  put(envId: string, cacheId: string, entries: readonly CacheEntry[]): Promise<number>
  remove(envId: string, cacheId: string, keys: readonly string[]): Promise<{ readonly removed: number; readonly bytes: number }>
  purge(envId: string, cacheId: string): Promise<void>
  /** Bytes of all entries. */
  readSize(envId: string, cacheId: string): Promise<number>
  /** Entries in the order of their keys, and whether more follow. Undefined where there is no such cache. */
  page(
    envId: string,
    cacheId: string,
    range: CacheRange,
  ): Promise<{ readonly entries: readonly CacheEntry[]; readonly more: boolean } | undefined>
  /** The parsed values of these keys; a key without an entry is absent. Undefined where there is no such cache. */
  readValues(envId: string, cacheId: string, keys: readonly string[]): Promise<ReadonlyMap<string, unknown> | undefined>
}
