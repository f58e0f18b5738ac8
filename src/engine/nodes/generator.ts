/** An export at the beginning of a flow: gives pages, and gives each record its trace key. */
import type { FlowRecord, Run, SourceStep } from '../adaptor.ts'
import type { Adaptors } from '../adaptors/index.ts'
import type { Definitions } from '../load.ts'
import type { Generator, Item } from '../plan.ts'
import { compileTraceKey } from '../steps/trace-key.ts'
import type { Tally } from '../tally.ts'
import { findAdaptor } from './find-adaptor.ts'
import { refuseHooks } from './hooks.ts'
import { refiner } from './refine.ts'
import { settingsOf } from './settings.ts'

type PageGenerator = NonNullable<Run['flow']['pageGenerators']>[number]

export function generator({ sources }: Adaptors, definitions: Definitions, { _exportId, skipRetries }: PageGenerator): Generator {
  const doc = definitions.exportOf(_exportId)
  const connection = definitions.connectionOf(doc._connectionId)
  const run = definitions.runOf(_exportId)
  const adaptor = findAdaptor(sources, 'export', doc)
  refuseHooks(doc.name, doc.hooks)
  const step: SourceStep = { doc, run, ...(connection && { connection }) }
  const refine = refiner(doc, settingsOf(run, { export: doc }, connection), definitions.caches)
  const traceKeyOf = compileTraceKey(doc.traceKeyTemplate)
  return {
    stepId: doc._id,
    keepsRetryData: !(skipRetries ?? run.flow.skipRetries ?? false),
    pages: (from) => adaptor.pages(step, from),
    readsAhead: doc.type !== 'once',
    async refine(records, tally) {
      const results = await refine(records)
      return records.flatMap((record, index) =>
        admitted(record, index, results[index] as (typeof results)[number], { sourceId: doc._id, traceKeyOf, tally }),
      )
    },
  }
}

interface Gate {
  readonly sourceId: string
  readonly traceKeyOf: (record: FlowRecord) => string | undefined
  readonly tally: Tally
}

function admitted(
  record: FlowRecord,
  index: number,
  result: Awaited<ReturnType<ReturnType<typeof refiner>>>[number],
  { sourceId, traceKeyOf, tally }: Gate,
): Item[] {
  if (result.kind === 'done') return [{ record: result.record, index, sourceId, traceKey: traceKeyOf(result.record) }]
  if (result.kind === 'ignored') tally.ignore(sourceId)
  // Kept as it was fetched: sent again, it goes through transform and filter once more.
  else tally.fail({ stepId: sourceId, stage: 'transformation' }, { record, index, sourceId, traceKey: traceKeyOf(record) }, result.failures)
  return []
}
