/** Measures what work costs this thread: time of its processor, to which other programs on a busy machine add nothing. */

export interface Spent<T> {
  readonly result: T
  /** Milliseconds. */
  readonly ms: number
}

function spentSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

export function cpuTime<T>(work: () => T): Spent<T> {
  const before = process.threadCpuUsage()
  const result = work()
  return { result, ms: spentSince(before) }
}

/** Whatever else the thread does until the work is done counts too. */
export async function cpuTimeUntil<T>(work: () => Promise<T>): Promise<Spent<T>> {
  const before = process.threadCpuUsage()
  const result = await work()
  return { result, ms: spentSince(before) }
}
