/** Makes 24-hex ObjectIds: 4 bytes of seconds, 5 of this process, 3 of a counter. Later ids of one process sort after earlier ones. */
import { randomBytes } from 'node:crypto'

const counterLimit = 0x1000000

export function idMaker(now: () => number = Date.now): () => string {
  const process = randomBytes(5).toString('hex')
  let counter = randomBytes(3).readUIntBE(0, 3)
  let second = 0
  return () => {
    const at = Math.floor(now() / 1000)
    // The clock may step back and the counter may wrap within a second: neither may sort an id before an earlier one.
    second = Math.max(second, at)
    counter += 1
    if (counter >= counterLimit) {
      counter = 0
      second += 1
    }
    return second.toString(16).padStart(8, '0') + process + counter.toString(16).padStart(6, '0')
  }
}

export const isId = (text: string): boolean => /^[0-9a-f]{24}$/.test(text)
