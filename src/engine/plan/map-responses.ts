/** What a step answered, copied into the records that went through it. */
import type { ResponseMapping } from '../../contract/shared/response-mapping.ts'
import type { Failure, FlowRecord } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'

interface AnsweredRecord {
  readonly record: FlowRecord
  readonly response: Readonly<Record<string, unknown>>
}
/** The record as it goes on, or why that cannot be told. */
export type MapResponses = (
  answered: readonly AnsweredRecord[],
) => Promise<readonly ({ readonly record: FlowRecord } | { readonly failure: Failure })[]>

export function createMapResponses(mapping: ResponseMapping | undefined, { evaluate }: Pick<Definitions, 'evaluate'>): MapResponses {
  if (!mapping?.fields?.length && !mapping?.lists?.length) return async (answered) => answered.map(({ record }) => ({ record }))
  const evaluation = evaluate({ kind: 'responseMapping', source: 'response_mapping', mapping })
  return async (answered) =>
    (await evaluation.all(answered)).map((each) => ('stopped' in each ? { failure: each.stopped } : { record: each.value }))
}
