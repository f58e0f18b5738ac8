/** The acknowledgement CONTRL of an interchange of EDIFACT, with its faults in UCS and UCD. */
import type { Separators } from '../standard.ts'
import { splitBy } from '../split-rows.ts'
import {
  groupBySegment,
  type ElementFault,
  type ElementPlace,
  type EnvelopeFault,
  type FaultPlace,
  type PlacedFault,
  type ReceivedDocument,
  type ReceivedInterchange,
  type SegmentFault,
} from './received.ts'
import { toStamp } from './stamp.ts'
import { writeSegments, type Segment } from './write-segments.ts'

/** 0083: this level and all below it is refused; it is acknowledged, and so is below it what is not refused. */
const [refused, acknowledged] = ['4', '7'] as const
/** 0085. */
const segmentErrors = { unexpected: '15', missing: '13', too_often: '35', unknown: '15' } as const
const elementErrors: Readonly<Record<ElementFault, string>> = {
  missing: '13',
  too_short: '40',
  too_long: '39',
  not_numeric: '37',
  not_allowed: '12',
}
const envelopeErrors: Readonly<Record<EnvelopeFault, string>> = {
  end_missing: '13',
  number_differs: '28',
  count_differs: '29',
  not_expected: '15',
}
/** Of who sends and receives, by their places in UNB. */
const headErrors: Readonly<Record<number, string>> = { 2: '23', 3: '7' }
const unspecified = '18'

/** Acknowledgements are not acknowledged. */
const isAnswered = (separators: Separators) => (document: ReceivedDocument) =>
  splitBy(document.head[2] ?? '', separators.part, separators.release)[0]?.trim() !== 'CONTRL'

/** Undefined where there is nothing to be acknowledged. */
export function acknowledgeEdifact(interchange: ReceivedInterchange, number: number, now: Date): string | undefined {
  const { head, separators, groups, faults } = interchange
  const documents = groups.flatMap((group) => group.documents).filter(isAnswered(separators))
  const isRefused = faults.length > 0
  if (documents.length === 0 && !isRefused) return undefined
  const stamp = toStamp(now)
  const { part, column, row, release } = separators
  const [, syntax = '', sender = '', recipient = '', , reference = ''] = head
  const isLater = Number(splitBy(syntax, part, release)[1] ?? '3') >= 4
  const date = [isLater ? stamp.date : stamp.shortDate, stamp.time].join(part)
  const type = ['CONTRL', ...(isLater ? ['4', '1'] : ['D', '3']), 'UN'].join(part)
  const segments = [
    ['UCI', reference, sender, recipient, ...(isRefused ? refusal(faults, part) : [acknowledged])],
    ...(isRefused ? [] : documents.flatMap((document) => answerDocument(document, part))),
  ]
  const control = String(number)
  const all = [
    ['UNB', syntax, recipient, sender, date, control],
    ['UNH', '1', type],
    ...segments,
    ['UNT', String(segments.length + 2), '1'],
    ['UNZ', '1', control],
  ]
  const said = part === ':' && column === '+' && row === "'" && release === '?' ? '' : `UNA${part}${column}.${release ?? ' '} ${row}`
  return said + writeSegments(all, separators, row)
}

/** Its code, the segment that it is of, and the place of the element. */
function refusal([fault]: readonly FaultPlace[], part: string): string[] {
  if (fault?.kind === 'envelope') return [refused, envelopeErrors[fault.fault], fault.segment]
  if (fault?.kind === 'element' && fault.segment === 'UNB')
    return [refused, headErrors[fault.element.place] ?? elementErrors[fault.element.fault], 'UNB', placeOf(fault.element, part)]
  return [refused, unspecified]
}

function answerDocument({ head, faults, isAccepted }: ReceivedDocument, part: string): Segment[] {
  const [, reference = '', type = ''] = head
  if (isAccepted) return [['UCM', reference, type, acknowledged]]
  const envelope = faults.find((fault) => fault.kind === 'envelope')
  const why = envelope ? [envelopeErrors[envelope.fault], envelope.segment] : []
  return [['UCM', reference, type, refused, ...why], ...answerSegments(faults, part)]
}

/** UCS once for each segment, and UCD for each of its elements that is wrong. One that is missing is told of at the segment before. */
function answerSegments(faults: readonly PlacedFault[], part: string): Segment[] {
  return groupBySegment(faults).flatMap((ofSegment) => {
    const { position, kind } = ofSegment[0] as SegmentFault
    return [
      ['UCS', String(kind === 'missing' ? position - 1 : position), kind === 'element' ? '' : segmentErrors[kind]],
      ...ofSegment.flatMap((fault) =>
        fault.kind === 'element' ? [['UCD', elementErrors[fault.element.fault], placeOf(fault.element, part)]] : [],
      ),
    ]
  })
}

/** The tag of a segment is its first element here. */
const placeOf = ({ place, part }: ElementPlace, separator: string): string =>
  part === undefined ? String(place + 1) : `${place + 1}${separator}${part}`
