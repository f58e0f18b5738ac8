/** Statements that this program writes itself, and what is told of a text of one. */
import { randomBytes } from 'node:crypto'
import type { Statement } from '../../../template/statement.ts'
import type { Column, TableRow } from '../database.ts'

/** Parameters of one statement: what PostgreSQL and MySQL take. */
const maxParameters = 65_535
/** Characters of the rows of one statement: below what a server takes in one packet by default (16 MB in MariaDB and MySQL). */
export const maxCharacters = 4_000_000

export function joinStatement({ parts }: Statement, placeholder: (place: number) => string): string {
  return parts.reduce((text, part, i) => (i === 0 ? part : `${text}${placeholder(i - 1)}${part}`), '')
}

/** Nulls are words of the text: bound, one would have a type, and not every type becomes every other. */
export function bindNulls({ parts, values }: Statement): Statement {
  const made: string[] = [parts[0] ?? '']
  const left: unknown[] = []
  for (const [i, value] of values.entries()) {
    const after = parts[i + 1] ?? ''
    if (value === null || value === undefined) made.push(`${made.pop() ?? ''} null ${after}`)
    else {
      left.push(value)
      made.push(after)
    }
  }
  return { parts: made, values: left }
}

export const quoteList = (columns: readonly Column[]): string => columns.map(({ quoted }) => quoted).join(', ')

/** Told apart from those of others who use the same session after it. */
export const stagingName = (count: number): string => `sluice_load_${randomBytes(6).toString('hex')}_${count}`

/** Whether it leaves nothing in its session that whoever has it next would see. */
export const isOrdinary = (text: string): boolean => /^[\s(]*(?:select|insert|update|delete|merge|replace|with|values)\b/i.test(text)

/** What a database takes in one statement. */
interface Bounds {
  readonly parameters: number
  readonly rows: number
  /** Null is a word of the text. */
  readonly hasNulls: boolean
  /** Rows are selected one after the other, where no list of several may be inserted: none of them has defaults then. */
  readonly isUnion?: boolean
}

const usualBounds: Bounds = { parameters: maxParameters, rows: Number.POSITIVE_INFINITY, hasNulls: false }

/** As many statements as these rows need. A column that a row does not name has its default. */
export function* writeRows<V>(
  into: string,
  rows: readonly TableRow[],
  columns: readonly Column[],
  write: (value: unknown, column: Column) => V,
  placeholder: (place: number) => string,
  bounds: Bounds = usualBounds,
): Generator<{ readonly text: string; readonly values: V[]; readonly rows: number }> {
  const most = Math.max(1, Math.min(bounds.rows, Math.floor(bounds.parameters / Math.max(1, columns.length))))
  const { isUnion = false } = bounds
  const head = `${into} (${quoteList(columns)}) ${isUnion ? '' : 'values '}`
  const separator = isUnion ? ' union all ' : ', '
  let lines: string[] = []
  let values: V[] = []
  let characters = 0
  for (const row of rows) {
    const places = columns.map((column) => {
      if (!Object.hasOwn(row, column.name)) return isUnion ? 'null' : 'default'
      const given = row[column.name]
      if (bounds.hasNulls && (given === null || given === undefined)) return 'null'
      const value = write(given, column)
      values.push(value)
      if (typeof value === 'string' || Buffer.isBuffer(value)) characters += value.length
      return placeholder(values.length - 1)
    })
    lines.push(isUnion ? `select ${places.join(', ')}` : `(${places.join(', ')})`)
    if (lines.length < most && characters < maxCharacters) continue
    yield { text: head + lines.join(separator), values, rows: lines.length }
    lines = []
    values = []
    characters = 0
  }
  if (lines.length > 0) yield { text: head + lines.join(separator), values, rows: lines.length }
}
