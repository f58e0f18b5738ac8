/**
 * A worker asks the database all the time, and everything that it asks fails while the database is away: one line of the log says so, and one that it
 * answers again, with how often it failed meanwhile.
 */

/** So long nothing has to have failed: each part of a worker asks within that. Milliseconds. */
const quietMs = 8000
/** After so long in which heartbeats were answered it is one kind of work that fails, and not the database that is away. Milliseconds. */
const answeringMs = 60_000

/** What workers do all the time. */
export const heartbeat = 'heartbeat'

interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

interface Outage {
  readonly since: number
  latest: number
  failures: number
  /** Since when heartbeats are answered. */
  answeredSince?: number | undefined
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
    if (this.#outage) {
      this.#outage.latest = now
      this.#outage.failures += 1
    } else {
      this.#outage = { since: now, latest: now, failures: 1 }
      this.#log.warn({ err: error, doing }, 'the database does not answer; logged once, and again when it answers')
    }
    if (doing === heartbeat) this.#outage.answeredSince = undefined
  }

  /** The database has answered a heartbeat. */
  noteAnswer(): void {
    const outage = this.#outage
    const now = this.#clock()
    if (!outage) return
    outage.answeredSince ??= now
    if (now - outage.latest < quietMs && now - outage.answeredSince < answeringMs) return
    this.#outage = undefined
    const seconds = Math.round((outage.latest - outage.since) / 1000)
    this.#log.info({ seconds, failures: outage.failures }, 'the database answers again')
  }
}
