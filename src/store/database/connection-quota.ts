/** Shares the connections of the pool between accounts: none has all of them, and whoever has fewest is next. */
import { StoreUnavailable } from '../../domain/errors.ts'

export interface Quotas {
  /** Connections of one account at once. */
  readonly ofAccount: number
  /** Of all accounts at once. */
  readonly ofAll: number
  /** How long one waits for its turn. Milliseconds. */
  readonly waitMs: number
}

/** How long one waits for a connection of its account: as long as for one of the pool. Milliseconds. */
const waitMs = 10_000
/** Connections that are left for what belongs to no account: tokens that are looked up, requests that are counted, the clock. */
const leftForNobody = 2
/** What one account may have of the others: two of three. Statements take a millisecond or two, so more would hardly be faster. */
const quotaOfAccount = 2 / 3

export function computeQuotas(connections: number): Quotas {
  const ofAll = Math.max(1, connections - leftForNobody)
  return { ofAll, ofAccount: Math.max(1, Math.floor(ofAll * quotaOfAccount)), waitMs }
}

interface Account {
  taken: number
  readonly waiting: Set<() => void>
}

export class ConnectionQuotas {
  readonly #shares: Quotas
  readonly #accounts = new Map<string, Account>()
  #taken = 0

  constructor(shares: Quotas) {
    this.#shares = shares
  }

  async inTurn<T>(accountId: string, work: () => Promise<T>): Promise<T> {
    await this.#enter(accountId)
    try {
      return await work()
    } finally {
      this.#leave(accountId)
    }
  }

  /** Undefined where there is a connection at once; else settles when it is its turn. */
  #enter(accountId: string): Promise<void> | undefined {
    const account = this.#accounts.get(accountId) ?? { taken: 0, waiting: new Set() }
    this.#accounts.set(accountId, account)
    if (account.waiting.size > 0 || !this.#may(account)) return this.#wait(accountId, account)
    this.#take(account)
    return undefined
  }

  #leave(accountId: string): void {
    const account = this.#accounts.get(accountId)
    if (!account) return
    account.taken--
    this.#taken--
    const next = this.#next()
    if (next) {
      const [first] = next.waiting
      this.#take(next)
      next.waiting.delete(first as () => void)
      first?.()
    }
    this.#forget(accountId, account)
  }

  #may({ taken }: Account): boolean {
    return taken < this.#shares.ofAccount && this.#taken < this.#shares.ofAll
  }

  #take(account: Account): void {
    account.taken++
    this.#taken++
  }

  /** Of accounts that have as many, the one that came first. */
  #next(): Account | undefined {
    let next: Account | undefined
    for (const account of this.#accounts.values())
      if (account.waiting.size > 0 && this.#may(account) && account.taken < (next?.taken ?? Number.POSITIVE_INFINITY)) next = account
    return next
  }

  #wait(accountId: string, account: Account): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        account.waiting.delete(enter)
        this.#forget(accountId, account)
        reject(new StoreUnavailable(new Error('no connection of the account was free in time')))
      }, this.#shares.waitMs)
      account.waiting.add(enter)
    })
  }

  #forget(accountId: string, { taken, waiting }: Account): void {
    if (taken === 0 && waiting.size === 0) this.#accounts.delete(accountId)
  }
}
