/** Whether envelopes of EDI say of their content what is there: counts of segments, documents and groups, and the same control numbers at both ends. */
import type { EnvelopeFault, FaultPlace } from './acknowledgement/received.ts'
import type { Structure } from './definition.ts'
import type { Standard } from './standard.ts'
import type { Row } from './read-row.ts'
import type { Separators } from './standard.ts'
import { splitBy } from './split-rows.ts'

/** What is wrong with an envelope, as a sentence about the row that shows it, and as an acknowledgement tells it. */
interface WrongEnvelope {
  readonly message: string
  readonly place: FaultPlace
}

export interface EnvelopeCheck {
  isEnvelope(row: Row): boolean
  add(row: Row, separators: Separators): WrongEnvelope | undefined
  /** What is missing. */
  end(): WrongEnvelope | undefined
}

interface Level {
  readonly head: string
  readonly tail: string
  /** Columns of the control number, and that of the count in the tail. */
  readonly headNumber: number
  readonly tailNumber: number
  readonly count: number
}

/** From outside to inside. Documents count their segments, with both ends; all else what lies within it. */
const levels: Readonly<Record<Standard, readonly Level[]>> = {
  x12: [
    { head: 'ISA', tail: 'IEA', headNumber: 13, tailNumber: 2, count: 1 },
    { head: 'GS', tail: 'GE', headNumber: 6, tailNumber: 2, count: 1 },
    { head: 'ST', tail: 'SE', headNumber: 2, tailNumber: 2, count: 1 },
  ],
  edifact: [
    { head: 'UNB', tail: 'UNZ', headNumber: 5, tailNumber: 2, count: 1 },
    { head: 'UNG', tail: 'UNE', headNumber: 5, tailNumber: 2, count: 1 },
    { head: 'UNH', tail: 'UNT', headNumber: 1, tailNumber: 2, count: 1 },
  ],
}

interface Open {
  readonly level: Level
  readonly number: string
  readonly row: number
  count: number
}

export function createEnvelopeCheck({ standard = 'x12', checksElements }: Structure): EnvelopeCheck {
  const own = levels[standard]
  const innermost = own[2] as Level
  const open: Open[] = []
  const names = new Set(own.flatMap(({ head, tail }) => [head, tail]))

  const close = (row: Row, level: Level, separators: Separators): WrongEnvelope | undefined => {
    const begun = open.at(-1)
    if (begun?.level !== level) return wrong(level, 'not_expected', `row ${row.number} (${level.tail}) ends what no ${level.head} begins.`)
    open.pop()
    const count = level === innermost ? begun.count + 1 : begun.count
    const [said = '', number = ''] = [row.columns[level.count], row.columns[level.tailNumber]].map((text) => text?.trim())
    if (!checksElements) return undefined
    if (Number(said) !== count)
      return wrong(
        level,
        'count_differs',
        `row ${row.number} (${level.tail}) counts ${said || 'nothing'}, and ${count} are there since row ${begun.row}.`,
      )
    if (first(number, separators) !== begun.number)
      return wrong(
        level,
        'number_differs',
        `row ${row.number} (${level.tail}) has the control number ${number || 'none'}, and row ${begun.row} (${level.head}) has ${begun.number || 'none'}.`,
      )
    return undefined
  }

  return {
    isEnvelope: (row) => names.has(row.columns[0] ?? ''),
    add(row, separators) {
      const [name = ''] = row.columns
      const tail = own.find((level) => level.tail === name)
      if (tail) return close(row, tail, separators)
      const head = own.find((level) => level.head === name)
      if (head) {
        const outer = open.at(-1)
        if (outer && own.indexOf(outer.level) >= own.indexOf(head))
          return wrong(
            outer.level,
            'end_missing',
            `row ${row.number} (${name}) begins where ${outer.level.tail} is missing, which ends row ${outer.row}.`,
          )
        if (outer) outer.count++
        open.push({
          level: head,
          number: first(row.columns[head.headNumber]?.trim() ?? '', separators),
          row: row.number,
          count: head === innermost ? 1 : 0,
        })
      } else if (open.at(-1)?.level === innermost) (open.at(-1) as Open).count++
      return undefined
    },
    end() {
      const left = open.at(-1)
      if (!left) return undefined
      const { level, row } = left
      return wrong(level, 'end_missing', `${level.tail} is missing, which ends row ${row} (${level.head}): the file is cut off.`)
    },
  }
}

const wrong = ({ tail }: Level, fault: EnvelopeFault, message: string): WrongEnvelope => ({
  message,
  place: { kind: 'envelope', segment: tail, fault },
})

const first = (text: string, { part, release }: Separators): string => splitBy(text, part, release)[0] ?? ''
