/** Chance that comes out alike for the same seed, so that a failure can be had again. */

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  below(limit: number): number
  pick<T>(from: readonly T[]): T
  /** So many of them, each once, in another order. */
  some<T>(from: readonly T[], count: number): T[]
}

/** mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    some(from, count) {
      const left = [...from]
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(below(left.length), 1)[0] as (typeof from)[number])
    },
  }
}

/** A number for a name: each operation has its own chance, whichever others there are. */
export const seedOf = (seed: number, name: string): number =>
  Buffer.from(name).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, seed)
