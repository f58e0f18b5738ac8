/** An export at the beginning of a flow: gives pages, and gives each record its trace key. */
import { skipsRetries, type FlowRecord, type Run, type SourceStep } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import type { Generator, Item } from './plan.ts'
import { findAdaptor } from './find-adaptor.ts'
import { commonOptions } from '../hooks/hook-options.ts'
import { preSavePageBy, type Failed } from '../hooks/pre-save-page.ts'
import { refiner } from './refine.ts'
import { settingsOf } from './settings.ts'
import { traceKeysBy } from './trace-keys.ts'
import type { Adaptors } from '../adaptor.ts'

/** A record with its position in the page as it was fetched. */
type Placed = Pick<Item, 'record' | 'index'>

type PageGenerator = NonNullable<NonNullable<Run['flow']>['pageGenerators']>[number]

export function generator({ sources }: Adaptors, definitions: Definitions, { _exportId, skipRetries }: PageGenerator): Generator {
  const doc = definitions.exportOf(_exportId)
  const connection = definitions.connectionOf(doc._connectionId)
  const run = definitions.runOf(_exportId)
  const adaptor = findAdaptor(sources, 'export', doc)
  const step: SourceStep = { doc, run, ...(connection && { connection }) }
  const settings = settingsOf(run, { export: doc }, connection)
  const common = commonOptions({ run, settings, export: doc, connection })
  const refine = refiner(doc, settings, definitions, common)
  const hook = definitions.hookOf(doc.hooks?.preSavePage, 'pre_save_page_hook', common)
  const preSavePage = hook && preSavePageBy(hook, run)
  const keysOf = traceKeysBy(doc.traceKeyTemplate, definitions)
  const itemsOf = async (placed: readonly Placed[]): Promise<Item[]> => {
    const keys = await keysOf(placed.map(({ record }) => record))
    return placed.map(({ record, index }, i): Item => ({ record, index, sourceId: doc._id, traceKey: keys[i] }))
  }
  return {
    stepId: doc._id,
    keepsRetryData: !(skipRetries ?? skipsRetries(run)),
    ready: () => adaptor.ready(step),
    pages: (from) => adaptor.pages(step, from),
    async refine(records, tally, pageIndex = 0) {
      const admitted: Placed[] = []
      const rejected: Failed[] = []
      for (const [index, result] of (await refine(records)).entries()) {
        if (result.kind === 'done') admitted.push({ record: result.record, index })
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
      const failed = page?.failed ?? rejected
      for (const [i, item] of (await itemsOf(failed)).entries()) tally.fail(at, item, failed[i]?.failures ?? [])
      for (const failure of page?.failures ?? []) tally.failStep(doc._id, failure)
      return { items: await itemsOf(page?.records.map((record, index) => ({ record, index })) ?? admitted), abort: page?.abort ?? false }
    },
  }
}
