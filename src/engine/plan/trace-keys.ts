/** The trace keys of the records of a page: by the template of the export, or without one. */
import type { FlowRecord } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import { defaultKey } from '../template/trace-key.ts'

export type TraceKeys = (records: readonly FlowRecord[]) => Promise<readonly string[]>

/** A key whose template was stopped is the one that is made without a template, as where it cannot be rendered. */
export function createTraceKeys(template: string | undefined, { evaluate }: Pick<Definitions, 'evaluate'>): TraceKeys {
  const evaluation = evaluate({ kind: 'traceKey', source: 'internal', ...(template && { template }) })
  return async (records) => {
    const keys = await evaluation.all(records)
    return keys.map((key, i) => ('stopped' in key ? defaultKey(records[i] as FlowRecord) : key.value))
  }
}
