/**
 * Schedules: cron with six fields as integrator.io writes it, `? 5 * ? * *`, read in a time zone. Pure: the minute is asked for, never looked up.
 *
 * When clocks go forward, what was due in the time that is left out is due by so much later. When they go back, what is due at hours that are named is
 * due the first time only, and what is due every hour, or every few, goes on through both. Libraries get this wrong, each in its own way, so only the
 * fields are theirs here: they are compared with what a clock on the wall shows.
 */
import type * as CronParser from 'cron-parser'
import { lazyLoad } from '../lazy-load.ts'

const cronParser = lazyLoad<typeof CronParser>('cron-parser')

const minuteMs = 60_000
/** Clocks go forward or back by an hour at the most. */
const maxJumpMs = 60 * minuteMs
const utc = 'UTC'

/** Thrown for a schedule or a time zone that cannot be read. The message says why, as the end of a sentence. */
export class ScheduleError extends Error {}

/** Whether the schedule names the minute that begins at `minute`. Throws `ScheduleError`. */
export function isDue(schedule: string, timezone: string | undefined, minute: Date): boolean {
  const { expression, everyHour } = readSchedule(schedule)
  const aheadAt = findOffset(timezone || utc)
  const at = minute.getTime()
  const ahead = aheadAt(at)
  const shown = (earlier: number): boolean => expression.includesDate(new Date(at + ahead - earlier))
  const jump = ahead - aheadAt(at - maxJumpMs)
  // Had the clock gone on as before, it would show `jump` less; that was left out where the jump is no older than it is long.
  if (jump > 0 && aheadAt(at - jump) < ahead) return shown(0) || shown(jump)
  if (jump < 0 && aheadAt(at + jump) > ahead) return everyHour && shown(0)
  return shown(0)
}

/** Looked at minute by minute before days are passed over. */
const denseMs = 180 * minuteMs
/** Days of the schedule that are looked at: those of clock changes may hold no time that is due. */
const maxDays = 50

/** The next times that the schedule names, after `after`: milliseconds since 1970, the first one first. Throws `ScheduleError`. */
export function listDueTimes(schedule: string, timezone: string | undefined, after: Date, count: number): number[] {
  const found: number[] = []
  const first = (Math.floor(after.getTime() / minuteMs) + 1) * minuteMs
  let at = first
  const scan = (until: number): void => {
    for (; at <= until && found.length < count; at += minuteMs) if (isDue(schedule, timezone, new Date(at))) found.push(at)
  }
  scan(first + denseMs)
  const { expression } = readSchedule(schedule)
  const aheadAt = findOffset(timezone || utc)
  for (let day = 0; day < maxDays && found.length < count; day++) {
    // What the clock shows by then, as if that were UTC; around it, whatever the clock does.
    const shown = nextShown(expression, at + aheadAt(at) - minuteMs)
    if (shown === undefined) return found
    at = Math.max(at, shown - aheadAt(shown - aheadAt(at)) - maxJumpMs)
    scan(at + 2 * maxJumpMs)
  }
  return found
}

/** What is looked at minute by minute, where a clock changes. */
const aroundChangeMs = 60 * minuteMs

/**
 * The next time that the schedule names after `after`, or one before it: `latest` where none comes by then, and less than that near a clock change. A
 * fiftieth of the cost of `listDueTimes`. Both times are less than two days apart; `latest` is a minute's first moment. Throws `ScheduleError`.
 */
export function findNotDueBefore(schedule: string, timezone: string | undefined, after: number, latest: number): number {
  const { expression } = readSchedule(schedule)
  const aheadAt = findOffset(timezone || utc)
  const from = Math.floor(after / minuteMs) * minuteMs
  const ahead = aheadAt(from - maxJumpMs)
  if (aheadAt(latest) === ahead) {
    const shown = nextShown(expression, from + ahead)
    return shown === undefined ? latest : Math.min(shown - ahead, latest)
  }
  const last = Math.min(from + aroundChangeMs, latest)
  for (let at = from + minuteMs; at < last; at += minuteMs) if (isDue(schedule, timezone, new Date(at))) return at
  return last
}

function nextShown(expression: CronParser.CronExpression, after: number): number | undefined {
  try {
    expression.reset(new Date(after))
    return expression.next().getTime()
  } catch {
    return undefined
  }
}

/** Refuses a schedule that cannot be read, and one that is never due. Throws `ScheduleError`. */
export function checkSchedule(schedule: string): void {
  const { expression } = readSchedule(schedule)
  try {
    expression.reset(new Date(0))
    expression.next()
  } catch {
    throw new ScheduleError('no day ever fits it')
  }
}

/** Throws `ScheduleError`. */
export const checkTimezone = (timezone: string): void => void findClock(timezone)

interface Read {
  /** In UTC: it is asked about what the clock shows, as if that were UTC. */
  readonly expression: CronParser.CronExpression
  readonly everyHour: boolean
}

/** Reading one costs a hundred times what asking it costs. Beyond this number of schedules that differ it begins anew. */
const keptSchedules = 1000
const known = new Map<string, Read>()

const fields = 6
/** One entry of a list: everything, a number, a name, a range, with or without a step; for days also the last one, and the n-th of a weekday. */
const entry = /^(?:(?:\*|(?:\d{1,2}|[a-z]{3})(?:-(?:\d{1,2}|[a-z]{3}))?)(?:\/\d{1,2})?|L|(?:\d|[a-z]{3})(?:L|#[1-5]))$/i

function readSchedule(schedule: string): Read {
  const found = known.get(schedule)
  if (found) return found
  const [second, ...rest] = schedule.trim().split(/\s+/)
  if (rest.length !== fields - 1) throw new ScheduleError('it needs six fields: ? minute hour day month weekday')
  if (second !== '?') throw new ScheduleError('its first field has to be ?, since seconds are not chosen')
  const stranger = rest.find((each, i) => !(each === '?' && (i === 2 || i === 4)) && !each.split(',').every((part) => entry.test(part)))
  if (stranger !== undefined) throw new ScheduleError(`${stranger} means nothing there`)
  const made = { expression: parse(`0 ${rest.join(' ')}`), everyHour: rest[1]?.startsWith('*') ?? false }
  if (known.size >= keptSchedules) known.clear()
  known.set(schedule, made)
  return made
}

function parse(cron: string): CronParser.CronExpression {
  try {
    return cronParser().CronExpressionParser.parse(cron, { tz: utc })
  } catch (error) {
    throw new ScheduleError((error as Error).message.replace(/\.$/, ''))
  }
}

/** Making one takes a hundred times as long as using it. There are some 600 time zones. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function findClock(zone: string): Intl.DateTimeFormat {
  const made = clocks.get(zone)
  if (made) return made
  try {
    // Swedes write dates as ISO 8601 does.
    const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    clocks.set(zone, clock)
    return clock
  } catch {
    throw new ScheduleError(`${zone} is not a time zone`)
  }
}

/** By how many milliseconds the clocks of a time zone are ahead of UTC at a time. */
function findOffset(zone: string): (at: number) => number {
  const clock = findClock(zone)
  return (at) => Date.parse(`${clock.format(at).replace(' ', 'T')}Z`) - at
}
