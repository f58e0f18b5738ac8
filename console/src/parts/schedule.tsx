/** Schedules in words: the six fields of cron as a person would say them, or as they are where no words fit. */
import { integrationWords } from '../words/integrations.ts'
import { scheduleWords } from '../words/schedule.ts'

const every = /^(?:\*|0)\/(\d+)$/
const number = /^\d+$/
const pad = (text: string): string => text.padStart(2, '0')

function describeSchedule(schedule: string): string {
  const [seconds, minutes = '', hours = '', days = '', months = '', weekdays = ''] = schedule.trim().split(/\s+/)
  const isAnyDay = ['*', '?'].includes(days) && months === '*'
  if (seconds === undefined || !isAnyDay) return schedule
  const isEveryDay = ['*', '?'].includes(weekdays)
  if (isEveryDay && hours === '*') {
    const step = minutes === '*' ? 1 : Number(every.exec(minutes)?.[1])
    if (step) return scheduleWords.everyMinutes(step)
    return number.test(minutes) ? scheduleWords.hourlyAt(pad(minutes)) : schedule
  }
  if (!number.test(minutes)) return schedule
  const hourStep = Number(every.exec(hours)?.[1])
  if (isEveryDay && hourStep) return scheduleWords.everyHours(hourStep, pad(minutes))
  if (!/^\d+(?:,\d+)*$/.test(hours)) return schedule
  const times = hours
    .split(',')
    .map((hour) => `${pad(hour)}:${pad(minutes)}`)
    .join(', ')
  if (isEveryDay) return scheduleWords.dailyAt(times)
  const names = nameDays(weekdays)
  return names ? scheduleWords.weeklyAt(names, times) : schedule
}

function nameDays(weekdays: string): string | undefined {
  if (/^(?:1-5|MON-FRI)$/i.test(weekdays)) return scheduleWords.weekdays
  const days = scheduleWords.days
  const names = weekdays
    .split(',')
    .map((day) => days[number.test(day) ? Number(day) % 7 : days.findIndex((name) => name.toLowerCase() === day.toLowerCase())])
  return names.every((name) => name !== undefined) ? names.join(', ') : undefined
}

interface Scheduled {
  readonly schedule?: string | undefined
  readonly timezone?: string | undefined
  readonly pageGenerators?: readonly { readonly schedule?: string | undefined }[] | undefined
}

/** Of the flow, else of the first of its page generators that has one; empty where it runs by no clock. */
export const scheduleOf = ({ schedule, pageGenerators }: Scheduled): string =>
  schedule || pageGenerators?.find((each) => each.schedule)?.schedule || ''

export function Schedule({ flow, isCalled = false }: { readonly flow: Scheduled; readonly isCalled?: boolean | undefined }) {
  const schedule = scheduleOf(flow)
  const { timezone } = flow
  if (!schedule) return <span className="soft">{isCalled ? integrationWords.flows.onWebhook : integrationWords.flows.noSchedule}</span>
  return <span title={timezone ? `${schedule} · ${timezone}` : schedule}>{describeSchedule(schedule)}</span>
}
