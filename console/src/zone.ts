/** The time zone in which the user reads and enters times: the one that they prefer, or that of the browser. The one place that converts both ways. */

const formatIn = (timeZone?: string) =>
  new Intl.DateTimeFormat('en', {
    ...(timeZone && { timeZone }),
    hourCycle: 'h23',
    ...({ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const),
  })
let clock = formatIn()
/** That of the browser where none is named. */
export const setZone = (timezone: string | undefined): void => void (clock = formatIn(timezone))

const lengths = { day: 'YYYY-MM-DD'.length, second: 'YYYY-MM-DDTHH:MM:SS'.length }

/** What clocks show in the zone at a moment, as fields of forms have it: `2026-03-29T14:30:00`. Empty where it is no time. */
export function toLocal(at: unknown): string {
  const date = new Date(typeof at === 'string' || typeof at === 'number' ? at : Number.NaN)
  if (Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() + offsetAt(date.getTime())).toISOString().slice(0, lengths.second)
}

export const toLocalDay = (at: unknown): string => toLocal(at).slice(0, lengths.day)

/** The moment at which clocks in the zone show this. Where they are put forward past it, it is read as they stood before. What is no time stays, to be refused in words. */
export function fromLocal(local: string): string {
  const asUtc = Date.parse(`${local}Z`)
  if (Number.isNaN(asUtc)) return local
  const guess = asUtc - offsetAt(asUtc)
  return new Date(asUtc - offsetAt(guess)).toISOString()
}

export const beginOfDay = (day: string): string => fromLocal(`${day}T00:00:00.000`)
export const endOfDay = (day: string): string => fromLocal(`${day}T23:59:59.999`)

/** How far the zone is ahead of UTC. Milliseconds. */
function offsetAt(ms: number): number {
  const parts = clock.formatToParts(ms)
  const read = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value)
  const shown = Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second'))
  return shown - Math.floor(ms / 1000) * 1000
}
