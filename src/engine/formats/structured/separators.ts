/** What separates the rows, columns and parts of a file: what its definition says, or what a file of EDI says of itself. */
import { UnreadableContent } from '../format.ts'
import type { Structure } from './definition.ts'
import type { Separators } from './standard.ts'

/** Characters that a file of EDI says its separators in: an interchange header of X12 has 106. */
export const headLength = 128

/** Of a file, by its first characters. Throws `UnreadableContent`. */
export function findSeparators(structure: Structure, head: string): Separators {
  const { standard, rowSuffix, rowDelimiter, colDelimiter, compositeDelimiter } = structure
  const said = { row: rowSuffix || rowDelimiter, column: colDelimiter, part: compositeDelimiter }
  if (standard === 'x12') return separatorsOfX12(head) ?? { ...said, release: undefined }
  if (standard === 'edifact') return separatorsOfEdifact(head) ?? { ...said, release: '?' }
  return { ...said, row: rowDelimiter, release: undefined }
}

/** The fourth character separates elements, and what stands behind the sixteenth of them are the separators of parts and of segments. */
function separatorsOfX12(head: string): Separators | undefined {
  if (!head.startsWith('ISA')) return undefined
  const column = head[3] ?? ''
  const last = head.split(column)[16]
  const [part, row, next] = last ?? ''
  if (part === undefined || row === undefined)
    throw new UnreadableContent('invalid_edi', 'begins with an interchange header (ISA) that has no 16 elements: it is cut off, or no X12.')
  return { row: row === '\r' && next === '\n' ? '\r\n' : row, column, part, release: undefined }
}

/** UNA, then the separators of parts and of elements, the decimal sign, the release character, a reserved one, and what ends segments. */
function separatorsOfEdifact(head: string): Separators | undefined {
  const [part, column, , release, , row] = head.startsWith('UNA') ? head.slice(3) : ''
  if (part === undefined || column === undefined || row === undefined) return undefined
  return { row, column, part, release: release === ' ' ? undefined : release }
}
