/** What stands in for applications in a test: the mocks of exports and imports where they have one, and imports that make their requests and send none. */
import {
  describeStatus,
  type Adaptors,
  type ExportDoc,
  type Failure,
  type FlowRecord,
  type ImportDoc,
  type Outcome,
  type Page,
  type SinkAdaptor,
  type SinkStep,
  type SourceAdaptor,
  type StepResponse,
} from '../adaptor.ts'
import { saysSomething } from '../fields/field.ts'
import { parseFailures } from '../hooks/hook-options.ts'
import { isPlainObject } from '../values/plain-value.ts'

/** Whether the application of a step is asked: its connection has to be online then. */
export type AsksApplication = (doc: ExportDoc | ImportDoc) => boolean

/** Lookups of imports read, like exports: they decide what would be sent. */
export const asksApplication =
  ({ sinks }: Adaptors, sends: boolean): AsksApplication =>
  (doc) =>
    isImport(doc)
      ? isSent(doc, sends) || sinks.some(({ adaptorType, asksFirst }) => adaptorType === doc.adaptorType && asksFirst?.(doc))
      : mockedRecords(doc) === undefined

const isImport = (doc: ExportDoc | ImportDoc): doc is ImportDoc => doc.adaptorType?.endsWith('Import') ?? false

const isSent = ({ mockResponse }: ImportDoc, sends: boolean): boolean => sends && !saysSomething(mockResponse)

export const mockAdaptors = (adaptors: Adaptors, sends: boolean): Adaptors => ({
  ...adaptors,
  sources: adaptors.sources.map(mockSource),
  sinks: adaptors.sinks.map((sink) => mockSink(sink, sends)),
})

/** New objects each time: the steps after it take each for a record of its own. */
function mockedRecords({ mockOutput }: ExportDoc): FlowRecord[] | undefined {
  const records = mockOutput?.page_of_records ?? []
  return records.length === 0 ? undefined : records.map(({ record }) => structuredClone(record ?? {}))
}

const mockSource = (source: SourceAdaptor): SourceAdaptor => ({
  ...source,
  ready: async (step) => (mockedRecords(step.doc) ? undefined : source.ready(step)),
  pages(step, from, watching) {
    const records = mockedRecords(step.doc)
    return records ? onePage(records) : source.pages(step, from, watching)
  },
  async lookup(step, records, told) {
    if (!mockedRecords(step.doc)) return source.lookup(step, records, told)
    return records.map((): Outcome => ({ kind: 'done', response: { statusCode: 200, data: mockedRecords(step.doc), errors: [] } }))
  },
})

async function* onePage(records: readonly FlowRecord[]): AsyncGenerator<Page> {
  yield { index: 0, records, bytes: Buffer.byteLength(JSON.stringify(records)) }
}

function mockSink(sink: SinkAdaptor, sends: boolean): SinkAdaptor {
  // One a step: adaptors know a step by its run.
  const quiet = new WeakMap<SinkStep, SinkStep>()
  const of = (step: SinkStep): SinkStep => {
    if (isSent(step.doc, sends)) return step
    const made = quiet.get(step) ?? { ...step, run: { ...step.run, previewsImports: true } }
    quiet.set(step, made)
    return made
  }
  return {
    ...sink,
    ready: (step) => sink.ready(of(step)),
    ...(sink.look && { look: async (step, records, watching) => (await sink.look?.(of(step), records, watching)) ?? [] }),
    ...(sink.choose && {
      choose: async (step, records, asks, watching) => (await sink.choose?.(of(step), records, asks, watching)) ?? [],
    }),
    async write(step, submissions, told) {
      const outcomes = await sink.write(of(step), submissions, told)
      const { mockResponse } = step.doc
      if (!saysSomething(mockResponse)) return outcomes
      // A record whose request cannot be made has failed, whatever would be answered to it.
      return outcomes.map((outcome, i) => (outcome.kind === 'done' ? readMock(mockResponse, i) : outcome))
    },
  }
}

interface Mock extends StepResponse {
  readonly statusCode?: unknown
  readonly errors?: unknown
  readonly ignored?: unknown
}

/** One for all records, or a list with one for each; the last one of it holds for those after it. */
function readMock(mock: unknown, at: number): Outcome {
  const said: unknown = Array.isArray(mock) ? (mock[at] ?? mock.at(-1)) : mock
  const answer = (isPlainObject(said) ? structuredClone(said) : { _json: said }) as Mock
  const failures = parseFailures(answer.errors, 'application')
  const statusCode = typeof answer.statusCode === 'number' ? answer.statusCode : 200
  if (failures.length > 0) return { kind: 'failed', failures }
  if (statusCode >= 400) return { kind: 'failed', failures: [refusal(statusCode)] }
  if (answer.ignored === true) return { kind: 'ignored' }
  return { kind: 'done', response: { ignored: false, errors: [], ...answer, statusCode } }
}

const refusal = (statusCode: number): Failure => ({
  source: 'application',
  code: String(statusCode),
  message: describeStatus(statusCode),
})
