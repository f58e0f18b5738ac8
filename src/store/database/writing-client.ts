/** A session that can write: it connects to the host that takes writes, and ends where that host takes none, or no longer, or says of a commit what may not last. */
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

/** What a commit waits in for its synchronous standbys. PostgreSQL's warnings name it in every language. */
const waitsForStandbys = 'SyncRepWaitForLSN'

/** PostgreSQL reports success for a commit whose wait was canceled, after a warning: the next primary may lack it. */
class UnconfirmedCommit extends Error {
  override readonly name = 'UnconfirmedCommit'
  /** transaction_resolution_unknown. */
  readonly code = '08007'
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
    this.connection.on('notice', ({ routine }: Notice) => {
      if (routine === waitsForStandbys) this.#disown()
    })
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

  /** Before the success that follows is read: the caller gets this error instead. */
  #disown(): void {
    const unconfirmed = new UnconfirmedCommit(
      'The commit is on the primary, and may be on none of its standbys: waiting for them was canceled.',
    )
    this.connection.emit('errorMessage', unconfirmed)
    this.#session.end(unconfirmed)
  }
}

interface Notice {
  readonly routine?: string
}

interface Status {
  readonly parameterName: string
  readonly parameterValue: string
}
