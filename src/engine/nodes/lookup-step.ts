/** An export in the middle of a flow: asks once a record, and copies what it found into the record. */
import type { FlowRecord, Outcome, SourceStep } from '../adaptor.ts'
import type { Adaptors } from '../adaptors/index.ts'
import type { Definitions } from '../load.ts'
import type { Step, StepResult } from '../plan.ts'
import { compileFilter } from '../steps/filter.ts'
import { compileResponseMapping } from '../steps/response-mapping.ts'
import type { Processor } from './flow.ts'
import { findAdaptor } from './find-adaptor.ts'
import { refuseHooks } from './hooks.ts'
import { refiner, type Refine } from './refine.ts'
import { settingsOf } from './settings.ts'

export function lookupStep({ sources }: Adaptors, definitions: Definitions, processor: Processor): Step {
  const doc = definitions.exportOf(processor._exportId ?? '')
  const connection = definitions.connectionOf(doc._connectionId)
  const { run } = definitions
  const adaptor = findAdaptor(sources, 'export', doc)
  refuseHooks(doc.name, doc.hooks, processor.hooks)
  const step: SourceStep = { doc, run, ...(connection && { connection }) }
  const settings = settingsOf(run, { export: doc }, connection)
  const isWanted = compileFilter(doc.inputFilter, 'input_filter')
  const refine = refiner(doc, settings, definitions.caches)
  const mapResponse = compileResponseMapping(processor.responseMapping)

  const one = async (record: FlowRecord): Promise<StepResult> => {
    if (!isWanted(record, settings)) return { kind: 'ignored' }
    const outcome = await adaptor.lookup(step, record)
    if (outcome.kind !== 'done') return outcome
    const response = await refined(outcome.response, refine)
    return response.kind === 'failed' ? response : { kind: 'done', record: mapResponse(record, response.response) }
  }
  return {
    stepId: doc._id,
    kind: 'lookup',
    adaptorType: adaptor.adaptorType ?? 'export',
    stage: 'apiCall',
    proceedOnFailure: processor.proceedOnFailure ?? false,
    // All at once: the connection's concurrency level is what bounds them.
    carry: (items) => Promise.all(items.map(({ record }) => one(record))),
  }
}

/** What a lookup found goes through the export's transform and filter like any of its records. */
async function refined(response: Readonly<Record<string, unknown>>, refine: Refine): Promise<Exclude<Outcome, { kind: 'ignored' }>> {
  const data: unknown[] = []
  const results = await refine((response['data'] as FlowRecord[] | undefined) ?? [])
  for (const result of results) {
    if (result.kind === 'failed') return result
    if (result.kind === 'done') data.push(result.record)
  }
  return { kind: 'done', response: { ...response, data } }
}
