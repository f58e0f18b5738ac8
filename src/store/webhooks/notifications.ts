/** Tells runs of webhooks at once what any server has received: PostgreSQL's notifications, over a connection of its own that is there while somebody waits. */
import type { Client, Notification } from 'pg'
import type { QueueKey, ReceivedSignal } from '../../domain/ports/flows/webhooks.ts'

export const receivedChannel = 'sluice_webhooks'
/** Before another connection is tried. Milliseconds. */
const reconnectMs = 1000

const nameOf = ({ envId, flowId, exportId }: QueueKey): string => `${envId}/${flowId}/${exportId}`

/** Without a connection, whoever waits looks again when its time is over. */
export class ReceivedNotifications implements ReceivedSignal {
  readonly #connect: () => Promise<Client>
  readonly #waiting = new Map<string, Set<() => void>>()
  #client: Promise<Client | undefined> | undefined
  #isClosed = false

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect
  }

  async wait(queue: QueueKey, ms: number, signal: AbortSignal): Promise<void> {
    this.#client ??= this.#listen()
    const name = nameOf(queue)
    const waiting = this.#waiting.get(name) ?? new Set()
    this.#waiting.set(name, waiting)
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        waiting.delete(end)
        if (waiting.size === 0) this.#waiting.delete(name)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end, { once: true })
      waiting.add(end)
      if (signal.aborted) end()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await (await this.#client)?.end()
  }

  async #listen(): Promise<Client | undefined> {
    let isLost = false
    const lose = (): void => {
      if (isLost) return
      isLost = true
      setTimeout(() => {
        this.#client = this.#isClosed || this.#waiting.size === 0 ? undefined : this.#listen()
      }, reconnectMs).unref()
    }
    let client: Client | undefined
    try {
      client = await this.#connect()
      client.on('notification', ({ payload }: Notification) => this.#waiting.get(payload ?? '')?.forEach((end) => end()))
      // A connection that breaks says so more than once.
      client.on('error', lose)
      client.once('end', lose)
      await client.query(`listen ${receivedChannel}`)
      return client
    } catch {
      lose()
      client?.end().catch(() => {})
      return undefined
    }
  }
}
