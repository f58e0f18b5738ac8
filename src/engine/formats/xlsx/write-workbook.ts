/** Writes a workbook of one sheet: numbers and truth values as such, everything else as text. */
import { setImmediate as letOthers } from 'node:timers/promises'
import { toText } from '../../values/plain-value.ts'
import { UnwritableContent } from '../format.ts'
import type { Table } from '../rows.ts'
import { writeArchive } from '../write-zip.ts'

/** Rows of one sheet, and characters of a cell: as many as a spreadsheet has. */
const maxRows = 1_048_576
const maxCell = 32_767
/** Of one sheet as it is written, before it is packed. Characters. */
const maxSheet = 500_000_000
/** Rows that are written before others may run: some 5 ms. */
const perTurn = 2_000

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const spreadsheet = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packaged = 'http://schemas.openxmlformats.org/package/2006'

const relationsTo = (target: string, type: string): string =>
  `${declaration}<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${relationships}/${type}" Target="${target}"/></Relationships>`

const contentTypes = `${declaration}<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${types}.worksheet+xml"/></Types>`

/** Throws `UnwritableContent`. */
export async function writeWorkbook({ columns, rows }: Table, includeHeader: boolean, sheetName: string): Promise<Buffer> {
  mustBeSheetName(sheetName)
  const count = rows.length + (includeHeader ? 1 : 0)
  if (count > maxRows)
    throw new UnwritableContent(
      'too_many_rows',
      `A sheet has ${maxRows.toLocaleString('en')} rows at the most, and this one would have ${count.toLocaleString('en')}: lower file.batchSize, or write CSV.`,
    )
  const lines: Buffer[] = []
  let size = 0
  const add = (text: string): void => {
    size += text.length
    if (size > maxSheet)
      throw new UnwritableContent(
        'file_too_large',
        `A sheet of more than ${maxSheet / 1_000_000} MB cannot be written: lower file.batchSize, or write CSV.`,
      )
    lines.push(Buffer.from(text))
  }
  add(`${declaration}<worksheet xmlns="${spreadsheet}"><sheetData>`)
  const letters = columns.map((_name, column) => lettersOf(column))
  if (includeHeader) add(rowOf(1, letters, columns))
  const first = includeHeader ? 2 : 1
  for (let from = 0; from < rows.length; from += perTurn) {
    if (from > 0) await letOthers()
    const turn = rows.slice(from, from + perTurn)
    add(
      turn
        .map((row, i) =>
          rowOf(
            first + from + i,
            letters,
            columns.map((name) => row[name]),
          ),
        )
        .join(''),
    )
  }
  add('</sheetData></worksheet>')
  const workbook = `${declaration}<workbook xmlns="${spreadsheet}" xmlns:r="${relationships}"><sheets><sheet name="${escapeXml(sheetName)}" sheetId="1" r:id="rId1"/></sheets></workbook>`
  return writeArchive([
    ['[Content_Types].xml', Buffer.from(contentTypes)],
    ['_rels/.rels', Buffer.from(relationsTo('xl/workbook.xml', 'officeDocument'))],
    ['xl/workbook.xml', Buffer.from(workbook)],
    ['xl/_rels/workbook.xml.rels', Buffer.from(relationsTo('worksheets/sheet1.xml', 'worksheet'))],
    ['xl/worksheets/sheet1.xml', Buffer.concat(lines)],
  ])
}

function mustBeSheetName(name: string): void {
  if (name === '' || name.length > 31 || /[\\/?*[\]:]/.test(name) || name.startsWith("'") || name.endsWith("'"))
    throw new UnwritableContent(
      'invalid_sheet_name',
      `"${name.slice(0, 100)}" cannot be the name of a sheet: those have 31 characters at the most, without \\ / ? * [ ] : and without apostrophes at their ends.`,
    )
}

/** Cells and rows say where they stand, since not every program counts them; those without a value are left out. */
const rowOf = (number: number, letters: readonly string[], cells: readonly unknown[]): string =>
  `<row r="${number}">${cells.map((cell, i) => cellOf(`${letters[i]}${number}`, cell)).join('')}</row>`

/** A, B, …, Z, AA. */
const lettersOf = (column: number): string =>
  (column < 26 ? '' : lettersOf(Math.floor(column / 26) - 1)) + String.fromCharCode(65 + (column % 26))

function cellOf(place: string, value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return `<c r="${place}"><v>${value}</v></c>`
  if (typeof value === 'boolean') return `<c r="${place}" t="b"><v>${value ? 1 : 0}</v></c>`
  const text = toText(value)
  if (text === '') return ''
  if (text.length > maxCell)
    throw new UnwritableContent(
      'cell_too_long',
      `A cell of a spreadsheet has ${maxCell.toLocaleString('en')} characters at the most, and one of these records has a value of ${text.length.toLocaleString('en')}: shorten it in the mapping, or write CSV.`,
    )
  return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(text)}</t></is></c>`
}

/** What XML has no way to write, and what stands for that already. A carriage return would become a line feed. */
const unwritable = /[^\P{Cc}\t\n]|[\ufffe\uffff]|\p{Cs}|_(?=x[0-9a-f]{4}_)/giu
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escapeXml = (text: string): string =>
  text
    .replaceAll(unwritable, (character) => `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replaceAll(/[&<>"]/g, (character) => entities[character] as string)
