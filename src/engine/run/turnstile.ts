/** Lets pages through one after the other in the order of their numbers, which count up from 0. */
export class Turnstile {
  /** Every page before this one has left. */
  #open = 0
  /** Those that have left before it was their turn: they had nothing to do here. */
  readonly #left = new Set<number>()
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>()
  /** From which page on nobody enters any more, and why. */
  #closed: { readonly from: number; readonly reason: Error } | undefined

  /** Resolves when every page before this one has left. */
  async enter(page: number): Promise<void> {
    if (this.#closed && page >= this.#closed.from) throw this.#closed.reason
    const turn = this.opensTo(page)
    if (turn) await turn
  }

  /** Resolves when every page before this one has left, and rejects where it does not enter any more; undefined where they have left. */
  opensTo(page: number): Promise<void> | undefined {
    if (page <= this.#open) return undefined
    const known = this.#waiting.get(page)
    if (known) return known.promise
    const turn = Promise.withResolvers<void>()
    // Who only looks is not told.
    turn.promise.catch(() => undefined)
    this.#waiting.set(page, turn)
    return turn.promise
  }

  /** Any number of times, and also without having entered. */
  leave(page: number): void {
    if (page < this.#open) return
    this.#left.add(page)
    while (this.#left.delete(this.#open)) {
      this.#open += 1
      this.#waiting.get(this.#open)?.resolve()
      this.#waiting.delete(this.#open)
    }
  }

  /** No page from this one on enters any more. */
  close(from: number, reason: Error): void {
    if (this.#closed && this.#closed.from <= from) return
    this.#closed = { from, reason }
    for (const [page, { reject }] of this.#waiting) {
      if (page < from) continue
      reject(reason)
      this.#waiting.delete(page)
    }
  }
}
