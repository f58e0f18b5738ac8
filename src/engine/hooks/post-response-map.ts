/** postResponseMap: gets the records that go on from a step, and what became of each, and gives as many records. */
import type { FlowRecord, StepResult } from '../adaptor.ts'
import { StepFailure } from '../adaptor.ts'
import type { Hook } from './call-function.ts'
import { toResultList, isHookRecord } from './hook-options.ts'

export const source = 'response_mapping'

export type PostResponseMap<Response = object> = (
  records: readonly FlowRecord[],
  results: readonly StepResult[],
  responses: readonly Response[],
) => Promise<StepResult[]>

/** `more` is told to the function as it is. */
export function createPostResponseMap(hook: Hook | undefined, more: object): PostResponseMap {
  if (!hook) return async (_records, results) => [...results]
  return async (records, results, responses) => {
    const going = results.flatMap((result, i) => (result.kind === 'failed' ? [] : [i]))
    if (going.length === 0) return [...results]
    const options = {
      postResponseMapData: going.map((i) => recordIn(results[i], records[i])),
      responseData: going.map((i) => responses[i]),
      ...more,
    }
    let answers: readonly unknown[]
    try {
      answers = toResultList(await hook.call(options), going.length, source)
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      return results.map((result) => (result.kind === 'failed' ? result : { kind: 'failed', failures: [error.failure] }))
    }
    const changed = new Map(going.map((i, position) => [i, answers[position]]))
    return results.map((result, i) => (changed.has(i) ? replaced(result, changed.get(i)) : result))
  }
}

export const recordIn = (result: StepResult | undefined, record: FlowRecord | undefined): unknown =>
  result && 'record' in result && result.record ? result.record : record

const replaced = (result: StepResult, record: unknown): StepResult =>
  isHookRecord(record) ? ({ ...result, record } as StepResult) : withoutRecord

export const withoutRecord: StepResult = {
  kind: 'failed',
  failures: [{ source, code: 'script_error', message: 'postResponseMap returned something that is no record.' }],
}
