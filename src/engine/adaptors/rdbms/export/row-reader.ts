/**
 * Reads the result of a statement as it comes, and goes on in it: where the session is lost or another worker takes over, the statement runs once more, and
 * the rows that were handed on are passed over. The last of them has to be what it was: where the result has changed, it is read from its beginning, so that no
 * row is left out.
 */
import { hash } from 'node:crypto'
import { StepFailure, type Failure, type FlowRecord } from '../../../adaptor.ts'
import type { Exchange } from '../../../exchange.ts'
import { maxPageBytes } from '../../../formats/page-bounds.ts'
import type { Statement } from '../../../template/statement.ts'
import type { DatabaseClient } from '../client.ts'
import type { Answer, Cursor, Row, Session } from '../database.ts'

/** Rows that were handed on, and by what the last of them is known again. */
export interface Place {
  readonly offset: number
  readonly print?: string
}

export interface Rows {
  readonly rows: readonly FlowRecord[]
  /** What they took on their way. */
  readonly bytes: number
}

/** Rows of the first read: what a row takes is not known yet. */
const firstRead = 50
/** Rows of one read at the most. */
const largestRead = 5_000

interface Open {
  readonly session: Session
  readonly cursor: Cursor
}

export const printOf = (row: FlowRecord): string => hash('sha1', JSON.stringify(row), 'base64').slice(0, 16)

interface Telling {
  readonly marked?: (() => Promise<void>) | undefined
  readonly exchanged?: ((exchange: Exchange) => void) | undefined
}

export class RowReader {
  readonly #client: DatabaseClient
  readonly #statement: Statement
  /** Settles when what was handed out is marked: the statement then finds the others. Undefined where nothing is marked. */
  readonly #marked: (() => Promise<void>) | undefined
  /** Told of each read, where somebody wants to know. */
  readonly #exchanged: ((exchange: Exchange) => void) | undefined
  #open: Open | undefined
  #from: Place
  #last: FlowRecord | undefined
  #rowBytes = 0

  constructor(client: DatabaseClient, statement: Statement, from: Place, { marked, exchanged }: Telling = {}) {
    this.#client = client
    this.#statement = statement
    this.#marked = marked
    this.#exchanged = exchanged
    this.#from = marked ? { offset: 0 } : from
  }

  /** The next rows, none at the end. Throws `StepFailure`. */
  async next(): Promise<Rows> {
    const at = Date.now()
    const begun = performance.now()
    try {
      const read = await this.#next()
      if (this.#exchanged || this.#client.isWatched) this.#tell({ rows: read.rows as readonly Row[], count: read.rows.length }, at, begun)
      return read
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      throw new StepFailure(error.failure, this.#tell(error.failure, at, begun))
    }
  }

  #tell(answer: Answer | Failure, at: number, begun: number): Exchange {
    const exchange = this.#client.describe(this.#statement, answer, at, begun)
    this.#exchanged?.(exchange)
    return exchange
  }

  #next(): Promise<Rows> {
    return this.#client.again(async () => {
      try {
        const { session, cursor } = this.#open ?? (await this.#start())
        const read = await this.#read(session, cursor)
        if (read.rows.length > 0) {
          this.#from = { offset: this.#from.offset + read.rows.length }
          this.#last = read.rows.at(-1)
        }
        return read
      } catch (error) {
        this.close()
        throw error
      }
    })
  }

  close(): void {
    this.#open?.session.close()
    this.#open = undefined
  }

  /** As many as make half a page of bytes, by what those before them took. */
  async #read(session: Session, cursor: Cursor, left = Number.POSITIVE_INFINITY): Promise<Rows> {
    const fitting = this.#rowBytes === 0 ? firstRead : Math.max(1, Math.floor(maxPageBytes / 2 / this.#rowBytes))
    const before = session.received
    const rows = await this.#client.inSlot(() => cursor.read(Math.min(left, largestRead, fitting)))
    const bytes = Math.max(rows.length, session.received - before)
    if (rows.length > 0) this.#rowBytes = bytes / rows.length
    return { rows, bytes }
  }

  async #start(): Promise<Open> {
    if (this.#marked) {
      await this.#marked()
      this.#from = { offset: 0 }
      this.#last = undefined
    }
    const { offset } = this.#from
    const print = this.#last ? printOf(this.#last) : this.#from.print
    const open = await this.#openCursor()
    if (offset === 0 || (await this.#passOver(open, offset, print))) return open
    this.close()
    this.#from = { offset: 0 }
    this.#last = undefined
    return this.#openCursor()
  }

  async #openCursor(): Promise<Open> {
    const session = await this.#client.take()
    // Whatever happens from here on, it is closed.
    this.#open = { session, cursor: none }
    this.#open = { session, cursor: await this.#client.inSlot(() => session.open(this.#statement)) }
    return this.#open
  }

  /** Whether the last row that was handed on is where it was. */
  async #passOver({ session, cursor }: Open, offset: number, print: string | undefined): Promise<boolean> {
    let last: FlowRecord | undefined
    for (let left = offset; left > 0;) {
      const { rows } = await this.#read(session, cursor, left)
      last = rows.at(-1)
      if (!last) return false
      left -= rows.length
    }
    return last !== undefined && printOf(last) === print
  }
}

const none: Cursor = { read: async () => [] }
