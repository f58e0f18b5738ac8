/** Tells a recorder what applications are asked at a step and what they answer: its adaptors, listened to. */
import {
  StepFailure,
  type Adaptors,
  type Cursor,
  type FlowRecord,
  type Outcome,
  type Page,
  type SinkAdaptor,
  type SourceAdaptor,
  type SourceStep,
  type Told,
  type Watching,
} from '../adaptor.ts'
import type { StepRecorder } from './recorder.ts'

export const recordAdaptors = (adaptors: Adaptors, to: StepRecorder): Adaptors => ({
  ...adaptors,
  sources: adaptors.sources.map((source) => recordSource(source, to)),
  sinks: adaptors.sinks.map((sink) => recordSink(sink, to)),
})

const stage = 'apiCall'

const recordSource = (source: SourceAdaptor, to: StepRecorder): SourceAdaptor => ({
  ...source,
  pages: (step, from) => recordPages(source, to, step, from),
  async lookup(step, records, told) {
    if (!to.isOn()) return source.lookup(step, records, told)
    const outcomes = await source.lookup(step, records, watched(told, records, to))
    for (const [i, outcome] of outcomes.entries()) {
      const record = records[i]
      const found = outcome.kind === 'done' ? outcome.response.data : undefined
      // What was found belongs to the record that asked for it.
      if (Array.isArray(found)) for (const each of found) to.records.follow(record, each)
      noteOutcome(to, record, record, outcome)
    }
    return outcomes
  },
})

const recordSink = (sink: SinkAdaptor, to: StepRecorder): SinkAdaptor => ({
  ...sink,
  ...(sink.look && { look: async (step, records) => (await sink.look?.(step, records, watch(records, to))) ?? [] }),
  ...(sink.choose && { choose: async (step, records, asks) => (await sink.choose?.(step, records, asks, watch(records, to))) ?? [] }),
  async write(step, submissions, told) {
    if (!to.isOn()) return sink.write(step, submissions, told)
    const records = submissions.map(({ record }) => record)
    const outcomes = await sink.write(step, submissions, watched(told, records, to))
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.kind === 'done') to.records.follow(records[i], outcome.response)
      noteOutcome(to, records[i], submissions[i]?.mapped, outcome)
    }
    return outcomes
  },
})

async function* recordPages(source: SourceAdaptor, to: StepRecorder, step: SourceStep, from: Cursor | undefined): AsyncGenerator<Page> {
  try {
    for await (const page of source.pages(step, from, { exchanged: (_places, exchange) => to.exchanged([], exchange) })) {
      if (to.isOn()) {
        to.records.meet(page.records)
        to.notePage(stage, { output: page.records })
      }
      yield page
    }
  } catch (error) {
    if (error instanceof StepFailure && to.isOn()) to.notePage(stage, { errors: [error.failure] })
    throw error
  }
}

/** The adaptor tells whoever it told before, and the recorder. */
const watched = (told: Told | undefined, records: readonly FlowRecord[], to: StepRecorder): Told => ({
  ...(told ?? nobody),
  ...watch(records, to),
})

const nobody: Told = { starts: () => undefined, begun: () => undefined, received: () => undefined, aheadUntil: () => undefined }

const watch = (records: readonly FlowRecord[], to: StepRecorder): Watching => ({
  exchanged(places, exchange) {
    to.exchanged(
      places.map((place) => records[place]),
      exchange,
    )
  },
})

/** Headers are told with the answer. */
function noteOutcome(to: StepRecorder, record: unknown, input: unknown, outcome: Outcome): void {
  if (outcome.kind === 'failed') return to.note(stage, record, { input, errors: outcome.failures })
  if (outcome.kind === 'ignored') return to.note(stage, record, { input, output: { ignored: true } })
  const { headers: _headers, ...output } = outcome.response
  to.note(stage, record, { input, output })
}
