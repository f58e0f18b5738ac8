/**
 * Follows records through the steps of a flow, and hands what each stage made of them to whoever wants to know: a test run, an execution log. A record is told
 * by the object that it is; where a stage makes another one of it, that one stands for the same record. While nobody wants to know, nothing is followed: each stage asks once.
 */
import type { Failure } from '../adaptor.ts'
import type { Exchange } from '../exchange.ts'

/** A record on its way, whatever it looks like at the moment. */
export interface Subject {
  readonly recordId: string
  /** The page that it came in. */
  readonly groupId: string
  /** Its position there, as errors tell it. */
  index: number
  /** As soon as its export has given it one. */
  traceKey: string | undefined
}

/** A use of a step: an export or import, or a router; of an API what it makes of a request, and how it answers; of a tool what it makes of its input and output. */
export interface RecordedStep {
  readonly stepId: string
  readonly kind: 'export' | 'lookup' | 'import' | 'router' | 'request' | 'response' | 'input' | 'output'
}

/** What a stage made of one record, or of a page as a whole. */
export interface Note {
  readonly stage: string
  /** Absent where it is about the page. */
  readonly subject: Subject | undefined
  readonly input?: unknown
  readonly output?: unknown
  readonly errors: readonly Failure[]
}

export interface NoteTaker {
  /** Whether anybody wants to know at the moment. */
  isOn(): boolean
  note(step: RecordedStep, note: Note): void
  /** Requests of these records; of none where they are of a page that is not there yet. */
  exchanged(step: RecordedStep, subjects: readonly Subject[], exchange: Exchange): void
}

export class Recorder {
  readonly #taker: NoteTaker
  readonly #newId: () => string
  readonly #subjects = new WeakMap<object, Subject>()
  /** In the order in which they were made. */
  readonly steps: RecordedStep[] = []

  constructor(taker: NoteTaker, newId: () => string) {
    this.#taker = taker
    this.#newId = newId
  }

  isOn(): boolean {
    return this.#taker.isOn()
  }

  at(step: RecordedStep): StepRecorder {
    this.steps.push(step)
    return new StepRecorder(this, this.#taker, step)
  }

  /** The records of a page, as they came. */
  meet(records: readonly unknown[]): void {
    const groupId = this.#newId()
    for (const [index, record] of records.entries())
      if (isObject(record)) this.#subjects.set(record, { recordId: this.#newId(), groupId, index, traceKey: undefined })
  }

  subjectOf(record: unknown): Subject | undefined {
    if (!isObject(record)) return undefined
    const known = this.#subjects.get(record)
    if (known) return known
    this.meet([record])
    return this.#subjects.get(record)
  }

  /** `made` stands for the same record from now on. */
  follow(record: unknown, made: unknown): void {
    const subject = this.subjectOf(record)
    if (subject && isObject(made)) this.#subjects.set(made, subject)
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What is told at one step. */
export class StepRecorder {
  readonly step: RecordedStep
  readonly records: Recorder
  readonly #taker: NoteTaker

  constructor(records: Recorder, taker: NoteTaker, step: RecordedStep) {
    this.records = records
    this.#taker = taker
    this.step = step
  }

  isOn(): boolean {
    return this.#taker.isOn()
  }

  /** Of the record that came in; what it became stands for it from now on. */
  note(stage: string, record: unknown, { input, output, errors = [] }: Partial<Pick<Note, 'input' | 'output' | 'errors'>>): void {
    this.#taker.note(this.step, { stage, subject: this.records.subjectOf(record), input, output, errors })
  }

  notePage(stage: string, { input, output, errors = [] }: Partial<Pick<Note, 'input' | 'output' | 'errors'>>): void {
    this.#taker.note(this.step, { stage, subject: undefined, input, output, errors })
  }

  exchanged(records: readonly unknown[], exchange: Exchange): void {
    if (!this.isOn()) return
    const subjects = records.flatMap((record) => this.records.subjectOf(record) ?? [])
    this.#taker.exchanged(this.step, subjects, exchange)
  }
}
