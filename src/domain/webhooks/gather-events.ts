/** Events that come while others are written wait for these and are written together: one commit for many requests. */
import type { NewEvent, Received } from '../ports/flows/webhooks.ts'

/** Of one commit. */
const maxEvents = 500
const maxBytes = 16 * 1024 * 1024

interface Waiting {
  readonly events: readonly NewEvent[]
  readonly resolve: (received: readonly Received[]) => void
  readonly reject: (error: unknown) => void
}

type Write = (events: readonly NewEvent[]) => Promise<readonly Received[]>

export class EventGatherer {
  readonly #write: Write
  #waiting: Waiting[] = []
  #isWriting = false

  constructor(write: Write) {
    this.#write = write
  }

  /** The events of one request. Resolves when they are committed, with the queues that took them. */
  add(events: readonly NewEvent[]): Promise<readonly Received[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject })
      if (this.#isWriting) return
      this.#isWriting = true
      // After all that has come in the same moment.
      setImmediate(() => void this.#writeAll())
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup()
      try {
        const received = await this.#write(group.flatMap(({ events }) => events))
        for (const { resolve } of group) resolve(received)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#isWriting = false
  }

  #takeGroup(): Waiting[] {
    let [events, bytes, count] = [0, 0, 0]
    for (const waiting of this.#waiting) {
      events += waiting.events.length
      bytes += waiting.events.reduce((sum, each) => sum + each.bytes, 0)
      if (count > 0 && (events > maxEvents || bytes > maxBytes)) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }
}
