/** The rows of a sheet, one after the other, with values of the kinds that their cells have. */
import { parseNumber } from '../../../domain/limits/exact-number.ts'
import { UnreadableContent } from '../format.ts'
import { mustHaveFewColumns, maxColumns } from '../rows.ts'
import { maxPageBytes } from '../page-bounds.ts'
import { dateOf } from './dates.ts'
import { unescapeText, type Workbook } from './workbook.ts'
import { readPart, type Attributes } from './xml-parts.ts'

/** Cells by their places; those that are empty are not there. */
export type SheetRow = unknown[]

/** Those of a part of the sheet together; rows without a value are left out. Throws `UnreadableContent`. */
export async function* readSheetRows(workbook: Workbook): AsyncGenerator<readonly SheetRow[]> {
  let done: SheetRow[] = []
  let row: SheetRow = []
  /** Where a cell stands that does not say it. */
  let next = 0
  let size = 0
  let cell: { readonly column: number; readonly type: string; readonly style: number; value: string } | undefined
  let isValue = false
  let phonetic = 0
  const open = (name: string, attributes: Attributes): void => {
    if (name === 'row') {
      row = []
      next = 0
      size = 0
    } else if (name === 'c') {
      const { r: reference, t: type = 'n', s: style = '0' } = attributes
      const column = reference === undefined ? next : columnOf(reference)
      next = column + 1
      if (column >= maxColumns) mustHaveFewColumns(column + 1)
      cell = { column, type, style: Number(style), value: '' }
    } else if (name === 'rPh') phonetic++
    isValue = cell !== undefined && phonetic === 0 && (name === 'v' || (name === 't' && cell.type === 'inlineStr'))
  }
  const text = (piece: string): void => {
    if (!isValue || !cell) return
    cell.value += piece
    size += piece.length
    if (size > maxPageBytes) throw new UnreadableContent('content_too_large', `holds a row of more than ${maxPageBytes / 1024 / 1024} MB.`)
  }
  const close = (name: string): void => {
    isValue = false
    if (name === 'rPh') phonetic--
    else if (name === 'c' && cell) {
      const value = valueOf(cell.type, cell.value, cell.style, workbook)
      if (typeof value === 'string' && cell.type === 's') size += value.length
      if (value !== undefined) row[cell.column] = value
      cell = undefined
    } else if (name === 'row' && row.length > 0) done.push(row)
  }
  for await (const _piece of readPart(workbook.part, workbook.sheet, { open, text, close })) {
    if (done.length > 0) yield done
    done = []
  }
  if (done.length > 0) yield done
}

/** A from 0. */
function columnOf(reference: string): number {
  let column = 0
  for (const letter of /^[A-Za-z]{0,4}/.exec(reference)?.[0].toUpperCase() ?? '') column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

function valueOf(type: string, text: string, style: number, { strings, dateStyles, is1904 }: Workbook): unknown {
  if (type === 's') return strings[Number(text)] || undefined
  if (text === '') return undefined
  if (type === 'b') return text === '1' || text === 'true'
  if (type === 'd') return text
  if (type !== 'n') return unescapeText(text)
  const value = Number(text)
  if (!Number.isFinite(value)) return text
  const kind = dateStyles[style]
  return (kind && dateOf(value, kind, is1904)) ?? parseNumber(text)
}
