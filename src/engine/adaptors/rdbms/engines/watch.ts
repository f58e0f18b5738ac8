/** What waits for a database, with its bounds of time and of bytes: who goes beyond them loses the session, since nobody knows what it is at. */
import { DatabaseFailure } from '../../database-failure.ts'

/** Bytes that one statement may give back where all of it is kept: a lookup of a record, what a statement returns. */
export const maxAnswer = 10 * 1024 * 1024
/** Statements that are sent before the first of them is answered, and what each may give back on average: all of it is kept. Bytes. */
export const maxOnTheWay = 100
export const averageAnswer = 500 * 1024
/** How often both are looked at. Milliseconds. */
const lookMs = 25
/** Between the server's own bound of a statement and ours: it says more. Milliseconds. */
const graceMs = 2_000

/** What is read, and ended, of a socket. */
interface Watched {
  readonly bytesRead: number
  destroy(error?: Error): unknown
}

export class Watch {
  readonly #socket: Watched
  readonly #queryMs: number
  #signal: AbortSignal | undefined
  /** Why the session was ended from here. */
  #ended: unknown
  #deadline = 0

  constructor(socket: Watched, queryMs: number) {
    this.#socket = socket
    this.#queryMs = queryMs
  }

  get received(): number {
    return this.#socket.bytesRead
  }

  setSignal(signal: AbortSignal | undefined): void {
    this.#signal = signal
  }

  get isAborted(): boolean {
    return this.#signal?.aborted ?? false
  }

  /** One of several statements that were sent together is answered: the others have their own time. */
  goesOn(): void {
    this.#deadline = performance.now() + this.#queryMs + graceMs
  }

  /** What the driver says of an end that came from here is not told. */
  async over<T>(begin: () => Promise<T>, mostBytes = Number.POSITIVE_INFINITY): Promise<T> {
    this.#signal?.throwIfAborted()
    const signal = this.#signal
    const limit = this.#socket.bytesRead + mostBytes
    this.goesOn()
    const abort = (): void => this.#end(signal?.reason)
    const look = (): void => {
      if (performance.now() > this.#deadline) this.#end(late(this.#queryMs))
      else if (this.#socket.bytesRead > limit) this.#end(tooLarge)
    }
    const timer = setInterval(look, lookMs)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      return await begin()
    } catch (error) {
      throw this.#ended ?? error
    } finally {
      clearInterval(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  #end(reason: unknown): void {
    this.#ended ??= reason
    this.#socket.destroy(reason instanceof Error ? reason : undefined)
  }
}

const late = (ms: number): DatabaseFailure =>
  new DatabaseFailure(
    'timeout',
    `The database did not answer within ${ms / 1000} s. It may have done what it was asked: look there before you send it again.`,
    {
      source: 'connection',
      passing: true,
      endsSession: true,
    },
  )

const tooLarge = new DatabaseFailure(
  'response_too_large',
  `The database gave more than ${maxAnswer / 1024 / 1024} MB for one statement. Ask it for fewer rows or columns.`,
  { endsSession: true },
)
