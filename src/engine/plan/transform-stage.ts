/** A transform over the records of a page: by rules, or by a script that is called once for the whole page. */
import type { Transform } from '../../contract/shared/transform.ts'
import type { FlowRecord, SettingsByResource } from '../adaptor.ts'
import type { Evaluated } from '../evaluation/evaluator.ts'
import type { Definitions } from './read-documents.ts'
import type { Mapped } from '../mapping/mapper.ts'
import { isHookRecord } from '../hooks/hook-options.ts'

export type TransformStage = (records: readonly FlowRecord[]) => Promise<readonly Mapped[]>

const source = 'transformation'

/** Undefined where there is nothing to do. */
export function createTransform(
  transform: Transform | undefined,
  { caches, createHook, evaluate }: Pick<Definitions, 'caches' | 'createHook' | 'evaluate'>,
  settings: SettingsByResource,
  hookContext: object,
): TransformStage | undefined {
  const hook = transform?.type === 'script' ? createHook(transform.script, source, hookContext) : undefined
  if (hook) {
    return async (records) => {
      const answers = await hook.each(records.map((record) => ({ record })))
      return answers.map((answer): Mapped => {
        if ('failure' in answer) return { ok: false, failures: [answer.failure] }
        if (isHookRecord(answer.value)) return { ok: true, value: answer.value }
        return { ok: false, failures: [{ source, code: 'script_error', message: 'The transform returned no record.' }] }
      })
    }
  }
  if (!transform || !hasExpression(transform)) return undefined
  const evaluation = evaluate({ kind: 'transform', source, transform, surroundings: { settings } }, caches)
  return async (records) => (await evaluation.all(records)).map(toMapped)
}

/** Whether it says anything; a script that is named nowhere is refused where it is compiled. */
const hasExpression = ({ type, expression }: Transform): boolean =>
  type === 'script' || (expression?.rules?.flat().length ?? 0) > 0 || (expression?.rulesTwoDotZero?.mappings?.length ?? 0) > 0

/** A record whose mapping or transform was stopped has failed, as one has that could not be mapped. */
export const toMapped = (evaluated: Evaluated<Mapped>): Mapped =>
  'stopped' in evaluated ? { ok: false, failures: [evaluated.stopped] } : evaluated.value
