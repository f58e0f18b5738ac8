/** The trace keys of the records of a page: by the template of the export, or without one. */
import type { FlowRecord } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'
import { defaultKey, findId } from '../template/trace-key.ts'

export type TraceKeys = (records: readonly FlowRecord[]) => Promise<readonly string[]>

/** A key whose template was stopped is the one that is made without a template, as where it cannot be rendered. */
export function createTraceKeys(template: string | undefined, { evaluate }: Pick<Definitions, 'evaluate'>): TraceKeys {
  const evaluation = evaluate({ kind: 'traceKey', source: 'internal', ...(template && { template }) })
  const evaluated = async (records: readonly FlowRecord[]): Promise<string[]> => {
    const keys = await evaluation.all(records)
    return keys.map((key, i) => ('stopped' in key ? defaultKey(records[i] as FlowRecord) : key.value))
  }
  if (template) return evaluated
  // Looking for an id is cheap however large records are; making a key of all that they hold is not.
  return async (records) => {
    const ids = records.map(findId)
    if (!ids.includes(undefined)) return ids as string[]
    const others = records.filter((_record, i) => ids[i] === undefined)
    const keys = (others.length > 0 ? await evaluated(others) : []).values()
    return ids.map((id) => id ?? (keys.next().value as string))
  }
}
