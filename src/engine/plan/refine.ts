/** Applies the transform and the filter of an export to the records that it fetched. */
import type { ExportDoc, FlowRecord, StepResult, SettingsByResource } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import type { Mapped } from '../mapping/mapper.ts'
import { createTransform } from './transform-stage.ts'
import { createFilter } from './filter-stage.ts'

/** Whether an export changes its records or leaves some out. */
export const refines = ({ transform, filter }: ExportDoc): boolean => transform !== undefined || filter !== undefined

/** One result for each record; `done` holds the record as it goes on. */
export type Refine = (records: readonly FlowRecord[]) => Promise<readonly StepResult[]>

export function createRefine(doc: ExportDoc, settings: SettingsByResource, definitions: Definitions, hookContext: object): Refine {
  const transform = createTransform(doc.transform, definitions, settings, hookContext)
  const passes = createFilter(doc.filter, 'output_filter', settings, definitions, hookContext)
  return async (records) => {
    const mapped = transform ? await transform(records) : records.map((value): Mapped => ({ ok: true, value }))
    const answers = (await passes(mapped.flatMap((each) => (each.ok ? [each.value as FlowRecord] : [])))).values()
    return mapped.map((each): StepResult => {
      if (!each.ok) return { kind: 'failed', failures: each.failures }
      const answer = answers.next().value
      if (typeof answer === 'object') return { kind: 'failed', failures: [answer] }
      return answer ? { kind: 'done', record: each.value as FlowRecord } : { kind: 'ignored' }
    })
  }
}
