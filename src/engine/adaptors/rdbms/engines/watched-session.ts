/** What sessions of every database have in common: work is bounded by a watch, and a session that nobody knows the state of any more is not used again. */
import { DatabaseFailure } from '../../database-failure.ts'
import type { Watch } from './watch.ts'

/** What a driver says of its connection. */
interface Connection {
  on(event: 'error' | 'end', listener: () => void): unknown
}

export abstract class WatchedSession {
  readonly #watch: Watch
  readonly #toFailure: (error: unknown) => unknown
  #isClean = true

  /** `toFailure` says what an error of the driver means. */
  protected constructor(connection: Connection, watch: Watch, toFailure: (error: unknown) => unknown) {
    this.#watch = watch
    this.#toFailure = toFailure
    // What is at work is told of it; where nothing is, whoever has the session next is.
    connection.on('error', () => this.spoil())
    connection.on('end', () => this.spoil())
  }

  get isClean(): boolean {
    return this.#isClean
  }

  get received(): number {
    return this.#watch.received
  }

  setSignal(signal: AbortSignal | undefined): void {
    this.#watch.setSignal(signal)
  }

  protected goesOn(): void {
    this.#watch.goesOn()
  }

  /** It is ended once whoever has it is done. */
  protected spoil(): void {
    this.#isClean = false
  }

  protected async do<T>(work: () => Promise<T>, mostBytes?: number): Promise<T> {
    try {
      return await this.#watch.over(work, mostBytes)
    } catch (error) {
      if (this.#watch.isAborted) {
        this.spoil()
        throw error
      }
      const failure = this.#toFailure(error)
      if (!(failure instanceof DatabaseFailure) || failure.endsSession) this.spoil()
      throw failure
    }
  }
}

/** Opens a session; `signal` ends the attempt, and one that fails is closed. */
export async function startSession<S extends WatchedSession & { start(): Promise<void>; close(): void }>(
  session: S,
  signal: AbortSignal,
): Promise<S> {
  session.setSignal(signal)
  try {
    await session.start()
    return session
  } catch (error) {
    session.close()
    throw error
  } finally {
    session.setSignal(undefined)
  }
}
