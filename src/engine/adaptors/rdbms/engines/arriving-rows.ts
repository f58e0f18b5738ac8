/** Rows of a result that a driver hands over by itself: kept until they are asked for, with the driver standing still while nobody asks for more. */

/** The driver, as far as it can be told to wait. */
interface Way {
  pause(): void
  resume(): void
}

export class ArrivingRows<Row> {
  readonly #way: Way
  #rows: Row[] = []
  #isEnded = false
  #error: unknown
  /** How many are waited for. */
  #wanted = 1
  #told: (() => void) | undefined

  constructor(way: Way) {
    this.#way = way
  }

  add(row: Row): void {
    if (this.#isEnded) return
    this.#rows.push(row)
    if (this.#rows.length < this.#wanted) return
    this.#way.pause()
    this.#tell()
  }

  /** What comes after it is not looked at. */
  end(error?: unknown): void {
    if (!this.#isEnded) this.#error = error
    this.#isEnded = true
    this.#tell()
  }

  /** The next of them, `most` at the most; none at the end. */
  async next(most: number): Promise<Row[]> {
    if (this.#rows.length < most && !this.#isEnded) {
      this.#wanted = most
      const told = new Promise<void>((resolve) => (this.#told = resolve))
      this.#way.resume()
      await told
    }
    if (this.#error !== undefined) throw this.#error
    const rows = this.#rows.length > most ? this.#rows.splice(0, most) : this.#rows
    if (rows === this.#rows) this.#rows = []
    return rows
  }

  #tell(): void {
    this.#told?.()
    this.#told = undefined
  }
}
