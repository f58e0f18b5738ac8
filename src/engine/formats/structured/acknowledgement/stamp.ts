/** When an acknowledgement is made, as envelopes of EDI write it: in UTC. */
export interface Stamp {
  /** CCYYMMDD, and YYMMDD. */
  readonly date: string
  readonly shortDate: string
  /** HHMM. */
  readonly time: string
}

export function toStamp(at: Date): Stamp {
  const [day = '', time = ''] = at.toISOString().split('T')
  const date = day.replaceAll('-', '')
  return { date, shortDate: date.slice(2), time: time.slice(0, 5).replace(':', '') }
}
