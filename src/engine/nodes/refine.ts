/** What an export does to each record it has fetched: transform, then filter. */
import type { ExportDoc, FlowRecord } from '../adaptor.ts'
import { StepFailure } from '../adaptor.ts'
import type { StepResult } from '../plan.ts'
import { compileFilter } from '../steps/filter.ts'
import type { LookupCaches, Mapped } from '../steps/mapper.ts'
import { compileTransform } from '../steps/transform.ts'
import type { SettingsByResource } from './settings.ts'

/** One result for each record; `done` holds the record as it goes on. */
export type Refine = (records: readonly FlowRecord[]) => Promise<readonly StepResult[]>

export function refiner(doc: ExportDoc, settings: SettingsByResource, caches: LookupCaches): Refine {
  const transform = compileTransform(doc.transform, caches)
  const isWanted = compileFilter(doc.filter, 'output_filter')
  const judge = (record: FlowRecord): StepResult => {
    try {
      return isWanted(record, settings) ? { kind: 'done', record } : { kind: 'ignored' }
    } catch (error) {
      if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
      throw error
    }
  }
  return async (records) => {
    if (!transform) return records.map(judge)
    const mapped = await transform.applyAll(records, () => ({ surroundings: { settings } }))
    return mapped.map((each: Mapped): StepResult =>
      each.ok ? judge(each.value as FlowRecord) : { kind: 'failed', failures: each.failures },
    )
  }
}
