/** What came of an interchange of EDI, as its acknowledgement tells it: its groups and documents, and where each of their faults is. */
import type { Standard } from '../standard.ts'
import type { Separators } from '../standard.ts'

/** What is wrong with an element. */
export type ElementFault = 'missing' | 'too_short' | 'too_long' | 'not_numeric' | 'not_allowed'

/** What is wrong at the end of an envelope, or with its end. */
export type EnvelopeFault = 'count_differs' | 'number_differs' | 'end_missing' | 'not_expected'

/** Where a fault is, within a document or an envelope. */
export type FaultPlace =
  | { readonly kind: 'element'; readonly segment: string; readonly element: ElementPlace }
  /** `missing` is noticed at the segment that comes in its place. */
  | { readonly kind: 'missing' | 'unexpected' | 'too_often' | 'unknown'; readonly segment: string }
  | { readonly kind: 'envelope'; readonly segment: string; readonly fault: EnvelopeFault }
  /** What no standard has a code for. */
  | { readonly kind: 'other' }

export interface ElementPlace {
  /** Of the element in its segment, whose tag has the place 0; of the part in its composite, from 1. */
  readonly place: number
  readonly part?: number
  readonly fault: ElementFault
  readonly value: string
}

/** `position` counts the segments of the document, the first is its head. */
export type PlacedFault = FaultPlace & { readonly position: number }

export interface ReceivedDocument {
  /** Columns of its head, as they stand in the file. */
  readonly head: readonly string[]
  readonly faults: readonly PlacedFault[]
  /** Its record goes on, unless its interchange is refused. */
  readonly isAccepted: boolean
}

/** Of a segment, or of elements of it. */
export type SegmentFault = Exclude<PlacedFault, { readonly kind: 'envelope' | 'other' }>
const isOfSegment = (fault: PlacedFault): fault is SegmentFault => fault.kind !== 'envelope' && fault.kind !== 'other'

/** Those of elements of one segment together. */
export const groupBySegment = (faults: readonly PlacedFault[]): readonly (readonly SegmentFault[])[] => [
  ...Map.groupBy(faults.filter(isOfSegment), ({ position, segment, kind }) => `${position} ${segment} ${kind}`).values(),
]

export interface ReceivedGroup {
  /** Columns of its head; none in an interchange of EDIFACT without groups. */
  readonly head: readonly string[]
  readonly documents: readonly ReceivedDocument[]
  readonly faults: readonly FaultPlace[]
}

export interface ReceivedInterchange {
  readonly standard: Standard
  readonly separators: Separators
  readonly head: readonly string[]
  readonly groups: readonly ReceivedGroup[]
  /** Those for which none of its documents is accepted. */
  readonly faults: readonly FaultPlace[]
}

const tags = {
  x12: { interchange: 'ISA', group: 'GS', document: 'ST', groupEnd: 'GE' },
  edifact: { interchange: 'UNB', group: 'UNG', document: 'UNH', groupEnd: 'UNE' },
} as const satisfies Record<Standard, object>

/** Faults of one document that are kept. */
const maxFaults = 100

/** A document that is being read. */
export interface OpenDocument extends ReceivedDocument {
  readonly faults: PlacedFault[]
  segments: number
  isAccepted: boolean
}
interface OpenGroup extends ReceivedGroup {
  readonly documents: OpenDocument[]
  readonly faults: FaultPlace[]
}

/** Listens while a file is parsed. */
export class ReceivedSegments {
  readonly #standard: Standard
  readonly #separators: Separators
  readonly #told: (interchange: ReceivedInterchange) => void
  #head: readonly string[] | undefined
  #groups: OpenGroup[] = []
  #faults: FaultPlace[] = []
  #document: OpenDocument | undefined

  constructor(standard: Standard, separators: Separators, told: (interchange: ReceivedInterchange) => void) {
    this.#standard = standard
    this.#separators = separators
    this.#told = told
  }

  /** The one that the last head began; it is the parser's own once that has found its rule. */
  get document(): OpenDocument | undefined {
    return this.#document
  }

  /** The columns of a segment. */
  take(columns: readonly string[]): void {
    const { interchange, group, document, groupEnd } = tags[this.#standard]
    const [tag = ''] = columns
    if (tag === interchange) this.#head = columns
    else if (tag === group) this.#groups.push({ head: columns, documents: [], faults: [] })
    if (tag === interchange || tag === group || tag === groupEnd) this.#document = undefined
    else if (tag === document) {
      this.#document = { head: columns, faults: [], segments: 1, isAccepted: false }
      this.#group().documents.push(this.#document)
    } else if (this.#document) this.#document.segments++
  }

  /** Of the document, where it is of one. */
  fault(place: FaultPlace, document: OpenDocument | undefined): void {
    if (place.kind === 'envelope' && place.segment === tags[this.#standard].groupEnd) this.#group().faults.push(place)
    if (!document) this.#faults.push(place)
    else if (document.faults.length < maxFaults) document.faults.push({ ...place, position: document.segments })
  }

  /** The interchange is through. */
  end(): void {
    const [standard, separators, head] = [this.#standard, this.#separators, this.#head]
    if (head) this.#told({ standard, separators, head, groups: this.#groups, faults: this.#faults })
    this.#head = undefined
    this.#groups = []
    this.#faults = []
    this.#document = undefined
  }

  #group(): OpenGroup {
    const last = this.#groups.at(-1)
    if (last) return last
    const made: OpenGroup = { head: [], documents: [], faults: [] }
    this.#groups.push(made)
    return made
  }
}
