/** A transform over the records of a page: by rules, or by a script that is called once for the whole page. */
import type { Transform } from '../../contract/shared/transform.ts'
import type { FlowRecord } from '../adaptor.ts'
import type { HookOf } from '../scripting.ts'
import type { LookupCaches, Mapped } from '../steps/mapper.ts'
import { compileTransform } from '../steps/transform.ts'
import { isRecord } from './hooks.ts'
import type { SettingsByResource } from './settings.ts'

export type Transformed = (records: readonly FlowRecord[]) => Promise<readonly Mapped[]>

const source = 'transformation'

/** Undefined where there is nothing to do. */
export function transformBy(
  transform: Transform | undefined,
  caches: LookupCaches,
  settings: SettingsByResource,
  hookOf: HookOf,
  common: object,
): Transformed | undefined {
  const hook = transform?.type === 'script' ? hookOf(transform.script, source, common) : undefined
  if (hook) {
    return async (records) => {
      const answers = await hook.each(records.map((record) => ({ record })))
      return answers.map((answer): Mapped => {
        if ('failure' in answer) return { ok: false, failures: [answer.failure] }
        if (isRecord(answer.value)) return { ok: true, value: answer.value }
        return { ok: false, failures: [{ source, code: 'script_error', message: 'The transform returned no record.' }] }
      })
    }
  }
  const compiled = compileTransform(transform, caches)
  return compiled && ((records) => compiled.applyAll(records, () => ({ surroundings: { settings } })))
}
