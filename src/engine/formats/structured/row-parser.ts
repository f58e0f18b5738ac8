/**
 * Takes the rows of a file one after the other, finds for each the rule that it is of, and puts records together. A file is read by going through the rules
 * in their order, over and over; of EDI every document is a record, with what its group and its interchange say.
 */
import type { FlowRecord } from '../../adaptor.ts'
import { extractRecords } from '../records.ts'
import { maxPageBytes } from '../page-bounds.ts'
import { ReceivedSegments, type FaultPlace, type OpenDocument, type ReceivedInterchange } from './acknowledgement/received.ts'
import { faultOfElement } from './check-element.ts'
import type { Node, RowNode, Structure } from './definition.ts'
import { createEnvelopeCheck, type EnvelopeCheck } from './envelope-check.ts'
import { isRowOf, readFields, type Row } from './read-row.ts'
import {
  createFrame,
  describeExpected,
  describeNode,
  findPlace,
  isContainerPath,
  placeOfMissing,
  starts,
  whyUnexpected,
  type Fields,
  type Frame,
} from './rule-frames.ts'
import type { Separators } from './standard.ts'
import type { Profile, RowFault } from './work.ts'

export interface Parsed {
  readonly records: readonly FlowRecord[]
  readonly faults: readonly RowFault[]
}

/** What of EDI becomes one record. */
interface EdiDocument {
  readonly group: Fields
  readonly fields: Fields
  readonly faults: RowFault[]
  /** As its acknowledgement tells it. */
  readonly received: OpenDocument | undefined
  size: number
}

/** Documents of one interchange are held until its end, which says whether it is whole. Characters. */
const maxInterchange = 50 * 1024 * 1024
const maxFaults = 100

interface Options {
  readonly profile?: Profile | undefined
  readonly resourcePath?: string | undefined
  readonly received?: ((interchange: ReceivedInterchange) => void) | undefined
}

export class RowParser {
  readonly #structure: Structure
  readonly #separators: Separators
  readonly #profile: Profile | undefined
  readonly #resourcePath: string | undefined
  #stack: Frame[] = []
  #done: FlowRecord[] = []
  #faults: RowFault[] = []
  /** Of the record at hand, of files that are no EDI. */
  #recordFaults: RowFault[] = []
  #size = 0
  /** Rows are passed over until one begins a record. */
  #skips = false
  #envelope: EnvelopeCheck | undefined
  #interchange: Fields = {}
  #group: Fields = {}
  #documents: EdiDocument[] = []
  #document: EdiDocument | undefined
  #interchangeSize = 0
  readonly #received: ReceivedSegments | undefined

  constructor(structure: Structure, separators: Separators, options: Options) {
    this.#structure = structure
    this.#separators = separators
    this.#profile = options.profile
    this.#resourcePath = options.resourcePath || undefined
    this.#received = structure.standard && options.received && new ReceivedSegments(structure.standard, separators, options.received)
    this.#begin()
  }

  /** What the row completes. */
  add(row: Row): Parsed {
    if (row.text === '') this.#emptyRow(row)
    else if (!this.#isPassedOver(row)) this.#take(row)
    return this.#give()
  }

  end(): Parsed {
    if (this.#hasBegun()) this.#leaveAll()
    this.#complete()
    return this.#give()
  }

  #hasBegun(): boolean {
    return this.#stack[0]?.counts.some((count) => count > 0) ?? false
  }

  #give(): Parsed {
    const given = { records: this.#done, faults: this.#faults }
    this.#done = []
    this.#faults = []
    return given
  }

  #begin(): void {
    this.#stack = [createFrame(this.#structure.nodes, undefined, {}, [], undefined, undefined, 0)]
    this.#recordFaults = []
    this.#size = 0
    this.#documents = []
    this.#document = undefined
    this.#interchange = {}
    this.#group = {}
    this.#interchangeSize = 0
    this.#envelope = this.#structure.standard && createEnvelopeCheck(this.#structure)
  }

  #emptyRow(row: Row): void {
    if (!this.#structure.skipsEmptyRows) this.#fail(`row ${row.number} is empty: set skipIntermittentEmptyLines to pass over such rows.`)
  }

  /** What ends and surrounds documents is checked by itself, whether the rules name it or not. */
  #isPassedOver(row: Row): boolean {
    const { standard } = this.#structure
    if (!standard) return false
    if (standard === 'edifact' && row.text.startsWith('UNA')) return true
    this.#interchangeSize += row.text.length
    if (this.#interchangeSize > maxInterchange) {
      this.#fail(`row ${row.number} makes an interchange of more than ${maxInterchange / 1024 / 1024} MB.`, { code: 'content_too_large' })
      return true
    }
    const isHead = row.columns[0] === (standard === 'x12' ? 'ISA' : 'UNB')
    if (isHead && this.#hasBegun()) {
      this.#leaveAll()
      this.#complete()
    }
    const wrong = this.#envelope?.add(row, this.#separators)
    if (wrong) this.#fail(wrong.message, { place: wrong.place })
    this.#received?.take(row.columns)
    return false
  }

  #take(row: Row): void {
    if (this.#skips && !this.#beginsRecord(row)) return
    this.#skips = false
    if (this.#goOn(row)) return
    if (this.#beginsRecord(row)) {
      this.#leaveAll()
      this.#complete()
      if (this.#goOn(row)) return
    }
    if (this.#envelope?.isEnvelope(row)) return
    const expected = describeExpected(this.#structure, this.#stack)
    this.#fail(
      `row ${row.number} (${nameOf(row, this.#structure)}) is not expected here${expected === '' ? '' : `: ${expected} may follow`}.`,
      { code: 'unexpected_row', place: { kind: whyUnexpected(this.#structure, this.#stack, row), segment: row.columns[0] ?? '' } },
    )
    if (!this.#structure.standard) {
      this.#giveUp()
      if (this.#beginsRecord(row)) this.#skips = !this.#goOn(row)
    }
  }

  #beginsRecord(row: Row): boolean {
    const [first] = this.#structure.nodes
    return (
      first !== undefined &&
      (starts(this.#structure, first, row, false) || (this.#structure.nodes.length === 1 && starts(this.#structure, first, row, true)))
    )
  }

  /** A record with a fault is left where it is; the next begins with a row that can begin one. */
  #giveUp(): void {
    this.#tell(this.#recordFaults)
    this.#begin()
    this.#skips = true
  }

  #tell(faults: readonly RowFault[]): void {
    if (this.#faults.length < maxFaults) this.#faults.push(...faults)
  }

  #fail(message: string, { code, place }: { readonly code?: string; readonly place?: FaultPlace } = {}): void {
    const isEdi = this.#structure.standard !== undefined
    const faults = isEdi ? (this.#document?.faults ?? this.#recordFaults) : this.#recordFaults
    if (faults.length < maxFaults) faults.push({ code: code ?? (isEdi ? 'invalid_edi' : 'invalid_row'), message })
    this.#received?.fault(place ?? { kind: 'other' }, this.#document?.received)
  }

  /** Whether the row is of a rule that may be next. */
  #goOn(row: Row): boolean {
    for (let depth = this.#stack.length - 1; depth >= 0; depth--) {
      const frame = this.#stack[depth] as Frame
      if (frame.close && isRowOf(frame.close, row, this.#structure)) {
        this.#leaveTo(depth)
        this.#closeFrame(frame, frame.close, row)
        return true
      }
      const place =
        findPlace(this.#structure, frame, row, false) ??
        (this.#isWanted(depth, row) ? undefined : findPlace(this.#structure, frame, row, true))
      if (place === undefined) continue
      this.#leaveTo(depth)
      this.#enter(frame, place, row)
      return true
    }
    return false
  }

  /** Whether a rule further out is the row's by what it begins with. */
  #isWanted(depth: number, row: Row): boolean {
    return this.#stack
      .slice(0, depth + 1)
      .some(
        (frame) =>
          (frame.close && isRowOf(frame.close, row, this.#structure)) || findPlace(this.#structure, frame, row, false) !== undefined,
      )
  }

  #enter(frame: Frame, place: number, row: Row): void {
    const node = frame.nodes[place] as Node
    this.#mustBeThere(frame, place)
    frame.at = place
    frame.counts[place] = (frame.counts[place] ?? 0) + 1
    if (node.kind === 'row') return this.#enterRow(frame, node, row)
    const item: Fields = {}
    const path = [...frame.path, node.name]
    const isRecord = this.#resourcePath !== undefined && !this.#structure.standard && path.join('.') === this.#resourcePath
    const done = isRecord ? () => this.#emit(item) : undefined
    if (!isRecord) listAt(frame.target, node.name).push(item)
    const inner = createFrame(node.children, undefined, item, path, done, undefined, row.number)
    this.#stack.push(inner)
    this.#enter(inner, 0, row)
  }

  #enterRow(frame: Frame, node: RowNode, row: Row): void {
    const target = this.#targetOf(frame, node)
    this.#addFields(node, row, target)
    if (node.children.length > 0 || node.close)
      this.#stack.push(createFrame(node.children, node.close, target, frame.path, undefined, node, row.number))
  }

  /** Where the fields of the row go. */
  #targetOf(frame: Frame, node: RowNode): Fields {
    if (node.envelope === 'interchange') return (this.#interchange = frame.target)
    if (node.envelope === 'group') return (this.#group = {})
    if (node.envelope === 'document') {
      this.#document = { group: this.#group, fields: {}, faults: [], received: this.#received?.document, size: 0 }
      this.#documents.push(this.#document)
      return this.#document.fields
    }
    if (node.list === undefined) return frame.target
    const item: Fields = {}
    listAt(frame.target, node.list).push(item)
    return item
  }

  #addFields(node: RowNode, row: Row, target: Fields): void {
    this.#size += row.text.length
    if (this.#document) this.#document.size += row.text.length
    if ((this.#structure.standard ? (this.#document?.size ?? 0) : this.#size) > maxPageBytes)
      this.#fail(`row ${row.number} makes a record of more than ${maxPageBytes / 1024 / 1024} MB.`, { code: 'content_too_large' })
    readFields(node, row, this.#structure, this.#separators, (element, value, place, part) => {
      const wrong = faultOfElement(element, value, this.#structure, this.#profile)
      if (wrong)
        this.#fail(`row ${row.number} (${nameOf(row, this.#structure)}): ${element.name} ${wrong.message}`, {
          place: {
            kind: 'element',
            segment: row.columns[0] ?? '',
            element: { place, fault: wrong.fault, value, ...(part !== undefined && { part }) },
          },
        })
      if (element.key !== undefined) target[element.key] = value
    })
  }

  #closeFrame(frame: Frame, close: RowNode, row: Row): void {
    this.#mustBeThere(frame, frame.nodes.length)
    this.#addFields(close, row, frame.target)
    this.#stack.pop()
    if (close.children.length > 0)
      this.#stack.push(createFrame(close.children, undefined, frame.target, frame.path, undefined, close, row.number))
    if (frame.head?.envelope === 'document') this.#document = undefined
  }

  #mustBeThere({ nodes, counts, at, began, head }: Frame, until: number): void {
    for (let place = at; place < until; place++) {
      const node = nodes[place] as Node
      if (!node.required || (counts[place] ?? 0) > 0) continue
      const after = began > 0 ? ` after row ${began}${head?.identifier ? ` (${head.identifier})` : ''}` : ''
      this.#fail(`${describeNode(node)} is missing${after}.`, { code: 'row_missing', place: placeOfMissing(node) })
    }
  }

  /** Leaves what lies within the frame at the depth. */
  #leaveTo(depth: number): void {
    while (this.#stack.length - 1 > depth) {
      const frame = this.#stack.at(-1) as Frame
      this.#mustBeThere(frame, frame.nodes.length)
      if (frame.close?.required)
        this.#fail(`${describeNode(frame.close)} is missing at the end of what row ${frame.began} begins.`, {
          code: 'row_missing',
          place: placeOfMissing(frame.close),
        })
      this.#stack.pop()
      if (frame.head?.envelope === 'document') this.#document = undefined
      frame.done?.()
    }
  }

  #leaveAll(): void {
    this.#leaveTo(0)
    this.#mustBeThere(this.#stack[0] as Frame, (this.#stack[0] as Frame).nodes.length)
  }

  /** What was read since the last record was complete. */
  #complete(): void {
    const [root] = this.#stack
    if (this.#structure.standard) this.#completeInterchange()
    else if (this.#recordFaults.length > 0) this.#tell(this.#recordFaults)
    else if (root && Object.keys(root.target).length > 0 && !this.#hasOwnRecords(root))
      this.#done.push(...extractRecords(root.target, this.#resourcePath))
    this.#begin()
  }

  /** Where the path leads to a container, its items went on as they were complete. */
  #hasOwnRecords({ nodes }: Frame): boolean {
    return this.#resourcePath !== undefined && isContainerPath(nodes, this.#resourcePath.split('.'))
  }

  /** Faults of an interchange are those of each of its documents. */
  #completeInterchange(): void {
    const wrong = this.#documents.length > 0 || this.#interchangeSize > 0 ? this.#envelope?.end() : undefined
    if (wrong) {
      this.#recordFaults.unshift({ code: 'invalid_edi', message: wrong.message })
      this.#received?.fault(wrong.place, undefined)
    }
    if (this.#recordFaults.length > 0) this.#tell(this.#recordFaults)
    for (const { group, fields, faults, received } of this.#documents) {
      if (received) received.isAccepted = faults.length === 0
      if (faults.length > 0) this.#tell(faults)
      else if (this.#recordFaults.length === 0)
        this.#done.push(...extractRecords({ ...this.#interchange, ...group, ...fields }, this.#resourcePath))
    }
    this.#received?.end()
  }

  #emit(item: Fields): void {
    if (this.#recordFaults.length === 0) this.#done.push(item)
    else this.#tell(this.#recordFaults)
    this.#recordFaults = []
    this.#size = 0
  }
}

function listAt(target: Fields, name: string): Fields[] {
  const known = target[name]
  if (Array.isArray(known)) return known as Fields[]
  const list: Fields[] = []
  target[name] = list
  return list
}

/** What a row is called: what it begins with. */
const nameOf = (row: Row, { isFixed }: Structure): string => (isFixed ? row.text.slice(0, 10).trim() : (row.columns[0] ?? '').slice(0, 20))
