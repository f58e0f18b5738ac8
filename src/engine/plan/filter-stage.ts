/** Which records of a page a filter lets pass: by an expression, or by a script that is asked once for the whole page. */
import type { Filter } from '../../contract/shared/filter.ts'
import type { ErrorSource, Failure, FlowRecord, SettingsByResource } from '../adaptor.ts'
import type { Definitions } from './read-documents.ts'

/** One answer a record: whether it passes, or why that cannot be told. */
export type FilterStage = (records: readonly FlowRecord[]) => Promise<readonly (boolean | Failure)[]>

export function createFilter(
  filter: Filter | undefined,
  source: ErrorSource,
  settings: SettingsByResource,
  { createHook, evaluate }: Pick<Definitions, 'createHook' | 'evaluate'>,
  hookContext: object,
): FilterStage {
  const hook = filter?.type === 'script' ? createHook(filter.script, source, hookContext) : undefined
  if (hook) {
    return async (records) => {
      const answers = await hook.each(records.map((record) => ({ record })))
      return answers.map((answer) => ('failure' in answer ? answer.failure : Boolean(answer.value)))
    }
  }
  if (!filter) return async (records) => records.map(() => true)
  const evaluation = evaluate({ kind: 'filter', filter, source, settings })
  return async (records) => (await evaluation.all(records)).map((answer) => ('stopped' in answer ? answer.stopped : answer.value))
}
