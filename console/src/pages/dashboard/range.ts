/** The times that the dashboard looks at: each from the beginning of an hour, a day or a month, so that the same question is asked by all who look. */
import type { CallResult } from '../../api/client.ts'

export type Interval = CallResult<'listRunTimeSeries'>['interval']

const hourMs = 3600 * 1000
const dayMs = 24 * hourMs

/** By their days, as the address names them. */
export const rangeNames = ['1', '7', '30', '365'] as const
export type RangeName = (typeof rangeNames)[number]
export const isRange = (name: string): name is RangeName => (rangeNames as readonly string[]).includes(name)

const intervals: Readonly<Record<RangeName, Interval>> = { '1': 'hour', '7': 'hour', '30': 'day', '365': 'month' }

/** Milliseconds since 1970. The hour, day or month that goes on now is the last of it. */
export function spanOf(range: RangeName, now = Date.now()): { readonly from: number; readonly interval: Interval } {
  const interval = intervals[range]
  if (interval === 'hour') return { interval, from: Math.floor(now / hourMs) * hourMs - (Number(range) * 24 - 1) * hourMs }
  if (interval === 'day') return { interval, from: Math.floor(now / dayMs) * dayMs - (Number(range) - 1) * dayMs }
  const today = new Date(now)
  return { interval, from: Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 11) }
}
