/** Those who wait for a slot: in the order of asking, but that who yields comes after all others, and asks when that is over. */
type Begin = () => void

export class WaitingLine {
  /** Sets, since those who give up leave from anywhere. */
  readonly #asking = new Set<Begin>()
  readonly #yielding = new Set<Begin>()

  get length(): number {
    return this.#asking.size + this.#yielding.size
  }

  add(begin: Begin, yieldsUntil: Promise<void> | undefined): void {
    if (!yieldsUntil) {
      this.#asking.add(begin)
      return
    }
    this.#yielding.add(begin)
    const ask = (): void => {
      if (this.#yielding.delete(begin)) this.#asking.add(begin)
    }
    yieldsUntil.then(ask, ask)
  }

  remove(begin: Begin): void {
    if (!this.#asking.delete(begin)) this.#yielding.delete(begin)
  }

  take(): Begin | undefined {
    const [next] = this.#asking.size > 0 ? this.#asking : this.#yielding
    if (next) this.remove(next)
    return next
  }
}
