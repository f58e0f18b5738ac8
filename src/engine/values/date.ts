/** Dates in Moment.js formats and IANA time zones: reads a text to a point in time, writes a point in time as text. Times are milliseconds since 1970. */
import type { Dayjs } from 'dayjs'
import { boundedCache } from './bounded-cache.ts'
import { dayjs } from './dayjs.ts'
import { formatValue } from './plain-value.ts'

/** A sentence for whoever wrote the zone, the format or the date. */
export class DateError extends Error {}

/** Characters of a format, and of a text that is to be a date. */
const maxFormat = 200
const maxDate = 500
/** Characters of the name of a zone; the longest there is has 32. */
const maxZone = 100

/** What `new Date(text)` may be trusted with: ISO 8601 and its usual variants. Without an offset the zone decides, not the machine. */
const isoLike = /^\d{4}-\d{2}(-\d{2})?([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i
const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/i
/** Tokens of a format that say the point in time by themselves. */
const absolute = /\[[^\]]*]|ZZ?|X|x/g

/** Throws `DateError`. Numbers are milliseconds; texts without an offset are in `zone`, UTC by default. */
export function readDate(value: unknown, format?: string, zone?: string): number {
  if (value instanceof Date) return checked(value.getTime(), value)
  if (typeof value === 'number' && !format) return checked(value, value)
  if (typeof value !== 'string' && typeof value !== 'number') throw new DateError(`${formatValue(value)} is not a date.`)
  if (String(value).length > maxDate) throw new DateError(`${formatValue(value)} is not a date.`)
  const text = String(value).trim()
  mustBeShort(format)
  return format ? readFormatted(text, format, zone) : readFree(text, zone)
}

function readFree(text: string, zone: string | undefined): number {
  if (/^-?\d{11,14}$/.test(text)) return Number(text)
  if (isoLike.test(text) && !hasOffset.test(text.slice(10)))
    return checked(inZone(zone, () => dayjs().tz(text.replace(',', '.'), zone ?? 'UTC')).valueOf(), text)
  const time = Date.parse(isoLike.test(text) || hasOffset.test(text) || /\b(GMT|UTC)\b/.test(text) ? text : `${text} UTC`)
  if (Number.isNaN(time) || !zone || isoLike.test(text) || hasOffset.test(text)) return checked(time, text)
  return inZone(zone, () => dayjs().utc(time).tz(zone, true)).valueOf()
}

function readFormatted(text: string, format: string, zone: string | undefined): number {
  const own = [...format.matchAll(absolute)].some(([token]) => !token.startsWith('['))
  const utcDate = dayjs().utc(text, format)
  const date = own || !utcDate.isValid() ? utcDate : inZone(zone, () => dayjs().tz(text, format, zone ?? 'UTC'))
  // dayjs reads 13/45/2024 as a day in 2025; Moment and people call it no date.
  const rolled = !own && utcDate.isValid() && numbers(utcDate.format(format)) !== numbers(text)
  if (!date.isValid() || rolled) throw new DateError(`"${text}" is not a date in the format "${format}".`)
  return date.valueOf()
}

const numbers = (text: string): string => (text.match(/\d+/g) ?? []).map(Number).join()

/** ISO 8601 in UTC where no format is told. Throws `DateError`. */
export function writeDate(time: number, format?: string, zone?: string): string {
  mustBeShort(format)
  const date = zone ? inZone(zone, () => dayjs().utc(time).tz(zone)) : dayjs().utc(time)
  if (format) return date.format(withMissingTokens(format, date))
  return zone && zone !== 'UTC' ? date.format('YYYY-MM-DDTHH:mm:ss.SSSZ') : new Date(time).toISOString()
}

/** Its cost is that of its tokens, and each is written anew. */
function mustBeShort(format: string | undefined): void {
  if (format !== undefined && format.length > maxFormat) throw new DateError(`The format is longer than ${maxFormat} characters.`)
}

/** Moment's tokens that dayjs does not know, written out before it sees the format. */
function withMissingTokens(format: string, date: Dayjs): string {
  return format.replace(/\[[^\]]*]|DDDD|DDDo|DDD|Mo|Qo|Wo|do|E|e|S+/g, (token) => {
    const write = missing[token] ?? (/^S{1,2}$|^S{4,9}$/.test(token) ? (d: Dayjs) => fraction(d, token.length) : undefined)
    return write ? `[${write(date)}]` : token
  })
}

const missing: Readonly<Record<string, (date: Dayjs) => string | number>> = {
  DDDD: (d) => String(d.dayOfYear()).padStart(3, '0'),
  DDDo: (d) => ordinal(d.dayOfYear()),
  DDD: (d) => d.dayOfYear(),
  Mo: (d) => ordinal(d.month() + 1),
  Qo: (d) => ordinal(d.quarter()),
  Wo: (d) => ordinal(d.isoWeek()),
  do: (d) => ordinal(d.day()),
  E: (d) => d.isoWeekday(),
  e: (d) => d.day(),
}

const fraction = (date: Dayjs, digits: number): string => String(date.millisecond()).padStart(3, '0').padEnd(digits, '0').slice(0, digits)

/** 1st, 2nd, 3rd, 4th, 11th. */
export function ordinal(n: number): string {
  const tens = Math.abs(n) % 100
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][Math.abs(n) % 10] ?? 'th')
  return `${n}${suffix}`
}

/** Whether it names a time zone. Asking costs some microseconds, and templates ask once a record. */
export const isZone = (text: string): boolean =>
  text.length <= maxZone &&
  zones.of(text, (name) => ({ known: (name.includes('/') || name === 'UTC' || name === 'GMT') && isKnownZone(name) })).known
const zones = boundedCache<{ known: boolean }>(256 * 1024, 2)

function isKnownZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function inZone(zone: string | undefined, make: () => Dayjs): Dayjs {
  try {
    return make()
  } catch (error) {
    if (error instanceof RangeError) throw new DateError(`"${zone}" is not a time zone.`, { cause: error })
    throw error
  }
}

function checked(time: number, value: unknown): number {
  if (Number.isNaN(time)) throw new DateError(`${formatValue(value)} is not a date.`)
  return time
}
