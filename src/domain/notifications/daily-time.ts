/** When a user's day has come to the hour at which their daily mail is sent. */

/** Clocks of time zones differ by quarters of an hour. */
const stepMs = 15 * 60_000
/** An hour that a clock change leaves out comes on the next day. */
const stepsAhead = (50 * 3_600_000) / stepMs

/** The next time after `now` at which it is this hour in the time zone. */
export function findDailyTime(now: Date, hour: number, timezone: string): Date {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const first = Math.floor(now.getTime() / stepMs) + 1
  for (let step = first; step < first + stepsAhead; step++) {
    const at = new Date(step * stepMs)
    if (clock.format(at) === `${String(hour).padStart(2, '0')}:00`) return at
  }
  return new Date(now.getTime() + 86_400_000)
}
