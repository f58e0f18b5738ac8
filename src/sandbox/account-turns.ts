/** Calls that wait: whose turn is next by account, then by environment, and how much of them one account may hold. */
import * as bounds from './bounds.ts'

export interface Waits {
  readonly accountId: string
  readonly envId: string
  /** What it holds in memory meanwhile. */
  readonly bytes: number
}

/** How much waits, at every depth together: what it holds is one memory. */
export class WaitingLimit<Entry extends Waits> {
  readonly #accounts = new Map<string, { readonly entries: Set<Entry>; bytes: number }>()
  #bytes = 0

  /** Takes the entry in. Answers the one that is refused for it, if there is one: itself, or the newest of the account that holds most. */
  enter(entry: Entry): Entry | undefined {
    const held = this.#accounts.get(entry.accountId) ?? { entries: new Set(), bytes: 0 }
    // One that is alone waits, however large it is.
    const isFull = held.entries.size >= bounds.maxQueue || held.bytes + entry.bytes > bounds.maxQueueBytes
    if (isFull && held.entries.size > 0) return entry
    this.#accounts.set(entry.accountId, held)
    held.entries.add(entry)
    held.bytes += entry.bytes
    this.#bytes += entry.bytes
    return this.#bytes > bounds.maxAllQueueBytes ? this.#newestOfMost() : undefined
  }

  leave(entry: Entry): void {
    const held = this.#accounts.get(entry.accountId)
    if (!held?.entries.delete(entry)) return
    held.bytes -= entry.bytes
    this.#bytes -= entry.bytes
    if (held.entries.size === 0) this.#accounts.delete(entry.accountId)
  }

  #newestOfMost(): Entry | undefined {
    const [most] = [...this.#accounts.values()].toSorted((a, b) => b.bytes - a.bytes)
    return most && [...most.entries].at(-1)
  }
}

export class Turns<Entry extends Waits> {
  /** By account and environment. Those that had no turn for longest come first. */
  readonly #accounts = new Map<string, Map<string, Set<Entry>>>()

  add(entry: Entry): void {
    const { accountId, envId } = entry
    const environments = this.#accounts.get(accountId) ?? new Map<string, Set<Entry>>()
    const entries = environments.get(envId) ?? new Set()
    this.#accounts.set(accountId, environments)
    environments.set(envId, entries)
    entries.add(entry)
  }

  remove(entry: Entry): void {
    const environments = this.#accounts.get(entry.accountId)
    const entries = environments?.get(entry.envId)
    if (!environments || !entries?.delete(entry)) return
    if (entries.size === 0) environments.delete(entry.envId)
    if (environments.size === 0) this.#accounts.delete(entry.accountId)
  }

  /** Who is next of those that may: the oldest of the environment that had no turn for longest, of the account that had none for longest. */
  next(may: (entry: Entry) => boolean): Entry | undefined {
    for (const environments of this.#accounts.values()) {
      for (const [first] of environments.values()) if (first !== undefined && may(first)) return first
    }
    return undefined
  }

  /** It had its turn: its environment and its account go after the others. */
  take(entry: Entry): void {
    const { accountId, envId } = entry
    const environments = this.#accounts.get(accountId)
    const entries = environments?.get(envId)
    if (!environments || !entries) return
    environments.delete(envId)
    environments.set(envId, entries)
    this.#accounts.delete(accountId)
    this.#accounts.set(accountId, environments)
    this.remove(entry)
  }

  /** How many wait, by account. */
  counts(): [string, number][] {
    const sum = (environments: Map<string, Set<Entry>>): number => [...environments.values()].reduce((all, { size }) => all + size, 0)
    return [...this.#accounts].map(([accountId, environments]) => [accountId, sum(environments)])
  }

  all(): Entry[] {
    return [...this.#accounts.values()].flatMap((environments) => [...environments.values()].flatMap((entries) => [...entries]))
  }
}
