/** What formats of rows and columns share: how columns are named, and which rows records make. */
import { isForbiddenName, isPlainObject, type PlainObject } from '../values/plain-value.ts'
import { UnreadableContent, UnwritableContent } from './format.ts'

/** Of one row, as many as a spreadsheet has. */
export const maxColumns = 16_384

/** The name of the column at a position, which counts from 0. */
export type Columns = (position: number) => string

/** Columns without a name, and those beyond the header, are named by their position, from `first`; one whose name stands before it already gets a number. */
export function createColumns(header: readonly string[], first = 0): Columns {
  const taken = new Set<string>()
  const names: string[] = []
  const add = (name: string): void => {
    const free = name === '' || isForbiddenName(name) ? `Column${names.length + first}` : name
    let unique = free
    for (let count = 2; taken.has(unique); count++) unique = `${free}_${count}`
    taken.add(unique)
    names.push(unique)
  }
  for (const name of header) add(name)
  return (position) => {
    while (names.length <= position) add('')
    return names[position] as string
  }
}

export function mustHaveFewColumns(count: number): void {
  if (count > maxColumns)
    throw new UnreadableContent(
      'too_many_columns',
      `has a row of ${count.toLocaleString('en')} columns, and ${maxColumns.toLocaleString('en')} can be read: look whether the right delimiters are set.`,
    )
}

/** What a field takes in a record as JSON: both texts in quotes, a colon and a comma. */
export const measureCell = (name: string, text: string): number => name.length + text.length + 6

export interface Table {
  /** In the order in which the records name them. */
  readonly columns: readonly string[]
  readonly rows: readonly PlainObject[]
}

/** A row for each record, and for each row of a record that is a list of them. `format` is called by its name in what is refused. */
export function toTable(records: readonly unknown[], format: string): Table {
  const rows = records.flatMap((record) => toRows(record, format))
  const columns = new Set<string>()
  addColumns(columns, rows, format)
  return { columns: [...columns], rows }
}

export function addColumns(columns: Set<string>, rows: readonly PlainObject[], format: string): void {
  for (const row of rows) for (const name of Object.keys(row)) columns.add(name)
  if (columns.size > maxColumns)
    throw new UnwritableContent(
      'too_many_columns',
      `${format} of ${columns.size.toLocaleString('en')} columns cannot be written, and of ${maxColumns.toLocaleString('en')} it can: map the records to fields that they share.`,
    )
}

/** More than one, of a record that is a list of them. */
export const toRows = (record: unknown, format: string): PlainObject[] =>
  (isGroup(record) ? record : [record]).map((row) => toRow(row, format))

/** Rows that travel together as one record. */
const isGroup = (record: unknown): record is readonly unknown[] => Array.isArray(record) && record.some((each) => typeof each === 'object')

/** The cells of a record that is a list are named by their places. */
function toRow(record: unknown, format: string): PlainObject {
  if (Array.isArray(record)) return Object.fromEntries(record.map((cell, i) => [`Column${i}`, cell]))
  if (isPlainObject(record)) return record
  throw new UnwritableContent('no_record', `Only objects and lists can be rows of ${format}: map the records to objects.`)
}
