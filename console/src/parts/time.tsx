/** Times, numbers and durations as the browser's language writes them: times relative, with the exact one when the mouse rests. */
import { useSyncExternalStore } from 'react'
import { setZone } from '../zone.ts'

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })
const formatExact = (timeZone?: string) =>
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', ...(timeZone && { timeZone }) })
let exact = formatExact()
/** That of the browser where none is named. */
export function setTimezone(timezone: string | undefined): void {
  setZone(timezone)
  exact = formatExact(timezone)
}
const whole = new Intl.NumberFormat()
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const steps = [
  [30 * day, 365 * day, 'month'],
  [day, 30 * day, 'day'],
  [hour, day, 'hour'],
  [minute, hour, 'minute'],
] as const

export const exactTime = (at: string | number): string => exact.format(new Date(at))

function relativeTime(at: string | number, now: number): string {
  const ms = new Date(at).getTime() - now
  const size = Math.abs(ms)
  if (size >= 365 * day) return exact.format(new Date(at))
  for (const [unit, below, name] of steps) if (size >= unit && size < below) return relative.format(Math.round(ms / unit), name)
  return relative.format(Math.round(ms / 1000), 'second')
}

/** How often the relative times on a page are updated. In milliseconds. */
const tickMs = 15_000
let now = Date.now()
const listeners = new Set<() => void>()
setInterval(() => {
  now = Date.now()
  for (const listener of listeners) listener()
}, tickMs)

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export function Time({ at }: { readonly at: string | number | undefined }) {
  const current = useSyncExternalStore(subscribe, () => now)
  if (at === undefined) return <span className="soft">–</span>
  // A clock of the server that is a little ahead is no future.
  const ms = new Date(at).getTime()
  return (
    <time dateTime={new Date(ms).toISOString()} title={exact.format(ms)}>
      {relativeTime(ms, Math.max(current, Math.min(ms, current + minute)))}
    </time>
  )
}

export const formatCount = (count: number): string => whole.format(count)
/** 12,300 is 12.3K: where the room is small. */
export const formatShort = (count: number): string => (count < 10_000 ? whole.format(count) : short.format(count))
