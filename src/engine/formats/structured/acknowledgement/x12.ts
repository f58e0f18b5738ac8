/** The functional acknowledgement 997 of an interchange of X12, with its faults in AK3 and AK4; of one that is refused as a whole, the interchange acknowledgement TA1. */
import {
  groupBySegment,
  type ElementFault,
  type ElementPlace,
  type EnvelopeFault,
  type FaultPlace,
  type PlacedFault,
  type ReceivedDocument,
  type ReceivedGroup,
  type ReceivedInterchange,
  type SegmentFault,
} from './received.ts'
import { toStamp, type Stamp } from './stamp.ts'
import { writeSegments, type Segment } from './write-segments.ts'

/** AK304, of faults that are not of an element: those have 8. */
const segmentErrors = { unexpected: '2', missing: '3', too_often: '5', unknown: '6' } as const
const hasElementErrors = '8'
/** AK403. */
const elementErrors: Readonly<Record<ElementFault, string>> = {
  missing: '1',
  too_short: '4',
  too_long: '5',
  not_numeric: '6',
  not_allowed: '7',
}
/** AK502 of documents, AK905 of groups. */
const documentErrors: Readonly<Record<EnvelopeFault, string>> = {
  end_missing: '2',
  number_differs: '3',
  count_differs: '4',
  not_expected: '5',
}
const segmentsInError = '5'
const groupErrors: Readonly<Record<EnvelopeFault, string>> = {
  end_missing: '3',
  number_differs: '4',
  count_differs: '5',
  not_expected: '3',
}
/** TA105, of the end of an interchange, and of the elements of its head by their places. */
const interchangeErrors: Readonly<Record<EnvelopeFault, string>> = {
  end_missing: '023',
  number_differs: '001',
  count_differs: '021',
  not_expected: '022',
}
const headErrors = ['024', '010', '011', '012', '013', '005', '006', '007', '008', '014', '015', '016', '017', '018', '019', '020', '027']
const invalidContent = '024'

/** A copy of what is wrong, as AK404 holds it. Characters. */
const maxCopy = 99
/** Errors of one segment, and codes of one document: as many as AK5 has places for. */
const maxCodes = 5

/** Acknowledgements are not acknowledged. */
const isAnswered = ({ head }: ReceivedGroup): boolean => head[1]?.trim() !== 'FA'

/** Undefined where there is nothing to be acknowledged. */
export function acknowledgeX12(interchange: ReceivedInterchange, number: number, now: Date): string | undefined {
  const { head, separators, faults } = interchange
  const groups = interchange.groups.filter(isAnswered)
  const isRefused = faults.length > 0
  if (groups.length === 0 && !isRefused) return undefined
  const stamp = toStamp(now)
  const control = String(number).padStart(9, '0')
  const at = (place: number): string => head[place] ?? ''
  const none = ' '.repeat(10)
  const segments = [
    [
      'ISA',
      '00',
      none,
      '00',
      none,
      at(7),
      at(8),
      at(5),
      at(6),
      stamp.shortDate,
      stamp.time,
      at(11),
      at(12),
      control,
      '0',
      at(15),
      separators.part,
    ],
    ...(isRefused ? [refuseInterchange(interchange)] : answerGroups(groups, number, stamp, separators.part)),
    ['IEA', isRefused ? '0' : '1', control],
  ]
  return writeSegments(segments, separators, separators.row === '~' ? '~\n' : separators.row)
}

const refuseInterchange = ({ head, faults }: ReceivedInterchange): Segment => [
  'TA1',
  head[13] ?? '',
  head[9] ?? '',
  head[10] ?? '',
  'R',
  refusalCode(faults),
]

function refusalCode([fault]: readonly FaultPlace[]): string {
  if (fault?.kind === 'envelope' && fault.segment === 'IEA') return interchangeErrors[fault.fault]
  if (fault?.kind === 'element' && fault.segment === 'ISA') return headErrors[fault.element.place] ?? invalidContent
  return invalidContent
}

/** One group with a 997 for each group that came. */
function answerGroups(groups: readonly ReceivedGroup[], number: number, stamp: Stamp, part: string): Segment[] {
  const [first] = groups
  const at = (place: number): string => first?.head[place] ?? ''
  const date = at(4).trim().length === 6 ? stamp.shortDate : stamp.date
  const sets = groups.map((each, index) => answerGroup(each, String(index + 1).padStart(4, '0'), part))
  return [
    ['GS', 'FA', at(3), at(2), date, stamp.time, String(number), at(7), at(8)],
    ...sets.flat(),
    ['GE', String(sets.length), String(number)],
  ]
}

function answerGroup({ head, documents, faults }: ReceivedGroup, number: string, part: string): Segment[] {
  const accepted = documents.filter(({ isAccepted }) => isAccepted).length
  const codes = faults.flatMap((fault) => (fault.kind === 'envelope' ? [groupErrors[fault.fault]] : []))
  const status = accepted === documents.length && codes.length === 0 ? 'A' : accepted === 0 ? 'R' : 'P'
  // Its third element is of 5010 and later.
  const version = isLater(head[8]) ? [head[8] ?? ''] : []
  const count = String(documents.length)
  const segments = [
    ['AK1', head[1] ?? '', head[6] ?? '', ...version],
    ...documents.flatMap((document) => answerDocument(document, part)),
    ['AK9', status, count, count, String(accepted), ...codes.slice(0, maxCodes)],
  ]
  return [['ST', '997', number], ...segments, ['SE', String(segments.length + 2), number]]
}

const isLater = (version = ''): boolean => version.trim() >= '005010'

function answerDocument({ head, faults, isAccepted }: ReceivedDocument, part: string): Segment[] {
  const codes = new Set(faults.map((fault) => (fault.kind === 'envelope' ? documentErrors[fault.fault] : segmentsInError)))
  return [
    ['AK2', head[1] ?? '', head[2] ?? ''],
    ...answerSegments(faults, part),
    isAccepted ? ['AK5', 'A'] : ['AK5', 'R', ...(codes.size > 0 ? codes : [segmentsInError])].slice(0, 2 + maxCodes),
  ]
}

/** AK3 once for each segment, and AK4 for each of its elements that is wrong. */
function answerSegments(faults: readonly PlacedFault[], part: string): Segment[] {
  return groupBySegment(faults).flatMap((ofSegment) => {
    const { segment, position, kind } = ofSegment[0] as SegmentFault
    return [
      ['AK3', segment, String(position), '', kind === 'element' ? hasElementErrors : segmentErrors[kind]],
      ...ofSegment.flatMap((fault) => (fault.kind === 'element' ? [answerElement(fault.element, part)] : [])),
    ]
  })
}

/** The part of a composite stands beside its place. What separates elements cannot be in the copy: it was read between them. */
const answerElement = ({ place, part, fault, value }: ElementPlace, separator: string): Segment => [
  'AK4',
  part === undefined ? String(place) : `${place}${separator}${part}`,
  '',
  elementErrors[fault],
  value.slice(0, maxCopy),
]
