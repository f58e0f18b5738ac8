/**
 * Writes records by a file definition. The values of its elements are templates, so all of them are put into one: it is rendered for each record, with marks
 * between the rows and elements, and what comes of it is checked, padded and separated here.
 */
import { isPlainObject } from '../../values/plain-value.ts'
import { UnwritableContent } from '../format.ts'
import { faultOfElement } from './check-element.ts'
import type { Element, Node, RowNode, Structure } from './definition.ts'
import { createCounts, numberPlaces, type Counts } from './envelope-counts.ts'
import type { Profile, RowWriter } from './work.ts'

/** Marks that no text of a record has: those of records, units and groups in ASCII. */
const [rowMark, elementMark, partMark] = ['\u001e', '\u001f', '\u001d']
/** Stands for the control number until it is taken: that of files in ASCII. */
export const numberMark = '\u001c'
const marks = new RegExp(`[${rowMark}${elementMark}${partMark}${numberMark}]`, 'g')

export function createRowWriter(structure: Structure): RowWriter {
  return {
    template: templateOf(structure.nodes),
    toInput: (record) => withLists(withoutMarks(record), structure.nodes),
    asksForNumber: (rendered) => rendered.includes(numberMark) || leavesNumberEmpty(structure, rendered),
    assemble: (rendered, profile, number) =>
      assemble(structure, number === undefined ? rendered : rendered.replaceAll(numberMark, String(number)), profile, number),
  }
}

/** An interchange whose control number neither the definition nor the record says. */
function leavesNumberEmpty({ standard, rows }: Structure, rendered: string): boolean {
  if (!standard) return false
  const [, ...written] = rendered.split(rowMark)
  return written.some((text) => {
    const [index = '', ...values] = text.split(elementMark)
    const row = rows[Number(index)]
    if (row?.envelope !== 'interchange') return false
    const element = row.elements[numberPlaces[standard]]
    const value = element && (isDynamic(element) ? values[numberPlaces[standard]] : element.value)
    return element !== undefined && element.parts.length === 0 && (value ?? '').trim() === ''
  })
}

const isDynamic = ({ value }: Element): boolean => value.includes('{{')

const templateOf = (nodes: readonly Node[]): string =>
  nodes.map((node) => (node.kind === 'container' ? each(node.dataPath, templateOf(node.children)) : rowTemplate(node))).join('')

function rowTemplate(row: RowNode): string {
  const values = row.elements.map(
    (element) => elementMark + (element.parts.length > 0 ? element.parts.map(valueTemplate).join(partMark) : valueTemplate(element)),
  )
  const rows = `${rowMark}${row.index}${values.join('')}${templateOf(row.children)}${row.close ? rowTemplate(row.close) : ''}`
  return row.list === undefined ? rows : each([row.list], rows)
}

const valueTemplate = (element: Element): string => (isDynamic(element) ? element.value : '')

function each(path: readonly string[], content: string): string {
  const bad = path.find((name) => /[[\]{}]/.test(name))
  if (bad !== undefined)
    throw new UnwritableContent(
      'invalid_file_definition',
      `The file definition has a list "${bad}", and brackets cannot be in the names of lists.`,
    )
  return `{{#each ${path.map((name) => `[${name}]`).join('.')}}}${content}{{/each}}`
}

function withoutMarks(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(marks, ' ')
  if (Array.isArray(value)) return value.map(withoutMarks)
  if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutMarks(one)]))
  return value
}

/** An object where a list is expected is the only entry of one. */
function withLists(value: unknown, nodes: readonly Node[]): unknown {
  if (!isPlainObject(value)) return value
  return nodes.reduce<unknown>((record, node) => {
    if (node.kind === 'container') return mapAt(record, node.dataPath, (item) => withLists(item, node.children))
    const below = [...node.children, ...(node.close?.children ?? [])]
    return node.list === undefined ? withLists(record, below) : mapAt(record, [node.list], (item) => withLists(item, below))
  }, value)
}

function mapAt(value: unknown, [name = '', ...rest]: readonly string[], map: (item: unknown) => unknown): unknown {
  if (!isPlainObject(value) || !Object.hasOwn(value, name)) return value
  const inner = value[name]
  if (rest.length > 0) return { ...value, [name]: mapAt(inner, rest, map) }
  if (!Array.isArray(inner) && !isPlainObject(inner)) return value
  return { ...value, [name]: (Array.isArray(inner) ? inner : [inner]).map(map) }
}

function assemble(structure: Structure, rendered: string, profile: Profile | undefined, number: number | undefined): string {
  const counts = structure.standard && createCounts(structure.standard, number)
  const [, ...rows] = rendered.split(rowMark)
  const written = rows.flatMap((text) => {
    const [index = '', ...values] = text.split(elementMark)
    const row = structure.rows[Number(index)] as RowNode
    return isLeftOut(row, values) ? [] : [writeRow(structure, row, values, profile, counts)]
  })
  return written.join('')
}

/** A row that need not be there, and whose templates made nothing. */
const isLeftOut = (row: RowNode, values: readonly string[]): boolean =>
  !row.required &&
  row.elements.some((element) => isDynamic(element) || element.parts.some(isDynamic)) &&
  row.elements.every(
    (element, i) => !(isDynamic(element) || element.parts.some(isDynamic)) || (values[i] ?? '').replaceAll(partMark, '').trim() === '',
  )

function writeRow(
  structure: Structure,
  row: RowNode,
  values: readonly string[],
  profile: Profile | undefined,
  counts: Counts | undefined,
): string {
  const { isFixed, standard, colDelimiter, compositeDelimiter, dropsEmptyEnd, rowSuffix, rowDelimiter } = structure
  const name = row.identifier ?? row.elements[0]?.name ?? ''
  const columns = row.elements.map((element, i) => {
    const rendered = values[i] ?? ''
    if (element.parts.length === 0) return checked(structure, name, element, isDynamic(element) ? rendered : element.value, profile)
    const made = rendered.split(partMark)
    const parts = element.parts.map((part, k) => checked(structure, name, part, isDynamic(part) ? (made[k] ?? '') : part.value, profile))
    return withoutEmptyEnd(parts).join(compositeDelimiter)
  })
  counts?.complete(name, columns, structure)
  const text = isFixed ? columns.join('') : (dropsEmptyEnd ? withoutEmptyEnd(columns) : columns).join(colDelimiter)
  return text + (row.skipsSuffix && !standard ? '' : rowSuffix) + rowDelimiter
}

function withoutEmptyEnd(values: readonly string[]): readonly string[] {
  let end = values.length
  while (end > 1 && values[end - 1] === '') end--
  return values.slice(0, end)
}

/** The value as it stands in the row. */
function checked(structure: Structure, row: string, element: Element, value: string, profile: Profile | undefined): string {
  const fault = faultOfElement(element, value, structure, profile)
  const refuse = (code: string, message: string): never => {
    throw new UnwritableContent(code, `${element.name} of the row ${row} ${message}`)
  }
  if (fault) refuse('invalid_element', fault.message)
  if (!structure.isFixed) return separated(structure, value, refuse)
  if (value.length > element.width)
    refuse('element_too_long', `has ${value.length} characters, and its column ${element.width}: shorten it in the mapping.`)
  if (/[\r\n]/.test(value))
    refuse('delimiter_in_value', 'holds a line end, and columns of fixed widths have none: replace it in the mapping.')
  return value.padEnd(element.width, structure.padding)
}

/** Only EDIFACT has a way to write what separates its elements. */
function separated(
  { standard, colDelimiter, compositeDelimiter, rowSuffix, rowDelimiter, releases }: Structure,
  value: string,
  refuse: (code: string, message: string) => never,
): string {
  if (standard === 'edifact' && releases)
    return Array.from(value, (character) =>
      [colDelimiter, compositeDelimiter, rowSuffix, '?'].includes(character) ? `?${character}` : character,
    ).join('')
  const held = [colDelimiter, rowSuffix, rowDelimiter].find((each) => each !== '' && value.includes(each))
  if (held !== undefined)
    refuse(
      'delimiter_in_value',
      `holds "${held === '\n' ? '\\n' : held}", which separates ${held === colDelimiter ? 'columns' : 'rows'}: replace it in the mapping${standard === 'edifact' ? ', or set escapeReleaseChar' : ''}.`,
    )
  return value
}
