/** Which sums a time is made of: whole months, days and hours (UTC), and single runs at its edges. So a year is read from as few rows as a day. */
import type { StatsUnit } from '../../../contract/operations/flows/run-reports.ts'
import type { StatsSpan } from '../../ports/flows/run-stats.ts'

const finer = { month: 'day', day: 'hour', hour: 'run' } as const

/** `to` is not part of it. */
export const coverSpan = (from: number, to: number): readonly StatsSpan[] => cover(from, to, 'month')

function cover(from: number, to: number, unit: StatsUnit | 'run'): readonly StatsSpan[] {
  if (from >= to) return []
  if (unit === 'run') return [toSpan('run', from, to)]
  const begin = beginningOf(unit, from)
  const first = begin === from ? from : nextOf(unit, begin)
  const last = beginningOf(unit, to)
  if (first >= last) return cover(from, to, finer[unit])
  return [...cover(from, first, finer[unit]), toSpan(unit, first, last), ...cover(last, to, finer[unit])]
}

const toSpan = (unit: StatsSpan['unit'], from: number, to: number): StatsSpan => ({
  unit,
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
})

/** The hour, day or month in which a time lies. */
export function beginningOf(unit: StatsUnit, at: number): number {
  const time = new Date(at)
  if (unit === 'month') return Date.UTC(time.getUTCFullYear(), time.getUTCMonth())
  if (unit === 'day') return time.setUTCHours(0, 0, 0, 0)
  return time.setUTCMinutes(0, 0, 0)
}

/** The one after the hour, day or month that begins then. */
export function nextOf(unit: StatsUnit, begin: number): number {
  const time = new Date(begin)
  if (unit === 'month') return time.setUTCMonth(time.getUTCMonth() + 1)
  return begin + (unit === 'day' ? 24 : 1) * 3600 * 1000
}
