/** The standards of EDI, and what separates the rows, columns and parts of a file. */

export type Standard = 'x12' | 'edifact'

export interface Separators {
  /** What ends a row; in files without a suffix the delimiter does. */
  readonly row: string
  readonly column: string
  readonly part: string
  /** What makes the next character no separator: of EDIFACT alone. */
  readonly release: string | undefined
}
