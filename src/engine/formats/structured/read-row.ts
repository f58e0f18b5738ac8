/** One row as its columns, and the fields that they are in a record. */
import type { Element, RowNode, Structure } from './definition.ts'
import type { Separators } from './standard.ts'
import { releaseText, splitBy, type SplitRow } from './split-rows.ts'

/** A row whose columns are not cut yet where their widths depend on which row it is. */
export interface Row extends SplitRow {
  /** Of rows with delimiters; the first is what the row is called. */
  readonly columns: readonly string[]
}

export const toRow = ({ isFixed }: Structure, { column, release }: Separators, row: SplitRow): Row => ({
  ...row,
  columns: isFixed ? [] : splitBy(row.text, column, release),
})

/** Whether the row begins as the rule says. */
export function isRowOf(node: RowNode, row: Row, { isFixed, padding }: Structure): boolean {
  const { identifier } = node
  if (identifier === undefined) return false
  if (!isFixed) return row.columns[0]?.trim() === identifier
  const begins = row.text.slice(0, node.elements[0]?.width)
  return begins === identifier || unpadded(begins, padding) === identifier
}

/** `place` is that of the element in its row, `part` that of a part in its composite, from 1. */
export type TakeField = (element: Element, value: string, place: number, part?: number) => void

/** Every element of the row with its value, those of composites by themselves; what is beyond the end of the row is not there. */
export function readFields(node: RowNode, row: Row, structure: Structure, separators: Separators, take: TakeField): void {
  const { isFixed, padding } = structure
  let at = 0
  for (const [i, element] of node.elements.entries()) {
    const isThere = isFixed ? at < row.text.length : i < row.columns.length
    const text = isFixed ? unpadded(row.text.slice(at, at + element.width), padding) : (row.columns[i] ?? '')
    at += element.width
    if (element.parts.length > 0) readParts(element, text, isThere, structure, separators, (one, value, part) => take(one, value, i, part))
    else if (isThere || element.required) take(element, structure.releases ? releaseText(text, separators.release) : text, i)
  }
}

function readParts(
  element: Element,
  text: string,
  isThere: boolean,
  { releases }: Structure,
  { part, release }: Separators,
  take: (part: Element, value: string, place: number) => void,
): void {
  const parts = isThere ? splitBy(text, part, release) : []
  for (const [i, one] of element.parts.entries()) {
    const value = parts[i]
    if (value !== undefined || (one.required && element.required))
      take(one, releases ? releaseText(value ?? '', release) : (value ?? ''), i + 1)
  }
}

/** What fills a column up is no part of its value; spaces are not on either side. */
function unpadded(text: string, padding: string): string {
  if (padding === ' ') return text.trim()
  let end = text.length
  while (end > 0 && text[end - 1] === padding) end--
  return text.slice(0, end).trim()
}
