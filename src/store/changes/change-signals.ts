/** Listens for what was noted in any program: one connection, which is there while somebody watches anything. */
import type { Client, Notification } from 'pg'
import { changeKinds, type ChangeSignals } from '../../domain/ports/flows/live-changes.ts'
import { changesChannel } from './note-changes.ts'

type Heard = Parameters<ChangeSignals['subscribe']>[1]

/** Before another connection is tried. Milliseconds. */
const reconnectMs = 1000

export class ChangeNotifications implements ChangeSignals {
  readonly #connect: () => Promise<Client>
  readonly #heard = new Map<string, Set<Heard>>()
  #client: Promise<Client | undefined> | undefined
  #isClosed = false

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect
  }

  subscribe(envId: string, heard: Heard): () => void {
    const all = this.#heard.get(envId) ?? new Set<Heard>()
    this.#heard.set(envId, all.add(heard))
    if (!this.#client) this.#listen()
    return () => {
      all.delete(heard)
      if (all.size === 0 && this.#heard.get(envId) === all) this.#heard.delete(envId)
      if (this.#heard.size === 0) void this.#leave()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#heard.clear()
    await this.#leave()
  }

  async #leave(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await (await client)?.end().catch(() => {})
  }

  #listen(): void {
    const client = this.#open(() => {
      if (this.#client !== client) return
      this.#client = undefined
      setTimeout(() => {
        if (!this.#isClosed && this.#heard.size > 0 && !this.#client) this.#listen()
      }, reconnectMs).unref()
    })
    this.#client = client
  }

  async #open(lost: () => void): Promise<Client | undefined> {
    let client: Client | undefined
    try {
      client = await this.#connect()
      client.on('notification', ({ payload = '' }: Notification) => {
        const [envId = '', kind] = payload.split(' ')
        this.#heard.get(envId)?.forEach((heard) => heard(changeKinds.find((each) => each === kind)))
      })
      // A connection that breaks says so more than once.
      client.on('error', lost)
      client.once('end', lost)
      await client.query(`listen ${changesChannel}`)
      // Whatever was noted while nobody listened.
      for (const all of this.#heard.values()) all.forEach((heard) => heard())
      return client
    } catch {
      lost()
      client?.end().catch(() => {})
      return undefined
    }
  }
}
