/** Times as callers write them in query parameters. */
import { DomainError } from './errors.ts'

/** ISO 8601 with or without milliseconds, a plain date, or milliseconds since 1970. Answers ISO 8601. */
export function parseTime(value: string, parameter: string): string {
  const at = new Date(/^\d{1,15}$/.test(value) ? Number(value) : value)
  const year = Number.isNaN(at.getTime()) ? -1 : at.getUTCFullYear()
  // Years past 9999 have another form, which neither PostgreSQL nor clients read.
  if (year < 0 || year > 9999)
    throw new DomainError(
      'invalid_query_params',
      `The ${parameter} query param is not a time: ISO 8601, a date, or milliseconds since 1970.`,
      parameter,
    )
  return at.toISOString()
}
