/** An export at the beginning of a flow: gives pages, and gives each record its trace key. */
import { skipsRetries, type FlowRecord, type Run, type SourceStep } from '../adaptor.ts'
import type { Adaptors } from '../adaptors/index.ts'
import type { Definitions } from '../read.ts'
import type { Generator, Item } from '../plan.ts'
import { compileTraceKey } from '../steps/trace-key.ts'
import { findAdaptor } from './find-adaptor.ts'
import { commonOptions } from './hooks.ts'
import { preSavePageBy, type Failed } from './pre-save-page.ts'
import { refiner } from './refine.ts'
import { settingsOf } from './settings.ts'

type PageGenerator = NonNullable<NonNullable<Run['flow']>['pageGenerators']>[number]

export function generator({ sources }: Adaptors, definitions: Definitions, { _exportId, skipRetries }: PageGenerator): Generator {
  const doc = definitions.exportOf(_exportId)
  const connection = definitions.connectionOf(doc._connectionId)
  const run = definitions.runOf(_exportId)
  const adaptor = findAdaptor(sources, 'export', doc)
  const step: SourceStep = { doc, run, ...(connection && { connection }) }
  const settings = settingsOf(run, { export: doc }, connection)
  const common = commonOptions({ run, settings, export: doc, connection })
  const refine = refiner(doc, settings, definitions.caches, definitions.hookOf, common)
  const hook = definitions.hookOf(doc.hooks?.preSavePage, 'pre_save_page_hook', common)
  const preSavePage = hook && preSavePageBy(hook, run)
  const traceKeyOf = compileTraceKey(doc.traceKeyTemplate)
  const itemOf = (record: FlowRecord, index: number): Item => ({ record, index, sourceId: doc._id, traceKey: traceKeyOf(record) })
  return {
    stepId: doc._id,
    keepsRetryData: !(skipRetries ?? skipsRetries(run)),
    pages: (from) => adaptor.pages(step, from),
    readsAhead: doc.type !== 'once',
    async refine(records, tally, pageIndex = 0) {
      const admitted: Item[] = []
      const rejected: Failed[] = []
      for (const [index, result] of (await refine(records)).entries()) {
        if (result.kind === 'done') admitted.push(itemOf(result.record, index))
        else if (result.kind === 'ignored') tally.ignore(doc._id)
        // Kept as it was fetched: sent again, it goes through transform and filter once more.
        else rejected.push({ record: records[index] as FlowRecord, index, failures: result.failures })
      }
      const page = await preSavePage?.(
        admitted.map(({ record }) => record),
        rejected,
        pageIndex,
      )
      const at = { stepId: doc._id, stage: 'transformation' }
      for (const { record, index, failures } of page?.failed ?? rejected) tally.fail(at, itemOf(record, index), failures)
      for (const failure of page?.failures ?? []) tally.failStep(doc._id, failure)
      return { items: page?.records.map(itemOf) ?? admitted, abort: page?.abort ?? false }
    },
  }
}
