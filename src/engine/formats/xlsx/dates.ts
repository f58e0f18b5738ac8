/** Dates of spreadsheets: numbers of days, which only their format tells from other numbers. */

/** Formats that need not be written down: dates, times, and those of East Asia. */
const isBuiltIn = (id: number): boolean =>
  (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58)

/** What numbers in a format are: dates or times, or hours that have passed, which may be more than 24. */
export type DateKind = 'date' | 'elapsed'

/** `code` is how the format is written, where it is one of the workbook's own. */
export function dateKindOf(id: number, code: string | undefined): DateKind | undefined {
  if (code === undefined) return isBuiltIn(id) ? (id === 46 ? 'elapsed' : 'date') : undefined
  // Texts, characters that are taken as they are, colours and conditions say nothing; elapsed hours do.
  const [positive = ''] = code.replaceAll(/"[^"]*"|\\.|_.|\*./g, '').split(';')
  if (/\[[hms]+\]/i.test(positive)) return 'elapsed'
  return /[dmyhs]/i.test(positive.replaceAll(/\[[^\]]*\]|general/gi, '')) ? 'date' : undefined
}

const day = 86_400_000
/** Day 0 of both ways to count. In the first of them 1900 has a 29th of February, so the days before are one off. */
const epochs = { since1900: Date.UTC(1899, 11, 30), since1904: Date.UTC(1904, 0, 1) }
/** The last day of the year 9999. */
const lastDay = 2_958_465

const elapsed = (seconds: number): string =>
  [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0')).join(':')

/** As ISO 8601 has it, without a zone, since spreadsheets know none: a date, a time, or both. Undefined for what no date can be. */
export function dateOf(serial: number, kind: DateKind, is1904: boolean): string | undefined {
  if (!(serial >= 0) || serial >= lastDay + 1) return undefined
  if (kind === 'elapsed') return elapsed(Math.round(serial * 86_400))
  const whole = Math.floor(serial)
  const early = !is1904 && whole < 60 ? 1 : 0
  const at = new Date((is1904 ? epochs.since1904 : epochs.since1900) + Math.round((serial + early) * (day / 1000)) * 1000)
  const [date = '', time = ''] = at.toISOString().replace('.000Z', '').split('T')
  if (serial < 1 && !is1904) return time
  return time === '00:00:00' ? date : `${date}T${time}`
}
