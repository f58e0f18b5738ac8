/** A session that can write: it connects to the host that takes writes, and ends where that host takes none, or no longer. */
import pg from 'pg'
import { ReadOnlyError } from './client-config.ts'
import type { PrimaryWatch, Session } from './primary-watch.ts'

export interface WritingConfig extends pg.ClientConfig {
  /** Where there are several hosts. */
  readonly primary?: PrimaryWatch
  /** Only reads: any host will do. */
  readonly onlyReads?: boolean
}

/** PostgreSQL tells both when a session begins, and with the first statement after they have changed. */
const reasons: Readonly<Record<string, string>> = {
  in_hot_standby: 'it is a standby, which takes no writes',
  default_transaction_read_only: 'it takes no writes (default_transaction_read_only)',
}

type Connected = (error?: Error) => void

export class WritingClient extends pg.Client {
  readonly #primary: PrimaryWatch | undefined
  readonly #session: Session = { end: (reason) => void this.connection.stream.destroy(reason) }
  #refusal: ReadOnlyError | undefined
  #isThere = false

  constructor(config: WritingConfig = {}) {
    super(config)
    // A session can be cut with its first answer, before anybody hears it: unheard, that would end the program. Its next statement says it.
    this.on('error', () => {})
    this.#primary = config.primary
    if (!config.onlyReads) this.connection.on('parameterStatus', (status: Status) => this.#hear(status))
  }

  override connect(): Promise<pg.Client>
  override connect(connected: Connected): void
  override connect(connected?: Connected): Promise<pg.Client> | undefined {
    const connecting = this.#connect()
    if (!connected) return connecting
    connecting.then(() => connected(), connected)
    return undefined
  }

  async #connect(): Promise<pg.Client> {
    if (this.#primary) {
      const address = await this.#primary.enter(this.#session)
      this.once('end', () => this.#primary?.leave(this.#session))
      Object.assign(this, address)
    }
    try {
      await super.connect()
    } catch (error) {
      this.#primary?.leave(this.#session)
      throw error
    }
    this.#isThere = true
    if (!this.#refusal) return this
    await this.end()
    throw this.#refusal
  }

  #hear({ parameterName, parameterValue }: Status): void {
    const reason = reasons[parameterName]
    if (reason === undefined || parameterValue !== 'on') return
    this.#refusal = new ReadOnlyError(reason)
    if (this.#isThere) this.#session.end(this.#refusal)
  }
}

interface Status {
  readonly parameterName: string
  readonly parameterValue: string
}
