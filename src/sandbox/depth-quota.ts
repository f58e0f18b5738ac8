/**
 * The calls of one depth, and how many of them may have a process. Each depth has a share of its own: a call that holds a process waits only for calls that are
 * one deeper, and those of the last depth wait for no script, so there is always one that goes on.
 */
import { Turns, type Waits } from './account-turns.ts'

export interface Quotas {
  /** Calls that run at the same time. */
  readonly running: number
  /** Calls besides that have a process and wait for integrator-api: of all accounts, and of one. */
  readonly waiting: number
  readonly waitingOfAccount: number
}

interface Count {
  running: number
  /** With those that wait. */
  held: number
}

export class DepthQuota<Entry extends Waits> {
  readonly turns = new Turns<Entry>()
  readonly #shares: Quotas
  readonly #all: Count = { running: 0, held: 0 }
  /** By account, and by account and environment. */
  readonly #by = new Map<string, Count>()

  constructor(shares: Quotas) {
    this.#shares = shares
  }

  /** Processes that those who wait could have at once. */
  get wanted(): number {
    const ofAccount = Math.max(1, this.#shares.running - 1)
    let wanted = 0
    for (const [accountId, waiting] of this.turns.counts()) wanted += Math.min(waiting, ofAccount - this.#of(accountId).running)
    return Math.min(wanted, this.#shares.running - this.#all.running)
  }

  /** One account leaves the others a process, and one environment the others of its account, as long as there is more than one. */
  may({ accountId, envId }: Waits): boolean {
    const { running, waiting, waitingOfAccount } = this.#shares
    const ofAccount = Math.max(1, running - 1)
    const fits = ({ running: now, held }: Count, most: number, mostWaiting: number): boolean => now < most && held < most + mostWaiting
    return (
      fits(this.#all, running, waiting) &&
      fits(this.#of(accountId), ofAccount, waitingOfAccount) &&
      fits(this.#of(placeOf(accountId, envId)), Math.max(1, ofAccount - 1), waitingOfAccount)
    )
  }

  /** The call has got a process; what it is handed back says when it waits, and when it is over. */
  enter({ accountId, envId }: Waits): { wait(isWaiting: boolean): void; leave(): void } {
    const keys = [accountId, placeOf(accountId, envId)]
    const counts = [this.#all, ...keys.map((key) => this.#kept(key))]
    let isRunning = true
    const run = (runs: boolean): void => {
      if (runs === isRunning) return
      isRunning = runs
      for (const count of counts) count.running += runs ? 1 : -1
    }
    for (const count of counts) {
      count.running++
      count.held++
    }
    return {
      wait: (isWaiting) => run(!isWaiting),
      leave: () => {
        run(false)
        for (const count of counts) count.held--
        for (const key of keys) if (this.#of(key).held === 0) this.#by.delete(key)
      },
    }
  }

  #of(key: string): Readonly<Count> {
    return this.#by.get(key) ?? { running: 0, held: 0 }
  }

  #kept(key: string): Count {
    const count = this.#by.get(key) ?? { running: 0, held: 0 }
    this.#by.set(key, count)
    return count
  }
}

const placeOf = (accountId: string, envId: string): string => `${accountId} ${envId}`
