/** Completes envelopes of EDI that are written: counts and control numbers at their ends, where the definition leaves them empty, and widths that X12 fixes. */
import type { Structure } from './definition.ts'
import type { Standard } from './standard.ts'

export interface Counts {
  /** Changes the columns of a row, which are there in its order. */
  complete(row: string, columns: string[], structure: Structure): void
}

/** Elements of the interchange header of X12, which are as wide in every interchange. */
const widths: readonly number[] = [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]
/** What ends what, and in which column of the head the control number stands. */
const ends: Readonly<Record<Standard, Readonly<Record<string, { readonly head: string; readonly number: number }>>>> = {
  x12: { SE: { head: 'ST', number: 2 }, GE: { head: 'GS', number: 6 }, IEA: { head: 'ISA', number: 13 } },
  edifact: { UNT: { head: 'UNH', number: 1 }, UNE: { head: 'UNG', number: 5 }, UNZ: { head: 'UNB', number: 5 } },
}

/** In which column of the head of an interchange its control number stands. */
export const numberPlaces: Readonly<Record<Standard, number>> = { x12: 13, edifact: 5 }

/** Digits of the control number of a document, which counts those of its interchange: four at the least in X12. */
const digits: Readonly<Record<Standard, number>> = { x12: 4, edifact: 1 }

/** `controlNumber` is that of interchanges and groups whose definition leaves it empty; documents are counted then. */
export function createCounts(standard: Standard, controlNumber?: number): Counts {
  const own = ends[standard]
  let documents = 0
  const nextNumber = (row: string): string => {
    if (controlNumber === undefined) return ''
    return row === innermost ? String(++documents).padStart(digits[standard], '0') : String(controlNumber)
  }
  const innermost = standard === 'x12' ? 'ST' : 'UNH'
  const open: { readonly head: string; readonly number: string; count: number }[] = []
  return {
    complete(row, columns, { compositeDelimiter }) {
      const head = Object.values(own).find((each) => each.head === row)
      if (head && columns[head.number]?.trim() === '') columns[head.number] = nextNumber(row)
      if (row === 'ISA') completeInterchangeHeader(columns, compositeDelimiter)
      const end = own[row]
      if (end) {
        const begun = open.findLast(({ head }) => head === end.head)
        if (!begun) return
        open.splice(open.indexOf(begun))
        columns[1] ||= String(begun.head === innermost ? begun.count + 1 : begun.count)
        columns[2] ||= begun.number
      } else if (head) {
        const outer = open.at(-1)
        if (outer) outer.count++
        open.push({ head: row, number: columns[head.number] ?? '', count: row === innermost ? 1 : 0 })
      } else if (open.at(-1)?.head === innermost) (open.at(-1) as { count: number }).count++
    },
  }
}

function completeInterchangeHeader(columns: string[], compositeDelimiter: string): void {
  columns[16] ||= compositeDelimiter
  for (const [i, width] of widths.entries()) {
    const value = columns[i] ?? ''
    columns[i] = i === 13 ? value.padStart(width, '0') : value.padEnd(width, ' ')
  }
}
