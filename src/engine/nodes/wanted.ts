/** Which records of a page a filter lets pass: by an expression, or by a script that is asked once for the whole page. */
import type { Filter } from '../../contract/shared/filter.ts'
import { StepFailure, type ErrorSource, type Failure, type FlowRecord } from '../adaptor.ts'
import type { HookOf } from '../scripting.ts'
import { compileFilter } from '../steps/filter.ts'
import type { SettingsByResource } from './settings.ts'

/** One answer a record: whether it passes, or why that cannot be told. */
export type Wanted = (records: readonly FlowRecord[]) => Promise<readonly (boolean | Failure)[]>

export function wantedBy(
  filter: Filter | undefined,
  source: ErrorSource,
  settings: SettingsByResource,
  hookOf: HookOf,
  common: object,
): Wanted {
  const hook = filter?.type === 'script' ? hookOf(filter.script, source, common) : undefined
  if (hook) {
    return async (records) => {
      const answers = await hook.each(records.map((record) => ({ record })))
      return answers.map((answer) => ('failure' in answer ? answer.failure : Boolean(answer.value)))
    }
  }
  const passes = compileFilter(filter, source)
  return async (records) => records.map((record) => told(() => passes(record, settings)))
}

export function told<T>(ask: () => T): T | Failure {
  try {
    return ask()
  } catch (error) {
    if (error instanceof StepFailure) return error.failure
    throw error
  }
}
