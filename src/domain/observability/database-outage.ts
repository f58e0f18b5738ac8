/**
 * A worker asks the database all the time, and everything that it asks fails while the database is away: one line of the log says so, and one that it
 * answers again, with how often it failed meanwhile.
 */

/** So long nothing has to have failed: each part of a worker asks within that. Milliseconds. */
const quietMs = 8000

interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

interface Outage {
  readonly since: number
  latest: number
  failures: number
}

export class DatabaseOutage {
  readonly #log: Log
  readonly #clock: () => number
  #outage: Outage | undefined

  /** `clock` counts milliseconds. */
  constructor(log: Log, clock: () => number = () => performance.now()) {
    this.#log = log
    this.#clock = clock
  }

  /** Something failed since the database is away. */
  note(error: Error, doing: string): void {
    const now = this.#clock()
    if (this.#outage) Object.assign(this.#outage, { latest: now, failures: this.#outage.failures + 1 })
    else {
      this.#outage = { since: now, latest: now, failures: 1 }
      this.#log.warn({ err: error, doing }, 'the database cannot be asked; this is told once, and when it answers again')
    }
  }

  /** The database has answered. */
  noteAnswer(): void {
    const outage = this.#outage
    if (!outage || this.#clock() - outage.latest < quietMs) return
    this.#outage = undefined
    const seconds = Math.round((outage.latest - outage.since) / 1000)
    this.#log.info({ seconds, failures: outage.failures }, 'the database answers again')
  }
}
