/** How much of something there was within the last while, in constant memory: it is counted by parts of that while. */

/** How finely the while is looked at. */
const parts = 50

export class RecentCount {
  readonly #partMs: number
  readonly #now: () => number
  /** Of each part of the time; its place is the number of the part modulo how many there are. */
  readonly #counts: number[] = Array.from({ length: parts }, () => 0)
  #latest = 0
  #sum = 0

  /** The while and the clock in milliseconds. */
  constructor(whileMs: number, now = (): number => performance.now()) {
    this.#partMs = whileMs / parts
    this.#now = now
  }

  add(count: number): void {
    this.#forget()
    this.#counts[this.#latest % parts] = (this.#counts[this.#latest % parts] ?? 0) + count
    this.#sum += count
  }

  count(): number {
    this.#forget()
    return this.#sum
  }

  #forget(): void {
    const now = Math.floor(this.#now() / this.#partMs)
    for (let part = Math.max(this.#latest + 1, now - parts + 1); part <= now; part++) {
      this.#sum -= this.#counts[part % parts] ?? 0
      this.#counts[part % parts] = 0
    }
    this.#latest = now
  }
}
