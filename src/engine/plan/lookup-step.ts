/** An export in the middle of a flow: asks once a record, and copies what it found into the record. */
import type { FlowRecord, Outcome, SourceStep, StepResult, SettingsByResource, Adaptors } from '../adaptor.ts'
import { StepFailure } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import type { Step } from './plan.ts'
import { findAdaptor } from './find-adaptor.ts'
import { commonOptions } from '../hooks/hook-options.ts'
import { postResponseMapBy } from '../hooks/post-response-map.ts'
import { preSavePageBy, type PreSavePage } from '../hooks/pre-save-page.ts'
import { refiner, type Refine } from './refine.ts'
import { mapResponsesBy, type MapResponses } from './responses.ts'
import { settingsOf } from './settings.ts'
import { responseOf } from './submit.ts'
import { wantedBy } from './filter-stage.ts'
import type { Processor } from './flow-document.ts'

type Mapped = Awaited<ReturnType<MapResponses>>[number]

/** What a lookup does with a record by itself, without what a flow does with its answer. */
export interface Asker {
  readonly adaptorType: string
  readonly settings: SettingsByResource
  /** For every function of the step, beside what it is called with. */
  readonly common: object
  ready(): Promise<void>
  ask(record: FlowRecord): Promise<Outcome>
}

export function askerOf({ sources }: Adaptors, definitions: Definitions, doc: SourceStep['doc']): Asker {
  const connection = definitions.connectionOf(doc._connectionId)
  const { run } = definitions
  const adaptor = findAdaptor(sources, 'export', doc)
  const step: SourceStep = { doc, run, ...(connection && { connection }) }
  const settings = settingsOf(run, { export: doc }, connection)
  const common = commonOptions({ run, settings, export: doc, connection })
  const refine = refiner(doc, settings, definitions, common)
  const hook = definitions.hookOf(doc.hooks?.preSavePage, 'pre_save_page_hook', common)
  const preSavePage = hook && preSavePageBy(hook, run)
  return {
    adaptorType: adaptor.adaptorType ?? 'export',
    settings,
    common,
    ready: () => adaptor.ready(step),
    async ask(record) {
      const outcome = await adaptor.lookup(step, record)
      return outcome.kind === 'done' ? refined(outcome.response, refine, preSavePage) : outcome
    },
  }
}

export function lookupStep(adaptors: Adaptors, definitions: Definitions, processor: Processor): Omit<Step, 'place'> {
  const doc = definitions.exportOf(processor._exportId ?? '')
  const { adaptorType, settings, common, ready, ask } = askerOf(adaptors, definitions, doc)
  const { hookOf } = definitions
  const wanted = wantedBy(doc.inputFilter, 'input_filter', settings, definitions, common)
  const mapResponses = mapResponsesBy(processor.responseMapping, definitions)
  const postResponseMap = postResponseMapBy(hookOf(processor.hooks?.postResponseMap, 'response_mapping', common), {})
  return {
    stepId: doc._id,
    kind: 'lookup',
    adaptorType,
    stage: 'apiCall',
    proceedOnFailure: processor.proceedOnFailure ?? false,
    ready,
    async carry(items) {
      const records = items.map(({ record }) => record)
      const answers = await wanted(records)
      // All at once: the connection's concurrency level is what bounds them.
      const outcomes = await Promise.all(
        records.map(async (record, i): Promise<Outcome> => {
          const answer = answers[i]
          if (typeof answer === 'object') return { kind: 'failed', failures: [answer] }
          return answer ? ask(record) : { kind: 'ignored' }
        }),
      )
      const answered = outcomes.flatMap((outcome, i) =>
        outcome.kind === 'done' ? [{ record: records[i] as FlowRecord, response: outcome.response }] : [],
      )
      const goingOn = (await mapResponses(answered)).values()
      const results = outcomes.map((outcome): StepResult => {
        if (outcome.kind !== 'done') return outcome
        const mapped = goingOn.next().value as Mapped
        return 'failure' in mapped ? { kind: 'failed', failures: [mapped.failure] } : { kind: 'done', record: mapped.record }
      })
      return postResponseMap(records, results, outcomes.map(responseOf))
    },
  }
}

/** What a lookup found goes through the export's transform, filter and hook like any of its records. */
async function refined(
  response: Readonly<Record<string, unknown>>,
  refine: Refine,
  preSavePage: PreSavePage | undefined,
): Promise<Outcome> {
  const found: FlowRecord[] = []
  const results = await refine((response['data'] as FlowRecord[] | undefined) ?? [])
  for (const result of results) {
    if (result.kind === 'failed') return result
    if (result.kind === 'done') found.push(result.record)
  }
  if (!preSavePage) return { kind: 'done', response: { ...response, data: found } }
  try {
    const page = await preSavePage(found, [], 0)
    const failures = [...page.failures, ...page.failed.flatMap((each) => each.failures)]
    return failures.length > 0 ? { kind: 'failed', failures } : { kind: 'done', response: { ...response, data: page.records } }
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
    throw error
  }
}
