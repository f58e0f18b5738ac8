/** Measures two things by turns, so that whatever slows the machine down slows both. */
import { median } from './row.ts'

export interface Rounds {
  readonly ours: number
  readonly theirs: number
  /** The median of the ratios of the rounds: each compares two neighbours in time. */
  readonly ratio: number
  /** The median of their differences, likewise. */
  readonly difference: number
}

/** The first round only warms up: compilers, caches and connections. Who begins changes from round to round. */
export async function rounds(count: number, ours: () => Promise<number>, theirs: () => Promise<number>): Promise<Rounds> {
  const measured: { ours: number; theirs: number }[] = []
  for (let round = 0; round <= count; round++) {
    const first = await (round % 2 === 0 ? ours() : theirs())
    const second = await (round % 2 === 0 ? theirs() : ours())
    if (round > 0) measured.push(round % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first })
  }
  return {
    ours: median(measured.map((each) => each.ours)),
    theirs: median(measured.map((each) => each.theirs)),
    ratio: median(measured.map((each) => each.ours / each.theirs)),
    difference: median(measured.map((each) => each.ours - each.theirs)),
  }
}
