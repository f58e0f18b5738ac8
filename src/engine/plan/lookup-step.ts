/** An export in the middle of a flow: asks once a record, and copies what it found into the record. */
import type { FlowRecord, Outcome, SourceStep, StepResponse, StepResult, SettingsByResource, Adaptors, Told } from '../adaptor.ts'
import { StepFailure } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import type { FlowStep, Processor } from './plan.ts'
import { prepareExport } from './prepare-step.ts'
import { createPostResponseMap } from '../hooks/post-response-map.ts'
import type { PreSavePage } from '../hooks/pre-save-page.ts'
import type { Refine } from './refine.ts'
import { createMapResponses, type MapResponses } from './map-responses.ts'
import { toHookResponse } from './submit-records.ts'
import { createFilter } from './filter-stage.ts'

type Mapped = Awaited<ReturnType<MapResponses>>[number]

/** What a lookup does with a record by itself, without what a flow does with its answer. */
export interface LookupRunner {
  readonly adaptorType: string
  readonly settings: SettingsByResource
  /** For every function of the step, beside what it is called with. */
  readonly hookContext: object
  ready(): Promise<void>
  /** One outcome a record, as the application answered. */
  ask(records: readonly FlowRecord[], told?: Told): Promise<Outcome[]>
  /** What was found goes through the export's transform, filter and hook like any of its records. */
  refine(outcome: Outcome): Promise<Outcome>
}

export function createLookupRunner({ sources }: Adaptors, definitions: Definitions, doc: SourceStep['doc']): LookupRunner {
  const { adaptor, step, settings, hookContext, refine, preSavePage } = prepareExport(sources, definitions, doc, definitions.run)
  return {
    adaptorType: adaptor.adaptorType ?? 'export',
    settings,
    hookContext,
    ready: () => adaptor.ready(step),
    ask: (records, told) => adaptor.lookup(step, records, told),
    refine: async (outcome) => (outcome.kind === 'done' ? refineResponse(outcome.response, refine, preSavePage) : outcome),
  }
}

export function createLookupStep(adaptors: Adaptors, definitions: Definitions, processor: Processor): Omit<FlowStep, 'place'> {
  const doc = definitions.getExport(processor._exportId ?? '')
  const { adaptorType, settings, hookContext, ready, ask, refine } = createLookupRunner(adaptors, definitions, doc)
  const { createHook } = definitions
  const passes = createFilter(doc.inputFilter, 'input_filter', settings, definitions, hookContext)
  const mapResponses = createMapResponses(processor.responseMapping, definitions)
  const postResponseMap = createPostResponseMap(createHook(processor.hooks?.postResponseMap, 'response_mapping', hookContext), {})
  return {
    stepId: doc._id,
    kind: 'lookup',
    adaptorType,
    stage: 'apiCall',
    proceedOnFailure: processor.proceedOnFailure ?? false,
    onePageAtATime: false,
    ready,
    async process(items, turn) {
      const records = items.map(({ record }) => record)
      const answers = await passes(records)
      await turn.start()
      const asked = records.filter((_record, i) => answers[i] === true)
      const found = (await ask(asked, turn)).values()
      turn.begun()
      await turn.finish()
      const outcomes = await Promise.all(
        answers.map(async (answer): Promise<Outcome> => {
          if (typeof answer === 'object') return { kind: 'failed', failures: [answer] }
          return answer ? refine(found.next().value as Outcome) : { kind: 'ignored' }
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
      return postResponseMap(records, results, outcomes.map(toHookResponse))
    },
  }
}

async function refineResponse(response: StepResponse, refine: Refine, preSavePage: PreSavePage | undefined): Promise<Outcome> {
  const found: FlowRecord[] = []
  const results = await refine((response.data as FlowRecord[] | undefined) ?? [])
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
