/** Answers in CSV, read as rows: each an object by the names of its columns. */
import type { FlowRecord } from '../../adaptor.ts'
import { readCsvText } from '../../formats/csv.ts'
import { UnreadableContent } from '../../formats/format.ts'
import type { CsvReading } from '../../values/content-parsers.ts'

export type CsvRows = { readonly rows: readonly FlowRecord[]; readonly fault?: undefined } | { readonly fault: string }

export async function readCsvRows(text: string, options: CsvReading): Promise<CsvRows> {
  const rows: FlowRecord[] = []
  try {
    for await (const { records } of readCsvText(text, options)) for (const row of records) rows.push(row)
    return { rows }
  } catch (error) {
    if (error instanceof UnreadableContent) return { fault: `The application answered something that ${error.message}` }
    throw error
  }
}

/** What rows take as records, at the most: the text, and the names of the columns in each. */
export const measureRows = (rows: readonly FlowRecord[], bytes: number): number =>
  bytes + rows.length * Object.keys(rows[0] ?? {}).reduce((sum, name) => sum + Buffer.byteLength(name) + 6, 0)
