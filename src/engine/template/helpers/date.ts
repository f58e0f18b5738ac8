/** Dates in Moment.js formats. `dateAdd` counts in milliseconds. */
import { DateError, isZone, readDate, writeDate } from '../../values/date.ts'
import { toText } from '../../values/plain-value.ts'
import { TemplateError } from '../template-run.ts'
import { inline, numberOf, type TemplateHelper } from './template-helper.ts'

const some = (value: unknown): string | undefined => toText(value) || undefined

function tryDates(act: () => string): string {
  try {
    return act()
  } catch (error) {
    if (error instanceof DateError) throw new TemplateError(error.message, { cause: error })
    throw error
  }
}

/** A third argument that names a zone stands for the fourth: people leave out the format of the source. */
function dateFormat(output: unknown, date: unknown, input: unknown, zone: unknown): string {
  if (date === undefined || date === null || date === '') return ''
  const given = toText(input)
  const [format, target] = zone === undefined && isZone(given) ? [undefined, given] : [some(given), some(zone)]
  return tryDates(() => writeDate(readDate(date, format), some(output), target))
}

function dateAdd(date: unknown, offset: unknown, zone: unknown): string {
  if (date === undefined || date === null || date === '') return ''
  return tryDates(() => writeDate(readDate(date, undefined, some(zone)) + (numberOf(offset, 'dateAdd') ?? 0), undefined, some(zone)))
}

export const dateHelpers: readonly TemplateHelper[] = [
  inline('dateFormat', dateFormat),
  inline('dateAdd', dateAdd),
  inline('timestamp', (format, zone) => tryDates(() => writeDate(Date.now(), some(format), some(zone)))),
]
