/** Rows of a spreadsheet as they come from the clipboard or a file: cells with tabs, commas or semicolons between them, in quotes where they hold these. */
import { parse } from 'csv-parse/browser/esm/sync'

/** Spreadsheets put tabs between cells; files have what their first line has most of. */
function findDelimiter(text: string): string {
  const [line = ''] = text.split('\n', 1)
  const countOf = (delimiter: string): number => line.split(delimiter).length - 1
  return ['\t', ';', ','].toSorted((a, b) => countOf(b) - countOf(a))[0] ?? '\t'
}

export const readSpreadsheet = (text: string): readonly (readonly string[])[] =>
  parse(text, {
    delimiter: findDelimiter(text),
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  }) as unknown as string[][]
