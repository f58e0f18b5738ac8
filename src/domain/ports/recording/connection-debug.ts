/** The rows of what went over the wire of connections. */

interface DebugRow {
  readonly connectionId: string
  readonly at: string
  /** The export or import that it was for. */
  readonly resourceId?: string
  /** Masked, and sealed. */
  readonly sealed: string
}

export interface ConnectionDebug {
  /** Keeps the newest of each connection. */
  add(envId: string, rows: readonly DebugRow[]): Promise<void>
  /** Newest first. */
  list(envId: string, connectionId: string, resourceId: string | undefined): Promise<readonly Omit<DebugRow, 'connectionId'>[]>
  /** Until when each of these connections, exports and imports is watched; undefined where nobody does. Those that are not there are left out. */
  readTimes(envId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string | undefined>>
  clear(envId: string, connectionId: string): Promise<void>
  /** Removes some of those that are older, of every environment; answers how many. */
  purge(before: string, most: number): Promise<number>
}
