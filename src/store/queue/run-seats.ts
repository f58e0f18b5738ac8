/**
 * The places of a worker for runs, and which accounts have theirs. An account has at most as many as the worker is set to, and there is one more for the others:
 * however long the runs of one account take, another's begins.
 */
import type { EventEmitter } from 'node:events'

/** Places besides those that one account may have. */
export const seatsForOthers = 1

const flagPrefix = 'account '
/** What tasks of an account are marked with, so that the queue can leave them out. */
export const toFlag = (accountId: string): string => flagPrefix + accountId

export class RunSeats {
  readonly #most: number
  readonly #taken = new Map<string, number>()
  #lastClaim: Promise<void> = Promise.resolve()
  #endClaim: () => void = () => undefined

  /** `most` is what one account may have. */
  constructor(most: number) {
    this.#most = most
  }

  /** Flags of the accounts that have no place left. Settles when the claim before it is over: two at once would not know of each other. */
  async full(): Promise<string[]> {
    const before = this.#lastClaim
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastClaim = promise
    await before
    this.#endClaim = resolve
    return [...this.#taken].flatMap(([accountId, taken]) => (taken >= this.#most ? [toFlag(accountId)] : []))
  }

  /** Hears of the end of each claim, and of the task that came of it. */
  watch(events: Pick<EventEmitter, 'on'>): void {
    events.on('job:start', ({ job: { payload } }: { job: { payload: unknown } }) => {
      this.#count(payload, 1)
      this.#endClaim()
    })
    for (const ended of ['worker:getJob:empty', 'worker:getJob:error']) events.on(ended, () => this.#endClaim())
  }

  leave(payload: unknown): void {
    this.#count(payload, -1)
  }

  #count(payload: unknown, by: 1 | -1): void {
    const { accountId } = payload as { readonly accountId?: string }
    if (accountId === undefined) return
    const taken = (this.#taken.get(accountId) ?? 0) + by
    if (taken > 0) this.#taken.set(accountId, taken)
    else this.#taken.delete(accountId)
  }
}
