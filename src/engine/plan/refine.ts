/** What an export does to each record it has fetched: transform, then filter. */
import type { ExportDoc, FlowRecord, StepResult, SettingsByResource } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import type { Mapped } from '../mapping/mapper.ts'
import { transformBy } from './transform-stage.ts'
import { wantedBy } from './filter-stage.ts'

/** One result for each record; `done` holds the record as it goes on. */
export type Refine = (records: readonly FlowRecord[]) => Promise<readonly StepResult[]>

export function refiner(doc: ExportDoc, settings: SettingsByResource, definitions: Definitions, common: object): Refine {
  const transform = transformBy(doc.transform, definitions, settings, common)
  const wanted = wantedBy(doc.filter, 'output_filter', settings, definitions, common)
  return async (records) => {
    const mapped = transform ? await transform(records) : records.map((value): Mapped => ({ ok: true, value }))
    const answers = (await wanted(mapped.flatMap((each) => (each.ok ? [each.value as FlowRecord] : [])))).values()
    return mapped.map((each): StepResult => {
      if (!each.ok) return { kind: 'failed', failures: each.failures }
      const answer = answers.next().value
      if (typeof answer === 'object') return { kind: 'failed', failures: [answer] }
      return answer ? { kind: 'done', record: each.value as FlowRecord } : { kind: 'ignored' }
    })
  }
}
