/**
 * Tells who has fallen silent, by what whoever looks has seen change, on its own monotonic clock. The times in the database only have to differ from each
 * other: a step of its clock, which NTP makes when it has been wrong, makes nobody look dead or alive.
 */

export interface Sign {
  readonly id: string
  /** Another one each time that it gives a sign of life. */
  readonly mark: string
  /** How long ago that was, as far as the clock of the database is to be believed: it counts for who is seen for the first time. Milliseconds. */
  readonly ageMs: number
}

/** Answers, with each look, who of all that are there has been silent for `longestMs`. */
export function createSilenceCheck(longestMs: number, now: () => number = () => performance.now()): (all: readonly Sign[]) => string[] {
  let known = new Map<string, { readonly mark: string; readonly since: number }>()
  return (all) => {
    const at = now()
    known = new Map(
      all.map(({ id, mark, ageMs }) => {
        const before = known.get(id)
        if (before?.mark === mark) return [id, before]
        return [id, { mark, since: before ? at : at - Math.max(ageMs, 0) }]
      }),
    )
    return [...known].filter(([, { since }]) => at - since >= longestMs).map(([id]) => id)
  }
}
