/** The dates that templates of an export see: since when, and until now, in the format the application wants. */
import { StepFailure, type ExportDoc, type Run } from '../adaptor.ts'
import { dayjs } from '../values/dayjs.ts'

/** Where a first run without a start date begins: with everything. */
const beginning = '1970-01-01T00:00:00.000Z'

/** Characters of `delta.dateFormat`. */
const maxFormat = 200

export interface ExportDates {
  readonly lastExportDateTime: string
  readonly currentExportDateTime: string
}

/** `lagOffset` reaches back before the last successful run, for applications that show changes late. A start date is taken as it is. */
export function exportDates({ delta }: ExportDoc, run: Run): ExportDates {
  const { dateFormat, lagOffset = 0, startDate } = delta ?? {}
  const last =
    run.lastExportDateTime === undefined ? (startDate ?? beginning) : new Date(Date.parse(run.lastExportDateTime) - lagOffset).toISOString()
  return { lastExportDateTime: formatted(last, dateFormat), currentExportDateTime: formatted(run.currentExportDateTime, dateFormat) }
}

/** In UTC, in the words of moment.js that integrator.io documents: `YYYY-MM-DD`, `X` for seconds, `x` for milliseconds. */
function formatted(iso: string, format: string | undefined): string {
  if (format && format.length > maxFormat)
    throw new StepFailure({
      source: 'internal',
      code: 'invalid_date_format',
      message: `delta.dateFormat is longer than ${maxFormat} characters.`,
    })
  return format ? dayjs().utc(iso).format(format) : iso
}
