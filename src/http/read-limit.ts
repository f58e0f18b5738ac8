/** How many reads of one account are made at once: each holds its whole answer in memory before anything of it is sent. The others wait for their turn. */
import type { Socket } from 'node:net'

/** Of the 20 connections of the pool: one account leaves the others most. Statements take a millisecond, so nobody waits long. */
const maxReads = 4

export interface Reading {
  /** Whose it is. */
  readonly key: string
  isReading?: boolean
  giveUp?: () => void
}

interface Count {
  underWay: number
  readonly waiting: Set<(isGiven: boolean) => void>
}

export class Reads {
  readonly #by = new Map<string, Count>()

  /** Settles when it is its turn, or its connection is gone. */
  async begin(reading: Reading, socket: Socket): Promise<void> {
    const count = this.#by.get(reading.key) ?? { underWay: 0, waiting: new Set() }
    this.#by.set(reading.key, count)
    if (count.underWay < maxReads) count.underWay++
    else if (!(await turnIn(count, reading))) return
    reading.isReading = true
    if (socket.destroyed) this.end(reading)
  }

  end(reading: Reading): void {
    reading.giveUp?.()
    if (!reading.isReading) return
    reading.isReading = false
    const count = this.#by.get(reading.key)
    if (!count) return
    // Its place goes to the next one, so that nobody else gets it meanwhile.
    const [next] = count.waiting
    if (next) count.waiting.delete(next)
    else if (--count.underWay === 0) this.#by.delete(reading.key)
    next?.(true)
  }
}

const turnIn = ({ waiting }: Count, reading: Reading): Promise<boolean> =>
  new Promise((resolve) => {
    waiting.add(resolve)
    reading.giveUp = () => {
      if (waiting.delete(resolve)) resolve(false)
    }
  })
