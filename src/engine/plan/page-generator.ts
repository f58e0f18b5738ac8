/** An export at the beginning of a flow: gives pages, and gives each record its trace key. */
import { skipsRetries, type FlowRecord, type Run } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import type { Generator, Item } from './plan.ts'
import type { Failed } from '../hooks/pre-save-page.ts'
import { createDataURIs } from './data-uris.ts'
import { prepareExport } from './prepare-step.ts'
import { refines } from './refine.ts'
import { createTraceKeys } from './trace-keys.ts'
import type { Adaptors } from '../adaptor.ts'

/** A record with its position in the page as it was fetched. */
type Placed = Pick<Item, 'record' | 'index'>

type PageGenerator = NonNullable<NonNullable<Run['flow']>['pageGenerators']>[number]

export function createGenerator({ sources }: Adaptors, definitions: Definitions, { _exportId, skipRetries }: PageGenerator): Generator {
  const doc = definitions.getExport(_exportId)
  const run = definitions.getRun(_exportId)
  const { adaptor, step, settings, refine, preSavePage } = prepareExport(sources, definitions, doc, run)
  /** What was fetched goes on as it is. */
  const isPlain = !preSavePage && !refines(doc)
  const keysOf = createTraceKeys(doc.traceKeyTemplate, definitions)
  const itemsOf = async (placed: readonly Placed[]): Promise<Item[]> => {
    const keys = await keysOf(placed.map(({ record }) => record))
    return placed.map(({ record, index }, i): Item => ({ record, index, sourceId: doc._id, traceKey: keys[i] }))
  }
  return {
    stepId: doc._id,
    dataURIs: createDataURIs(doc.dataURITemplate, settings, definitions),
    keepsRetryData: !(skipRetries ?? skipsRetries(run)),
    ready: () => adaptor.ready(step),
    pages: (from) => adaptor.pages(step, from),
    async refine({ index: pageIndex, records, fileMeta }, pageResult) {
      if (isPlain) {
        const keys = await keysOf(records)
        const plain = records.map((record, index): Item => ({ record, index, sourceId: doc._id, traceKey: keys[index] }))
        for (const { traceKey } of plain) pageResult.pass(doc._id, traceKey)
        return { items: plain, abort: false }
      }
      const admitted: Placed[] = []
      const rejected: Failed[] = []
      for (const [index, result] of (await refine(records)).entries()) {
        if (result.kind === 'done') admitted.push({ record: result.record, index })
        else if (result.kind === 'ignored') pageResult.ignore(doc._id)
        // Kept as it was fetched: sent again, it goes through transform and filter once more.
        else rejected.push({ record: records[index] as FlowRecord, index, failures: result.failures })
      }
      const page = await preSavePage?.(
        admitted.map(({ record }) => record),
        rejected,
        pageIndex,
        fileMeta,
      )
      const at = { stepId: doc._id, stage: 'transformation' }
      const failed = page?.failed ?? rejected
      for (const [i, item] of (await itemsOf(failed)).entries()) pageResult.fail(at, item, failed[i]?.failures ?? [])
      for (const failure of page?.failures ?? []) pageResult.failStep(doc._id, failure)
      const items = await itemsOf(page?.records.map((record, index) => ({ record, index })) ?? admitted)
      for (const { traceKey } of items) pageResult.pass(doc._id, traceKey)
      return { items, abort: page?.abort ?? false }
    },
  }
}
