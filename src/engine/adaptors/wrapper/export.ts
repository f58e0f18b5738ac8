/**
 * WrapperExport: a function on a stack gives a page each time it is called, with the state that it gave the time before, until it says that the page was the
 * last one. A run that was cut off calls it with the state of the page that it was at, and passes over what had been handed on.
 */
import { hash } from 'node:crypto'
import {
  StepFailure,
  type Cursor,
  type FieldOf,
  type FlowRecord,
  type Outcome,
  type Page,
  type SourceAdaptor,
  type SourceStep,
  type Told,
} from '../../adaptor.ts'
import { createLane, mapInLane } from '../../around/lane.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { groupRecords, readGrouping } from '../../formats/group-records.ts'
import { isRecordValue } from '../../formats/records.ts'
import { defaultPageSize, maxPageBytes } from '../../formats/page-bounds.ts'
import { measurePage } from '../../formats/split-pages.ts'
import { listChildren, toChildRecord } from '../../values/one-to-many-children.ts'
import { isPlainObject } from '../../values/plain-value.ts'
import { exportDates } from '../export-dates.ts'
import { oncePerStep } from '../once-per-step.ts'
import { createFunctionCall, readFailures, stepFailure, type WrapperPorts } from './function-call.ts'

/** `offset` records of the answer to `state` have been handed on; `same` answers in a row had this print. */
interface Position {
  readonly index: number
  readonly emitted: number
  readonly offset: number
  readonly calls: number
  readonly state?: unknown
  readonly print: string
  readonly same: number
}

interface Answer {
  readonly records: readonly FlowRecord[]
  readonly failures: Page['failures']
  readonly isLast: boolean
  readonly state: unknown
  readonly print: string
}

interface Source {
  readonly step: SourceStep
  readonly pageSize: number
  ask(state: unknown, data?: FlowRecord): Promise<Answer>
}

const kinds: ReadonlySet<string> = new Set(['test', 'delta', 'once'])
/** Equal answers in a row after which nothing more is to be expected, as on integrator.io. */
const maxIdentical = 5
/** Calls of one export in one run; a hundred million records in pages of a hundred. */
const maxCalls = 1_000_000
/** Characters of the state that a function hands to its next call: it is kept with the run. */
const maxState = 100_000

export function wrapperExport(ports: WrapperPorts, fieldOf: FieldOf): SourceAdaptor {
  const source = oncePerStep((step: SourceStep) => createSource(ports, step))
  return {
    adaptorType: 'WrapperExport',
    fieldOf,
    ready: async (step) => void source(step),
    pages: (step, from) => pages(source(step), from),
    lookup: (step, records, told) => lookUp(source(step), records, told),
  }
}

function createSource(ports: WrapperPorts, step: SourceStep): Source {
  const { doc, run, connection } = step
  refuseFields('exports', doc)
  const { function: name, configuration } = doc.wrapper ?? {}
  if (!name?.trim()) throw stepFailure('internal', 'configuration_missing', 'The export names no function (wrapper.function).')
  if (doc.type && !kinds.has(doc.type))
    throw stepFailure(
      'internal',
      'export_type_unsupported',
      `An export of a wrapper cannot be of the type ${doc.type}: it can be test, delta or once.`,
    )
  const call = createFunctionCall(ports, { run, connection, export: doc })
  const grouping = readGrouping(doc.groupByFields)
  const options = { ...describeType(step), ...(configuration !== undefined && { configuration }) }
  return {
    step,
    pageSize: Math.max(1, doc.pageSize ?? defaultPageSize),
    async ask(state, data) {
      const answer = await call(name, { ...options, ...(state !== undefined && { state }), ...(data !== undefined && { data }) })
      const read = readAnswer(answer, name, () => connection && run.refused?.(connection))
      return grouping ? { ...read, records: groupRecords(read.records, grouping) } : read
    },
  }
}

/** What kind of export it is, as the function is told. */
function describeType({ doc, run }: SourceStep): object {
  const { type, delta, once, test } = doc
  if (type === 'delta') {
    const { lastExportDateTime } = exportDates({ ...doc, delta: { ...delta, dateFormat: '' } }, run)
    return { type, delta: { ...(delta?.dateField && { dateField: delta.dateField }), lastExecutionTime: Date.parse(lastExportDateTime) } }
  }
  if (type === 'once') return { type, once: { booleanField: once?.booleanField } }
  return type === 'test' ? { type, test: { limit: test?.limit ?? 1 } } : {}
}

function readAnswer(answer: unknown, name: string, refused: () => void): Answer {
  if (!isPlainObject(answer))
    throw stepFailure('application', 'wrapper_failed', `The function ${name} has to answer an object with its records in data.`)
  const { data = [], errors, lastPage = false, state, connectionOffline } = answer
  const failures = readFailures(errors)
  if (connectionOffline === true) {
    refused()
    throw new StepFailure(
      failures[0] ?? {
        source: 'connection',
        code: 'connection_offline',
        message: `The function ${name} says that the connection is offline.`,
      },
    )
  }
  if (!Array.isArray(data) || !data.every(isRecordValue))
    throw stepFailure('application', 'wrapper_failed', `The function ${name} has to answer data that is a list of records.`)
  const text = JSON.stringify([data, state, errors])
  const stateLength = state === undefined ? 0 : JSON.stringify(state).length
  if (stateLength > maxState || (state !== undefined && /\\u0000/.test(JSON.stringify(state))))
    throw stepFailure(
      'application',
      'paging_state_too_large',
      `The state that the function ${name} hands on has more than ${maxState.toLocaleString('en')} characters, or a NUL: keep what tells the next page alone.`,
    )
  return { records: data, failures, isLast: lastPage === true, state, print: hash('sha1', text, 'base64') }
}

async function* pages({ step: { doc }, pageSize, ask }: Source, from: Cursor | undefined): AsyncGenerator<Page> {
  const limit = doc.type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY
  let at: Position = from ? (from as unknown as Position) : { index: 0, emitted: 0, offset: 0, calls: 0, print: '', same: 0 }
  for (;;) {
    const { records, failures, isLast, state, print } = await ask(at.state)
    const same = print === at.print ? at.same + 1 : 1
    mustGoOn({ ...at, same }, doc.wrapper?.function ?? '')
    const behind = isLast
      ? undefined
      : { index: at.index, emitted: at.emitted, offset: 0, calls: at.calls + 1, print, same, ...(state !== undefined && { state }) }
    let told = failures
    do {
      const { length: most, bytes } = measurePage(records, at.offset, pageSize, Number.POSITIVE_INFINITY)
      const page = records.slice(at.offset, at.offset + Math.min(most, limit - at.emitted))
      const { index } = at
      at = { ...at, index: index + 1, emitted: at.emitted + page.length, offset: at.offset + page.length }
      const next = at.offset < records.length ? at : behind && { ...behind, index: at.index, emitted: at.emitted }
      const goesOn = next !== undefined && at.emitted < limit
      yield { index, records: page, bytes, ...(told?.length && { failures: told }), ...(goesOn && { next: next as unknown as Cursor }) }
      told = undefined
      if (!goesOn) return
    } while (at.offset < records.length)
    at = { ...(behind as Position), index: at.index, emitted: at.emitted }
  }
}

function mustGoOn({ same, calls }: Position, name: string): void {
  if (same > maxIdentical)
    throw stepFailure(
      'application',
      'paging_loop',
      `The function ${name} answered the same more than ${maxIdentical} times: it has to hand on a state that leads to the next page, or say lastPage.`,
    )
  if (calls >= maxCalls)
    throw stepFailure('application', 'paging_loop', `The function ${name} was called a million times and has no last page.`)
}

/** Each record asks by itself, in `data`; all that the function gives for it is what was found. */
function lookUp(source: Source, records: readonly FlowRecord[], told?: Told): Promise<Outcome[]> {
  const { doc, connection } = source.step
  const lane = createLane(connection?.wrapper?.concurrencyLevel ?? 1)
  return mapInLane(
    lane,
    records,
    async (record): Promise<Outcome> => {
      try {
        const askers = listChildren(doc, record)?.map((child) => toChildRecord(child, record)) ?? [record]
        const data: FlowRecord[] = []
        const errors: unknown[] = []
        for (const asker of askers) await collectAll(source, asker, data, errors)
        return { kind: 'done', response: { statusCode: 200, data, errors } }
      } catch (error) {
        if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
        throw error
      }
    },
    told,
  )
}

async function collectAll({ step: { doc }, ask }: Source, asker: FlowRecord, data: FlowRecord[], errors: unknown[]): Promise<void> {
  let state: unknown
  let print = ''
  let same = 0
  let bytes = 0
  for (let calls = 0; ; calls++) {
    const answer = await ask(state, asker)
    same = answer.print === print ? same + 1 : 1
    mustGoOn({ same, calls } as Position, doc.wrapper?.function ?? '')
    for (const record of answer.records) {
      bytes += Buffer.byteLength(JSON.stringify(record))
      if (bytes > maxPageBytes)
        throw stepFailure('lookup', 'lookup_too_large', `The lookup found more than ${maxPageBytes / 1024 / 1024} MB for one record.`)
      data.push(record)
    }
    errors.push(...(answer.failures ?? []))
    if (answer.isLast) return
    state = answer.state
    print = answer.print
  }
}
