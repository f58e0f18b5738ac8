/** When schedules are due, by test/cases/schedule: every minute of a range is asked. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkSchedule, checkTimezone, findNotDueBefore, isDue, ScheduleError } from '../../src/domain/rules/schedule.ts'

interface Case {
  readonly name: string
  readonly schedule: string
  readonly timezone?: string
  readonly from: string
  readonly to: string
  readonly due: readonly string[]
}
const casesOf = <C>(file: string): C[] =>
  JSON.parse(readFileSync(new URL(`../cases/schedule/${file}.json`, import.meta.url), 'utf8')) as C[]

const minuteMs = 60_000
const minutesOf = ({ from, to }: Case): Date[] => {
  const begin = Date.parse(from)
  return Array.from({ length: (Date.parse(to) - begin) / minuteMs }, (_, n) => new Date(begin + n * minuteMs))
}

describe.each(['ordinary', 'clock-changes'])('%s', (file) => {
  it.each(casesOf<Case>(file))('$name', (each) => {
    expect(() => checkSchedule(each.schedule)).not.toThrow()
    const due = minutesOf(each).filter((minute) => isDue(each.schedule, each.timezone, minute))
    expect(due.map((minute) => minute.toISOString().replace(':00.000', ''))).toEqual(each.due)
  })
})

const dayMs = 24 * 60 * minuteMs

describe.each(['ordinary', 'clock-changes'])('no time that is due is passed over on the way from one look to the next: %s', (file) => {
  it.each(casesOf<Case>(file))('$name', (each) => {
    const [begin, end] = [Date.parse(each.from), Date.parse(each.to)]
    const looks: number[] = []
    for (let at = begin - minuteMs; at < end;) {
      const next = findNotDueBefore(each.schedule, each.timezone, at, at + dayMs)
      expect(next).toBeGreaterThan(at)
      looks.push((at = next))
    }
    const due = looks.filter((at) => at < end && isDue(each.schedule, each.timezone, new Date(at)))
    expect(due.map((at) => new Date(at).toISOString().replace(':00.000', ''))).toEqual(each.due)
    // Not minute by minute: once a day besides, and once an hour on days on which a clock changes.
    expect(looks.length - due.length).toBeLessThanOrEqual((25 * (end - begin)) / dayMs + 2)
  })
})

describe('refused', () => {
  it.each(casesOf<{ schedule: string; error: string }>('refused'))('$name', ({ schedule, error }) => {
    expect(() => checkSchedule(schedule)).toThrow(new ScheduleError(error))
  })

  it('29 February is a day that comes', () => {
    expect(() => checkSchedule('? 0 0 29 2 ?')).not.toThrow()
  })

  it('a time zone that is none', () => {
    for (const zone of ['Europe/Nowhere', 'local', 'Berlin', '../etc/passwd']) expect(() => checkTimezone(zone)).toThrow(ScheduleError)
    for (const zone of ['Europe/Berlin', 'UTC', 'Etc/GMT+5', 'america/new_york']) expect(() => checkTimezone(zone)).not.toThrow()
  })
})
