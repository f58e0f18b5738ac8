/** postResponseMap: gets the records that go on from a step, and what became of each, and gives as many records. */
import type { Failure, FlowRecord, StepResult } from '../adaptor.ts'
import { StepFailure } from '../adaptor.ts'
import type { Hook } from './call-function.ts'
import { toResultList, isHookRecord } from './hook-options.ts'

const source = 'response_mapping'

export type PostResponseMap = (
  records: readonly FlowRecord[],
  results: readonly StepResult[],
  responses: readonly object[],
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

const recordIn = (result: StepResult | undefined, record: FlowRecord | undefined): unknown =>
  result && 'record' in result && result.record ? result.record : record

function replaced(result: StepResult, record: unknown): StepResult {
  if (isHookRecord(record)) return { ...result, record } as StepResult
  const failure: Failure = { source, code: 'script_error', message: 'postResponseMap returned something that is no record.' }
  return { kind: 'failed', failures: [failure] }
}
